import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { agentAddress, budgetAddress, threadAddress } from '../../../events/index.ts';
import type { Actors, ModelGateway } from '../../../src/ports.ts';
import { openReview } from '../../../src/review/open.ts';
import { performWork } from '../../../src/review/perform.ts';
import { rememberReview } from '../../../src/review/remember.ts';
import { drive } from '../../../src/runtime/index.ts';
import { withHandle } from '../../support/wrap.ts';
import { scriptedGateway, type Script } from '../../support/scriptedGateway.ts';
import {
  openTestNode,
  reviewDeps,
  steppingClock,
  testBudget,
  testPolicy,
  withTempDir,
  type TestNode,
} from '../../support/testNode.ts';

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
const script: Script = (role, turn) => {
  if (turn === 'bzzz_review') {
    const findings = [{ path: 'pay.ts', line: 2, endLine: 2, kind: 'eval', ...finding }];
    const second = { path: 'pay.ts', line: 3, endLine: 3, kind: 'secret', ...finding };
    return { summary: role, findings: role === 'reviewer' ? [...findings, second] : findings };
  }
  const choice = role === 'performance' ? 'reject' : 'approve';
  const vote = {
    choice,
    confidencePct: 80,
    rationale: 'r',
    evidence: [{ path: 'pay.ts', line: 2 }],
  };
  return { votes: ['p1', 'p2'].map((proposal) => ({ proposal, ...vote })) };
};
const request = {
  project: 'shop',
  task: 'pr-1',
  diff,
  policy: testPolicy,
  deadlineMs: 600_000,
  budget: testBudget(10_000, 20_000),
};
const thread = threadAddress('shop', 'pr-1');

/** Commands of one turn, at most. */
const savedByVerdict = 8;

class Killed extends Error {}

/** Actors whose process dies at the n-th command: before it, or after it is on disk and unacknowledged. */
function mortal(actors: Actors, at: number, when: 'before' | 'after'): Actors {
  let commands = 0;
  const die = () => {
    throw new Killed(`at command ${at}`);
  };
  return withHandle(actors, async (instruction) => {
    const number = ++commands;
    if (number > at || (number === at && when === 'before')) die();
    const outcome = await actors.handle(instruction);
    if (number === at) die();
    return outcome;
  });
}

async function review(node: TestNode, gateway: ModelGateway, actors: Actors = node.host) {
  const deps = reviewDeps(node, gateway, undefined, actors);
  await openReview(deps, request);
  const { signal } = new AbortController();
  await drive({
    host: node.host,
    thread,
    perform: (address, work, stop) => performWork(deps, address, work, stop),
    signal,
  });
  await rememberReview(deps, thread);
}

async function result(node: TestNode) {
  const context = (await node.host.state('thread', thread))?.context;
  const ledger = (await node.host.state('budget', budgetAddress('shop')))?.context;
  return {
    verdict: context?.verdict,
    outcomes: context?.proposals.map(({ outcome }) => outcome),
    entered: context?.entered.length,
    spent: ledger?.spent['task:pr-1'] ?? 0,
    holds: Object.keys(ledger?.holds ?? {}).length,
  };
}

/** How the model calls of all agents ended, by their own logs. */
async function callsOf(node: TestNode): Promise<{ completed: number; interrupted: number }> {
  const count = { completed: 0, interrupted: 0 };
  for (const role of ['architect', 'reviewer', 'performance']) {
    for await (const { event } of node.host.events('agent', agentAddress(role, role, 'shop'))) {
      if (event.type === 'agent.call.completed') count.completed++;
      // A call that was cut short by a verdict ends as aborted, and is charged too.
      if (event.type === 'agent.call.failed') count.interrupted++;
    }
  }
  return count;
}

async function commandsOfWholeReview(): Promise<number> {
  return withTempDir(async (dir) => {
    const node = await openTestNode(dir);
    let commands = 0;
    const counting: Actors = {
      ...mortal(node.host, Infinity, 'before'),
      handle: (instruction) => {
        commands++;
        return node.host.handle(instruction);
      },
    };
    await review(node, scriptedGateway(script), counting);
    await node.close();
    return commands;
  });
}

describe('a review whose process dies', () => {
  it('goes on where it stopped, whichever command it died at', async () => {
    const commands = await commandsOfWholeReview();
    assert.ok(commands > 40, `only ${commands} commands`);
    for (const when of ['before', 'after'] as const) {
      for (let at = 1; at <= commands; at++) {
        await withTempDir(async (dir) => {
          const clock = steppingClock();
          const gateway = scriptedGateway(script);
          const first = await openTestNode(dir, clock);
          const died = await review(first, gateway, mortal(first.host, at, when)).then(
            () => false,
            () => true,
          );
          // A verdict that comes early saves a turn, so not every review has the last few commands.
          assert.ok(died || at > commands - savedByVerdict, `survived ${when} command ${at}`);
          await first.drop();
          const second = await openTestNode(dir, clock);
          const before = await callsOf(second);
          const madeBefore = gateway.seen.length;
          await review(second, gateway);
          const { spent, ...rest } = await result(second);
          const { completed, interrupted } = await callsOf(second);
          await second.close();
          const where = `${when} command ${at}`;
          const expected = { verdict: 'changes_requested', outcomes: ['accepted', 'accepted'] };
          assert.deepEqual(rest, { ...expected, entered: 3, holds: 0 }, where);
          // Three reviews and three ballots; a call whose answer was recorded is never made again.
          assert.ok(gateway.seen.length - madeBefore <= 6 - before.completed, where);
          // At most the three agents had a call in flight, each charged what it held.
          assert.ok(interrupted <= 3, where);
          assert.equal(spent, completed * 40 + interrupted * 100, where);
        });
      }
    }
  });
});
