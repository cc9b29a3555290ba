import { fileURLToPath } from 'node:url';
import { parseAddress, Refusal, threadAddress, type Recorded } from '../../../events/index.ts';
import { loadRoles, type Config } from '../../config/index.ts';
import { openModels, type Models } from '../../models.ts';
import { openNode, systemClock, type Node } from '../../node.ts';
import {
  checkRequest,
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
import { progressOf } from './progress.ts';
import { reportOf } from './report.ts';

type Progress = (line: string) => void;
export type Input = {
  readonly diff: string;
  readonly task?: string | undefined;
  /** Review the same input once more. */
  readonly again: boolean;
};

/** Where the role files lie that come with the program. */
export const builtInRoles = fileURLToPath(new URL('../../review/roles', import.meta.url));

/** Reviews a change, or goes on with the review that the same input began. */
export async function startReview(
  io: Io,
  config: Config,
  input: Input,
  progress: Progress,
): Promise<ReviewReport> {
  return withReview(config, input.diff, async (node, deps) => {
    const { project, policy } = config;
    const { diff } = input;
    const first = input.task ?? taskOf(deps, { diff, policy });
    const thread = await openReview(deps, {
      project,
      task: input.again ? await freeTask(node, project, first) : first,
      diff,
      policy,
      deadlineMs: config.review.deadlineMs,
      limits: config.budget.limitsMicroUsd,
    });
    return finish(io, node, deps, thread, progress);
  });
}

/** Goes on with an unfinished review: the one at the address, or the latest. */
export async function resumeReview(
  io: Io,
  config: Config,
  address: string | undefined,
  progress: Progress,
): Promise<ReviewReport> {
  return withReview(config, null, async (node, deps) => {
    const thread = address ?? (await latestUnfinished(node));
    parseAddress(thread);
    if (!node.host.logOf(thread)) throw new Refusal('NOT_FOUND', `there is no thread ${thread}`);
    return finish(io, node, deps, thread, progress);
  });
}

async function withReview<T>(
  config: Config,
  diff: string | null,
  use: (node: Node, deps: ReviewDeps) => Promise<T>,
): Promise<T> {
  const roles = await loadRoles(config, builtInRoles);
  const models = await openModels(config);
  try {
    if (diff !== null)
      checkRequest({ gateway: models.gateway, models: models.byTier, roles }, diff);
    const node = await openNode(config);
    try {
      return await use(node, depsOf(config, node, models, roles));
    } finally {
      await node.close();
    }
  } finally {
    await models.close();
  }
}

function depsOf(config: Config, node: Node, models: Models, roles: readonly Role[]): ReviewDeps {
  return {
    actors: node.host,
    vault: node.vault,
    clock: systemClock,
    gateway: models.gateway,
    models: models.byTier,
    maxTokens: config.review.maxTokens,
    roles,
    holdMs: config.budget.holdMs,
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
    if (line) progress(line);
  }
}

async function latestUnfinished({ views, reader }: Node): Promise<string> {
  await views.catchUp(reader);
  const unfinished = ['reviewing', 'voting', 'discussing', 'open'];
  const found = (await views.listThreads()).find(({ state }) => unfinished.includes(state));
  if (found) return found.address;
  throw new Refusal(
    'NOT_FOUND',
    'no review is unfinished here; name a change with --base or --diff',
  );
}

async function freeTask(node: Node, project: string, task: string): Promise<string> {
  for (let number = 1; ; number++) {
    const candidate = number === 1 ? task : `${task}-${number}`;
    const state = await node.host.state('thread', threadAddress(project, candidate));
    if (!state) return candidate;
    // An unfinished one is gone on with: two reviews of the same input at a time help nobody.
    if (state.context.verdict === null) return candidate;
  }
}
