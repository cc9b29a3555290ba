import { parseAddress, budgetAddress, Refusal, Unavailable } from '../../events/index.ts';
import type { Outcome } from '../ports.ts';
import { Superseded } from '../shared/abort.ts';
import type { ReviewDeps } from './deps.ts';
import { enter, enterStatements } from './enter.ts';
import { requestFor } from './request.ts';
import { statementsOf } from './statements.ts';
import { again, turnId, type ReviewedThread, type TurnWork } from './turnWork.ts';

/**
 * One turn of an agent: ask its model, state what it answers in its own log, enter that in the thread. Every
 * step finds out first whether it was done before, so a turn that was cut off anywhere goes on there. An
 * agent that cannot answer drops out of the review; what the user has to mend is thrown.
 */
export async function takeTurn(
  deps: ReviewDeps,
  thread: string,
  work: TurnWork,
  signal: AbortSignal,
): Promise<void> {
  const turn = turnId(thread, work);
  const context = await contextOf(deps, thread);
  const { lifts } = context;
  // Failed by a process that did not live to tell the thread.
  const failure = await failureOf(deps, work.agent, `${turn}/fail${again(lifts)}`);
  if (failure) return dropOut(deps, thread, work, lifts, failure);
  try {
    const said = await inTime(deps, signal, (inner) => speak(deps, thread, context, work, inner));
    await enterStatements(deps, thread, work, said);
  } catch (error) {
    if (error instanceof Superseded) {
      await failTurn(deps, work.agent, turn, 'superseded', lifts);
      return;
    }
    if (!isFailureOfAgent(error)) throw error;
    await failTurn(deps, work.agent, turn, error.code, lifts);
    await dropOut(deps, thread, work, lifts, error.code);
  }
}

/** Gives work the time of a turn. Throws Refusal TURN_TIMED_OUT when it is over. */
async function inTime<T>(
  { turnMs }: ReviewDeps,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = new AbortController();
  const message = `the turn was not over after ${turnMs} ms`;
  const timer = setTimeout(() => late.abort(new Refusal('TURN_TIMED_OUT', message)), turnMs);
  try {
    return await work(AbortSignal.any([signal, late.signal]));
  } finally {
    clearTimeout(timer);
  }
}

async function failureOf(
  deps: ReviewDeps,
  agent: string,
  commandId: string,
): Promise<string | null> {
  const outcome = await deps.actors.outcome('agent', agent, commandId);
  const event = outcome?.events[0]?.event;
  return event?.type === 'agent.turn.failed' ? event.reason : null;
}

function dropOut(
  deps: ReviewDeps,
  thread: string,
  work: TurnWork,
  lifts: number | undefined,
  reason: string,
): Promise<void> {
  const command = { type: 'dropParticipant', agent: work.agent, reason } as const;
  return enter(deps, thread, `${turnId(thread, work)}/drop${again(lifts)}`, command);
}

async function contextOf(deps: ReviewDeps, thread: string): Promise<ReviewedThread> {
  const context = (await deps.actors.state('thread', thread))?.context;
  if (!context?.review) throw new TypeError(`${thread} has no review`);
  return { ...context, review: context.review };
}

async function speak(
  deps: ReviewDeps,
  thread: string,
  context: ReviewedThread,
  work: TurnWork,
  signal: AbortSignal,
): Promise<Outcome<'agent'>> {
  const { agent, turn: kind, round } = work;
  const turn = turnId(thread, work);
  const concluded = await deps.actors.outcome('agent', agent, `${turn}/conclude`);
  if (concluded) return concluded;
  await deps.actors.handle({
    kind: 'agent',
    actor: agent,
    commandId: `${turn}/start${again(context.lifts)}`,
    command: { type: 'startTurn', turn, thread, kind, round },
    signal,
  });
  const { options, ballot } = await requestFor(deps, thread, context, work, signal);
  const { change } = context.review;
  const budget = budgetAddress(parseAddress(thread).project);
  const statements = await deps.calls.call(
    { turn, agent, thread, budget },
    options,
    (text) => statementsOf(kind, text, { thread, turn, round, change, ballot }),
    signal,
  );
  return deps.actors.handle({
    kind: 'agent',
    actor: agent,
    commandId: `${turn}/conclude`,
    command: { type: 'conclude', turn, statements },
  });
}

/** Records that an agent did not end a turn. */
export async function failTurn(
  deps: ReviewDeps,
  agent: string,
  turn: string,
  reason: string,
  lifts: number | undefined,
): Promise<void> {
  const state = await deps.actors.state('agent', agent);
  if (!state?.context.turns[turn]) return;
  await deps.actors.handle({
    kind: 'agent',
    actor: agent,
    commandId: `${turn}/fail${again(lifts)}`,
    command: { type: 'failTurn', turn, reason },
  });
}

/**
 * True when the agent has to do without this turn. False for what concerns every agent and is mended
 * outside, such as a wrong key or a server that is not there: then the review stops and can be resumed.
 */
function isFailureOfAgent(error: unknown): error is Refusal | Unavailable {
  if (error instanceof Unavailable) {
    return error.code === 'MODEL_UNAVAILABLE' && !neverReached(error);
  }
  if (!(error instanceof Refusal)) return false;
  switch (error.code) {
    case 'MODEL_REJECTED':
      return ![401, 403, 404].includes(Number(error.data['status']));
    case 'BLOB_TOO_LARGE':
    case 'BODY_UNREADABLE':
    case 'BUDGET_NEVER_FITS':
    case 'BUDGET_TRANSIENT':
    case 'MODEL_ANSWER_INVALID':
    case 'PROMPT_TOO_LARGE':
    case 'TURN_TIMED_OUT':
      return true;
    default:
      return false;
  }
}

function neverReached({ data }: Unavailable): boolean {
  return data['status'] === null && data['billable'] === false;
}
