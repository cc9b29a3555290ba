import type { Fact } from '../../actors/index.ts';
import {
  Corrupt,
  parseAddress,
  Refusal,
  threadAddress,
  type EventOf,
  type Recorded,
} from '../../events/index.ts';
import type { LogReader, Vault } from '../ports.ts';
import { Fold } from '../shared/fold.ts';
import type { ReviewDeps } from './deps.ts';
import { cutAt, type Cut } from './forkCut.ts';
import { capTask, type BudgetRules } from './open.ts';

export type ForkRequest = {
  /** Any address of the task whose thread is forked. */
  readonly address: string;
  /** The last event that is taken over. */
  readonly seq: number;
  /** The model that answers for every agent from there on; null: chosen as ever. */
  readonly model: string | null;
  /** Name of the task; by default one that follows from the origin and the event. */
  readonly task?: string | undefined;
  readonly deadlineMs: number;
  readonly budget: BudgetRules;
  readonly by: string;
};

export type ForkDeps = Pick<ReviewDeps, 'actors' | 'clock'> & {
  readonly vault: Pick<Vault, 'openBlob'>;
  readonly reader: LogReader;
};

export type Forked = {
  readonly thread: string;
  readonly origin: string;
  /** Events taken over, the opening among them. */
  readonly length: number;
  readonly model: string | null;
};

type ThreadFact = Recorded<EventOf<'thread'>>;

/** Of one part of an address. */
const nameLengthMax = 64;

/**
 * Begins a thread with the history of another one up to an event, that goes its own way from there: whole, or
 * not at all. Throws Refusal NOT_FOUND for a thread that is not there, ARGUMENT_INVALID for an event after
 * which nothing is left to decide, or that is not the last of its command, or for a task that is taken;
 * COMMAND_NOT_ALLOWED for agents that could not go on, BODY_UNREADABLE for a change that was erased; Corrupt when the origin is not lawful.
 */
export async function forkThread(deps: ForkDeps, request: ForkRequest): Promise<Forked> {
  const { project, task } = parseAddress(request.address);
  const origin = threadAddress(project, task);
  const log = deps.actors.logOf(origin);
  if (!log)
    throw new Refusal('NOT_FOUND', `there is no thread ${origin}; bzzz thread ls names them`);
  const events = await lawfulEvents(deps, origin);
  const { seq, model, by } = request;
  const cut = cutAt(origin, events, seq);
  await requireAtWork(deps, cut);
  const subject = subjectOf(origin, events);
  await requireReadable(deps, subject, cut);
  const thread = await freeThread(deps, { project, task }, request);
  const length = seq + 1;
  const { root } = await deps.reader.head(log, length);
  // Money first: a thread without a cap of its own could spend what nobody allowed.
  await capTask(deps, thread, request.budget);
  await deps.actors.handle({
    kind: 'thread',
    actor: thread,
    commandId: 'fork',
    expectedVersion: 0,
    command: {
      type: 'fork',
      project,
      task: parseAddress(thread).task,
      origin: { thread: origin, log, length, root },
      subject,
      model,
      by,
      copies: events.slice(1, length).map(copyOf),
      escalation: cut.escalation,
      deadlineMs: cut.escalation === null ? request.deadlineMs : cut.escalationMs,
    },
  });
  return { thread, origin, length, model };
}

async function lawfulEvents({ actors }: ForkDeps, origin: string): Promise<ThreadFact[]> {
  const fold = new Fold('thread');
  const events: ThreadFact[] = [];
  for await (const recorded of actors.events('thread', origin)) {
    const seq = events.push(recorded) - 1;
    if (recorded.meta.seq === seq && fold.accept(recorded.event)) continue;
    const what = `${origin}: event ${seq} (${recorded.event.type}) is not lawful there`;
    throw new Corrupt('LOG_UNLAWFUL', `${what}; run bzzz audit verify`, {
      data: { actor: origin, seq },
    });
  }
  return events;
}

function subjectOf(origin: string, [first]: readonly ThreadFact[]): string {
  return first?.event.type === 'thread.forked' ? first.event.subject : origin;
}

function copyOf({ meta, event, body }: ThreadFact): Fact<EventOf<'thread'>> {
  return { event, copied: { from: meta.id, body } };
}

async function requireAtWork({ actors }: ForkDeps, { agents }: Cut): Promise<void> {
  for (const agent of agents) {
    const value = (await actors.state('agent', agent))?.value;
    if (value === 'suspended') {
      const message = `${agent} is suspended and takes part; bzzz agent resume '${agent}' first`;
      throw new Refusal('COMMAND_NOT_ALLOWED', message);
    }
    if (value === 'retired') {
      const message = `${agent} takes part and is retired, so nobody could speak for it; fork a later review`;
      throw new Refusal('COMMAND_NOT_ALLOWED', message);
    }
  }
}

async function requireReadable({ vault }: ForkDeps, subject: string, { blob }: Cut): Promise<void> {
  if (blob && (await vault.openBlob(subject, blob)) !== null) return;
  const message = `the change that ${subject} reviews was erased, so nobody could be asked about it; fork another review`;
  throw new Refusal('BODY_UNREADABLE', message);
}

/** The address that was asked for, or the first that is free. */
async function freeThread(
  { actors }: ForkDeps,
  { project, task }: { project: string; task: string },
  request: ForkRequest,
): Promise<string> {
  const isTaken = async (thread: string): Promise<boolean> =>
    ((await actors.state('thread', thread))?.version ?? 0) > 0;
  if (request.task !== undefined) {
    const asked = threadAddress(project, request.task);
    if (!(await isTaken(asked))) return asked;
    const message = `there is a thread ${asked} already; choose another --task`;
    throw new Refusal('ARGUMENT_INVALID', message);
  }
  for (let number = 1; ; number++) {
    const suffix = `-at-${request.seq}${number === 1 ? '' : `-${number}`}`;
    const name = task.slice(0, nameLengthMax - suffix.length) + suffix;
    const thread = threadAddress(project, name);
    if (!(await isTaken(thread))) return thread;
  }
}
