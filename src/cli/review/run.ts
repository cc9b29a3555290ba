import { fileURLToPath } from 'node:url';
import { parseAddress, Refusal, threadAddress, type Recorded } from '../../../events/index.ts';
import { loadRoles, type Config } from '../../config/index.ts';
import { createCalls, tokenBound } from '../../llm/index.ts';
import { openModels, type Models } from '../../models.ts';
import { openNode, requireNode, systemClock, type Node } from '../../node.ts';
import {
  capTask,
  checkRequest,
  endLeftTurns,
  openReview,
  performWork,
  rememberReview,
  taskOf,
  type ReviewDeps,
  type ReviewReport,
} from '../../review/index.ts';
import { drive } from '../../runtime/index.ts';
import type { Role } from '../../shared/prompt/index.ts';
import type { Io } from '../io.ts';
import type { Progress } from './live.ts';
import { progressOf } from './progress.ts';
import { reportOf } from './report.ts';

export type Input = {
  readonly diff: string;
  readonly task?: string | undefined;
  /** Review the same input once more. */
  readonly again: boolean;
  /** The cap of this task was asked for. */
  readonly isBudgetGiven: boolean;
};

const unfinishedStates: ReadonlySet<string> = new Set(['reviewing', 'voting', 'discussing']);
/** Of one part of an address. */
const nameLengthMax = 64;

/** Where the role files lie that come with the program. */
export const builtInRoles = fileURLToPath(new URL('../../review/roles', import.meta.url));

/** Reviews a change, or goes on with the review that the same input began. */
export async function startReview(
  io: Io,
  config: Config,
  input: Input,
  progress: Progress,
): Promise<ReviewReport> {
  return withReview(config, input.diff, progress, async (node, deps) => {
    const { project, policy } = config;
    const { diff } = input;
    const first = input.task ?? taskOf(deps, { diff, policy });
    const thread = await openReview(deps, {
      project,
      task: input.again ? await freeTask(node, project, first) : first,
      diff,
      policy,
      deadlineMs: config.review.deadlineMs,
      budget: { ...config.budget, isTaskCapGiven: input.isBudgetGiven },
    });
    return finish(io, node, deps, thread, progress);
  });
}

/**
 * Goes on with the review at the address, or with the latest: an unfinished one if there is any. One that
 * is finished, by a process that did not live to say so, is only reported.
 */
export async function resumeReview(
  io: Io,
  config: Config,
  { address, isBudgetGiven }: { address: string | undefined; isBudgetGiven: boolean },
  progress: Progress,
): Promise<ReviewReport> {
  const named = address === undefined ? null : threadOf(address);
  await requireNode(config);
  return withReview(config, null, progress, async (node, deps) => {
    const thread = named ?? (await latestReview(node));
    const state = await node.host.state('thread', thread);
    if (state?.context.review) {
      if (isBudgetGiven) await capTask(deps, thread, { ...config.budget, isTaskCapGiven: true });
      return finish(io, node, deps, thread, progress);
    }
    throw new Refusal('NOT_FOUND', `there is no review ${thread}; bzzz thread ls names them`);
  });
}

async function withReview<T>(
  config: Config,
  diff: string | null,
  progress: Progress,
  use: (node: Node, deps: ReviewDeps) => Promise<T>,
): Promise<T> {
  const roles = await loadRoles(config, builtInRoles);
  const models = await openModels(config);
  try {
    if (diff !== null) checkRequest({ gateway: models.gateway, models: models.byTier }, diff);
    const node = await openNode(config);
    for (const { message } of node.refused) progress.line(message);
    try {
      return await use(node, depsOf(config, node, models, roles, progress));
    } finally {
      await node.close();
    }
  } finally {
    await models.close();
  }
}

function depsOf(
  config: Config,
  node: Node,
  models: Models,
  roles: readonly Role[],
  progress: Progress,
): ReviewDeps {
  const { host: actors, vault, redactor } = node;
  const { gateway, byTier } = models;
  const { holdMs, labels } = config.budget;
  const { maxTokens, contextTokens, turnMs } = config.review;
  const paid = { actors, vault, clock: systemClock, gateway, redactor };
  return {
    ...paid,
    calls: createCalls({ ...paid, holdMs, labels, onText: (piece) => progress.writing(piece) }),
    models: byTier,
    maxTokens,
    contextTokens,
    countTokens: tokenBound,
    turnMs,
    choice: config.llm.choice,
    roles,
  };
}

async function finish(
  io: Io,
  node: Node,
  deps: ReviewDeps,
  thread: string,
  progress: Progress,
): Promise<ReviewReport> {
  const unsubscribe = node.host.subscribe((events) => tell(events, progress));
  try {
    await drive({
      host: node.host,
      thread,
      perform: (address, work, signal) => performWork(deps, address, work, signal),
      signal: io.signal,
    });
    await endLeftTurns(deps, thread);
    await rememberReview(deps, thread);
  } finally {
    unsubscribe();
  }
  await node.views.catchUp(node.reader, { signal: io.signal });
  return reportOf(node, thread);
}

function tell(events: readonly Recorded[], progress: Progress): void {
  for (const recorded of events) {
    const line = progressOf(recorded);
    if (line) progress.line(line);
  }
}

function threadOf(address: string): string {
  const { project, task } = parseAddress(address);
  return threadAddress(project, task);
}

async function latestReview({ views, reader }: Node): Promise<string> {
  await views.catchUp(reader);
  // Of a thread that is merely open, the change was not recorded: only its input can start it.
  const reviews = (await views.listThreads()).filter(({ state }) => state !== 'open');
  const unfinished = reviews.find(({ state }) => unfinishedStates.has(state));
  const found = unfinished ?? reviews[0];
  if (found) return found.address;
  throw new Refusal('NOT_FOUND', 'no review was begun here; name a change with --base or --diff');
}

async function freeTask(node: Node, project: string, task: string): Promise<string> {
  for (let number = 1; ; number++) {
    const suffix = number === 1 ? '' : `-${number}`;
    const candidate = task.slice(0, nameLengthMax - suffix.length) + suffix;
    const state = await node.host.state('thread', threadAddress(project, candidate));
    if (!state) return candidate;
    // An unfinished one is gone on with: two reviews of the same input at a time help nobody.
    if (state.context.verdict === null) return candidate;
  }
}
