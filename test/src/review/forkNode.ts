import assert from 'node:assert/strict';
import {
  budgetAddress,
  threadAddress,
  type BzzzEvent,
  type Recorded,
} from '../../../events/index.ts';
import { agreed, escalated, writeHistory } from '../../support/history.ts';
import type { Script } from '../../support/scriptedGateway.ts';
import { openTestNode, steppingClock, withTempDir, type TestNode } from '../../support/testNode.ts';

/** A node with reviews to fork, and what can be asked of it. */

export const first = threadAddress('shop', 'pr-1');
export const second = threadAddress('shop', 'pr-2');
export const roles = ['architect', 'reviewer', 'performance'] as const;

/** The model `other` is against everything; any other one is for it. */
export const script: Script = (role, turn, { model, messages }) => {
  const finding = { severity: 'high', confidencePct: 90, title: 't', detail: 'd', suggestion: 's' };
  const place = { path: 'pay.ts', line: 2, endLine: 2 };
  if (turn === 'bzzz_review')
    return { summary: role, findings: [{ ...place, kind: 'eval', ...finding }] };
  const items = ['p1', 'p2'];
  if (turn === 'bzzz_discussion') {
    const remark = { stance: 'neutral', text: `${role} says in a fork` };
    return { remarks: items.map((proposal) => ({ proposal, ...remark })) };
  }
  const isFor = model !== 'other' && messages.length > 0;
  const votes = items.map((proposal) => ({
    proposal,
    choice: isFor ? 'approve' : 'reject',
    confidencePct: 80,
    rationale: 'r',
    evidence: [{ path: 'pay.ts', line: 2 }],
  }));
  return { votes };
};

/** A node with a review that was agreed upon and one that waits for a person, a while later. */
export function withNode(
  use: (node: TestNode, root: string) => Promise<void>,
): () => Promise<void> {
  return () =>
    withTempDir(async (root) => {
      const clock = steppingClock();
      await writeHistory(root, [agreed, escalated], 'stopped', clock);
      clock.skip(1000);
      const node = await openTestNode(root, clock);
      try {
        await use(node, root);
      } finally {
        await node.close();
      }
    });
}

export async function eventsOf(node: TestNode, thread: string): Promise<Recorded[]> {
  const events: Recorded[] = [];
  for await (const recorded of node.host.events('thread', thread)) events.push(recorded);
  return events;
}

/** Position of the last event of a type. */
export async function lastOf(
  node: TestNode,
  thread: string,
  type: BzzzEvent['type'],
): Promise<number> {
  const at = (await eventsOf(node, thread)).findLastIndex(({ event }) => event.type === type);
  assert.ok(at >= 0, type);
  return at;
}

export async function contextOf(node: TestNode, thread: string) {
  const context = (await node.host.state('thread', thread))?.context;
  assert.ok(context);
  return context;
}

export async function spentOn(node: TestNode, task: string): Promise<number> {
  const ledger = (await node.host.state('budget', budgetAddress('shop')))?.context;
  return ledger?.spent[`task:${task}`] ?? 0;
}

export async function bytesOf(node: TestNode, actor: string): Promise<string[]> {
  const log = await node.store.open(actor);
  const blocks: string[] = [];
  for await (const block of log.read()) blocks.push(Buffer.from(block).toString('hex'));
  await log.close();
  return blocks;
}
