import { nodeAddress, threadAddress } from '../../events/index.ts';
import { dataDir, writeNodeFile, type DataDir } from '../../src/log/index.ts';
import { openReview } from '../../src/review/open.ts';
import { performWork } from '../../src/review/perform.ts';
import { rememberReview } from '../../src/review/remember.ts';
import { drive } from '../../src/runtime/index.ts';
import { scriptedGateway, type Script } from '../support/scriptedGateway.ts';
import {
  openTestNode,
  reviewDeps,
  testBudget,
  testPolicy,
  type TestNode,
} from '../support/testNode.ts';

const project = 'shop';
const roles = ['architect', 'reviewer', 'documentation', 'performance'];
const lines = 24;
const diff = [
  '--- a/pay.ts',
  '+++ b/pay.ts',
  `@@ -0,0 +1,${lines} @@`,
  ...Array.from({ length: lines }, (_, line) => `+pay(${line});`),
  '',
].join('\n');

/**
 * Reviews a change with four agents and a model that answers at once: each finds what all find and two
 * things of its own, so that nine items are voted on, and all approve of all but their own first.
 */
export async function review(node: TestNode, task: string): Promise<void> {
  const deps = reviewDeps(node, scriptedGateway(answer), roles);
  await openReview(deps, {
    project,
    task,
    diff,
    policy: testPolicy,
    deadlineMs: 3_600_000,
    budget: testBudget(1_000_000, 1_000_000_000),
  });
  const thread = threadAddress(project, task);
  await drive({
    host: node.host,
    thread,
    perform: (address, work, signal) => performWork(deps, address, work, signal),
    signal: new AbortController().signal,
  });
  await rememberReview(deps, thread);
}

const answer: Script = (role, turn, { messages }) => {
  if (turn === 'bzzz_review') {
    const own = 2 + 2 * roles.indexOf(role);
    return { summary: `${role} has looked`, findings: [1, own, own + 1].map(finding) };
  }
  const asked = new Set(messages[1]?.content.match(/\bp[1-9]\d*\b/g));
  const votes = [...asked].map((proposal) => ({
    proposal,
    choice: proposal === `p${2 + 2 * roles.indexOf(role)}` ? 'reject' : 'approve',
    confidencePct: 80,
    rationale: `${role} has thought about ${proposal} and says why in a sentence or two.`,
    evidence: [{ path: 'pay.ts', line: 1 }],
  }));
  return { votes };
};

function finding(line: number) {
  const title = `Payment ${line} is made twice`;
  const detail = 'A retry after a timeout pays again: nothing tells the two requests apart.';
  const suggestion = 'Send an idempotency key with the request and store it with the payment.';
  const facts = { path: 'pay.ts', line, endLine: line, kind: 'double-payment', severity: 'high' };
  return { ...facts, confidencePct: 80, title, detail, suggestion };
}

/** Fills a data directory with reviews, one after the other. */
export async function writeReviews(root: string, count: number): Promise<DataDir> {
  const dir = dataDir(root);
  const node = await openTestNode(root);
  const log = node.host.logOf(nodeAddress('local'));
  if (log) await writeNodeFile(dir, { format: 1, name: 'local', log });
  for (let nth = 1; nth <= count; nth++) await review(node, `pr-${nth}`);
  await node.close();
  return dir;
}
