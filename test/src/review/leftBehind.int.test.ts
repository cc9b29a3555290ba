import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { agentAddress, budgetAddress, threadAddress } from '../../../events/index.ts';
import type { Actors, ModelGateway } from '../../../src/ports.ts';
import { endLeftTurns } from '../../../src/review/endLeftTurns.ts';
import { openReview } from '../../../src/review/open.ts';
import { performWork } from '../../../src/review/perform.ts';
import { drive } from '../../../src/runtime/index.ts';
import { wait } from '../../../src/shared/abort.ts';
import { change, teamOf } from '../../e2e/support/team.ts';
import { scriptedGateway, type Script } from '../../support/scriptedGateway.ts';
import { withAttempt, withHandle } from '../../support/wrap.ts';
import {
  openTestNode,
  reviewDeps,
  steppingClock,
  testBudget,
  testPolicy,
  withTempDir,
  type TestNode,
} from '../../support/testNode.ts';

const thread = threadAddress('shop', 'pr-1');
const agreed = teamOf(() => true);
const script: Script = (role, turn, { messages }) => agreed(role, turn, messages[1]?.content ?? '');
const mute: Script = (role, ...asked) => (role === 'architect' ? 'no' : script(role, ...asked));

/** Actors whose process dies instead of handling that command. */
function dyingAt(actors: Actors, commandId: RegExp): Actors {
  return withHandle(actors, (instruction) =>
    commandId.test(instruction.commandId)
      ? Promise.reject(new Error('killed'))
      : actors.handle(instruction),
  );
}

/** A gateway whose model for one role does not answer votes. */
function stalling(role: string, gateway: ModelGateway): ModelGateway {
  return withAttempt(gateway, async (request, signal, go) => {
    const [, user] = request.messages;
    const stalls =
      request.schema?.name === 'bzzz_ballot' && user?.content.includes(`\nRole: ${role}\n`);
    if (stalls) await wait(60_000, signal);
    return go();
  });
}

async function review(node: TestNode, gateway: ModelGateway, actors: Actors = node.host) {
  const deps = reviewDeps(node, gateway, undefined, actors);
  const request = { project: 'shop', task: 'pr-1', diff: change, policy: testPolicy };
  await openReview(deps, { ...request, deadlineMs: 600_000, budget: testBudget(10_000, 20_000) });
  await drive({
    host: node.host,
    thread,
    perform: (address, work, signal) => performWork(deps, address, work, signal),
    signal: new AbortController().signal,
  });
  await endLeftTurns(deps, thread);
  return (await node.host.state('thread', thread))?.context;
}

async function stateOf({ host }: TestNode, role: string) {
  const agent = await host.state('agent', agentAddress(role, role, 'shop'));
  const ledger = await host.state('budget', budgetAddress('shop'));
  return { turns: Object.keys(agent?.context.turns ?? {}), holds: ledger?.context.holds };
}

describe('a process that dies leaves nothing behind', () => {
  const withTwoLives = (use: (open: () => Promise<TestNode>) => Promise<void>) => () =>
    withTempDir((dir) => {
      const clock = steppingClock();
      return use(() => openTestNode(dir, clock));
    });

  it(
    'when an agent had failed and the thread was not told yet',
    withTwoLives(async (open) => {
      const first = await open();
      const gateway = scriptedGateway(mute);
      await assert.rejects(review(first, gateway, dyingAt(first.host, /\/drop$/)), /killed/);
      await first.drop();
      const second = await open();
      const context = await review(second, gateway);
      const architect = agentAddress('architect', 'architect', 'shop');
      assert.deepEqual(context?.failed, { [architect]: 'MODEL_ANSWER_INVALID' });
      assert.equal(context?.verdict, 'changes_requested');
      await second.close();
    }),
  );

  it(
    'when a vote was decided and a call that nobody waited for was still open',
    withTwoLives(async (open) => {
      const first = await open();
      const gateway = stalling('performance', scriptedGateway(script));
      const dying = dyingAt(first.host, /performance\/call\/1\/end$/);
      await assert.rejects(review(first, gateway, dying), /killed/);
      const before = await stateOf(first, 'performance');
      assert.deepEqual([before.turns.length, Object.keys(before.holds ?? {}).length], [1, 1]);
      await first.drop();
      const second = await open();
      await review(second, gateway);
      assert.deepEqual(await stateOf(second, 'performance'), { turns: [], holds: {} });
      await second.close();
    }),
  );
});
