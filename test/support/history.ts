import {
  nodeAddress,
  threadAddress,
  Unavailable,
  type Policy,
  type Verdict,
} from '../../events/index.ts';
import { dataDir, writeNodeFile, type DataDir } from '../../src/log/index.ts';
import type { Actors } from '../../src/ports.ts';
import { openReview } from '../../src/review/open.ts';
import { performWork } from '../../src/review/perform.ts';
import { raiseCap } from '../../src/review/raise.ts';
import { rememberReview } from '../../src/review/remember.ts';
import { endSilence } from '../../src/review/silence.ts';
import { drive } from '../../src/runtime/index.ts';
import { scriptedGateway, type Script } from './scriptedGateway.ts';
import {
  openTestNode,
  reviewDeps,
  steppingClock,
  testBudget,
  testPolicy,
  type TestNode,
} from './testNode.ts';

const diff = `diff --git a/pay.ts b/pay.ts
--- a/pay.ts
+++ b/pay.ts
@@ -1,2 +1,4 @@
 import { run } from './run.ts';
+eval(input);
+run(secret);
 export { run };
`;
const finding = { severity: 'high', confidencePct: 90, title: 't', detail: 'd', suggestion: 's' };
const roles = ['architect', 'reviewer', 'performance'];

/** A review as it is to happen. */
export type Chapter = {
  readonly task: string;
  /** Who approves the first and the second item, in the first and in later rounds. */
  readonly approves: (role: string, item: 'p1' | 'p2', round: number) => boolean;
  readonly policy?: Partial<Policy>;
  /** The role whose model talks nonsense, so that its agent drops out. */
  readonly mute?: string;
  /** The role whose model is away, so that its calls fail; billed for, or not. */
  readonly away?: { readonly role: string; readonly billable: boolean };
  /** Those who review, by default three. */
  readonly roles?: readonly string[];
  /** What a person decides, once asked; silence if left out. */
  readonly answer?: Verdict;
  /** Nobody answers until the time to answer is over. */
  readonly unanswered?: boolean;
  /** The cap of the task in micro-dollars: a call holds 100 and costs 40. */
  readonly cap?: number;
  /** What a person raises that cap to, once it stopped the review. */
  readonly raisedTo?: number;
  /** Time that passes before it begins, in milliseconds. */
  readonly laterMs?: number;
  /** Wraps what the review acts through, to cut it off. */
  readonly through?: (actors: Actors) => Actors;
};

export const agreed: Chapter = {
  task: 'pr-1',
  approves: (role, item) => item === 'p1' || role === 'reviewer',
};
/** One agent drops out; the others decide. */
export const halved: Chapter = { task: 'pr-3', approves: () => true, mute: 'architect' };
/** Undecided, discussed, voted on again, left to a person. */
export const escalated: Chapter = {
  task: 'pr-2',
  approves: (role) => role !== 'performance',
  policy: { rule: 'unanimity' },
};

/** Writes reviews into a data directory with the whole of bzzz but the models and the clock. */
export async function writeHistory(
  root: string,
  chapters: readonly Chapter[],
  ending: 'stopped' | 'killed' = 'stopped',
  clock = steppingClock(),
): Promise<DataDir> {
  const dir = dataDir(root);
  const node = await openTestNode(root, clock);
  const log = node.host.logOf(nodeAddress('local'));
  if (!log) throw new TypeError('a node without a log');
  await writeNodeFile(dir, { format: 1, name: 'local', log });
  try {
    for (const chapter of chapters) await tell(node, chapter);
  } finally {
    await (ending === 'stopped' ? node.close() : node.drop());
  }
  return dir;
}

/** Goes on with the reviews of a directory that has some. */
export async function goOn(
  root: string,
  chapters: readonly Chapter[],
  clock = steppingClock(),
): Promise<void> {
  const node = await openTestNode(root, clock);
  node.clock.skip(1_000_000);
  for (const chapter of chapters) await tell(node, chapter);
  await node.close();
}

async function tell(node: TestNode, chapter: Chapter): Promise<void> {
  const { task, policy, answer, through = (actors) => actors } = chapter;
  const gateway = scriptedGateway(scriptOf(chapter));
  node.clock.skip(chapter.laterMs ?? 0);
  const deps = reviewDeps(node, gateway, [...(chapter.roles ?? roles)], through(node.host));
  await openReview(deps, {
    project: 'shop',
    task,
    diff,
    policy: { ...testPolicy, ...policy },
    deadlineMs: 600_000,
    budget: testBudget(chapter.cap ?? 10_000, 20_000),
  });
  const thread = threadAddress('shop', task);
  const { signal } = new AbortController();
  const goThrough = (): Promise<void> =>
    drive({
      host: node.host,
      thread,
      perform: (address, work, stop) => performWork(deps, address, work, stop),
      signal,
    });
  await goThrough();
  const asked = (await deps.actors.state('thread', thread))?.context.escalation;
  if (asked?.reason === 'budget' && !asked.verdict && chapter.raisedTo !== undefined) {
    const { escalation } = asked;
    const cap = { scope: `task:${task}`, limitMicroUsd: chapter.raisedTo, by: 'ann' };
    await raiseCap(deps, thread, { escalation, deadlineMs: 600_000, ...cap });
    await goThrough();
  }
  if (chapter.unanswered) {
    node.clock.skip(4_000_000);
    await endSilence(deps, thread);
  }
  const open = (await deps.actors.state('thread', thread))?.context.escalation;
  if (answer && open && !open.verdict) {
    await deps.actors.handle({
      kind: 'thread',
      actor: thread,
      commandId: 'answer',
      command: {
        type: 'resolveEscalation',
        escalation: open.escalation,
        verdict: answer,
        by: 'ann',
        note: 'ok',
        thread,
      },
    });
    await goThrough();
  }
  await rememberReview(deps, thread);
}

function scriptOf({ approves, mute, away }: Chapter): Script {
  return (role, turn, { messages }) => {
    if (role === away?.role) {
      const data = { status: 503, billable: away.billable, retryAfterMs: null };
      throw new Unavailable('MODEL_UNAVAILABLE', 'away', { data });
    }
    if (turn === 'bzzz_review') {
      const first = { path: 'pay.ts', line: 2, endLine: 2, kind: 'eval', ...finding };
      const second = { path: 'pay.ts', line: 3, endLine: 3, kind: 'secret', ...finding };
      if (role === mute) return 'nothing that makes sense';
      return { summary: role, findings: role === 'reviewer' ? [first, second] : [first] };
    }
    const items = ['p1', 'p2'] as const;
    if (turn === 'bzzz_discussion') {
      const stance = role === 'performance' ? 'object' : 'neutral';
      return { remarks: items.map((proposal) => ({ proposal, stance, text: `${role} says` })) };
    }
    const round = messages[1]?.content.includes('<positions>') ? 2 : 1;
    const votes = items.map((proposal) => ({
      proposal,
      choice: approves(role, proposal, round) ? 'approve' : 'reject',
      confidencePct: 80,
      rationale: 'r',
      evidence: [{ path: 'pay.ts', line: 2 }],
    }));
    return { votes };
  };
}
