import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  agentAddress,
  budgetAddress,
  Refusal,
  threadAddress,
  Unavailable,
} from '../../../events/index.ts';
import type { ModelGateway } from '../../../src/ports.ts';
import type { ReviewDeps } from '../../../src/review/deps.ts';
import { openReview, type ReviewRequest } from '../../../src/review/open.ts';
import { performWork } from '../../../src/review/perform.ts';
import { rememberReview } from '../../../src/review/remember.ts';
import { drive } from '../../../src/runtime/index.ts';
import { wait } from '../../../src/shared/abort.ts';
import { scriptedGateway, type Script } from '../../support/scriptedGateway.ts';
import { withAttempt } from '../../support/wrap.ts';
import {
  openTestNode,
  reviewDeps,
  testBudget,
  testPolicy,
  withTempDir,
  type TestNode,
} from '../../support/testNode.ts';

const request: ReviewRequest = {
  project: 'shop',
  task: 'pr-1',
  diff: '--- a/pay.ts\n+++ b/pay.ts\n@@ -1,2 +1,3 @@\n const a = 1;\n+eval(a);\n const b = 2;\n',
  policy: testPolicy,
  deadlineMs: 600_000,
  budget: testBudget(10_000, 20_000),
};
const thread = threadAddress('shop', 'pr-1');
const roles = ['architect', 'reviewer', 'performance', 'documentation'];
const never = new AbortController().signal;

const finding = {
  path: 'pay.ts',
  line: 2,
  endLine: 2,
  kind: 'eval',
  severity: 'high',
  confidencePct: 90,
  title: 'eval',
  detail: 'd',
  suggestion: '',
};

/** All find the same thing; `approves` says who votes for it, by round. */
function script(approves: (role: string, round: number) => boolean): Script {
  return (role, turn, { messages }) => {
    const round = messages[1]?.content.includes('<positions>') ? 2 : 1;
    if (turn === 'bzzz_review') return { summary: `${role} looked`, findings: [finding] };
    if (turn === 'bzzz_discussion')
      return { remarks: [{ proposal: 'p1', stance: 'object', text: `${role} objects` }] };
    const choice = approves(role, round) ? 'approve' : 'reject';
    const evidence = [{ path: 'pay.ts', line: 2 }];
    return { votes: [{ proposal: 'p1', choice, confidencePct: 70, rationale: role, evidence }] };
  };
}

async function run(
  node: TestNode,
  gateway: ModelGateway,
  given: Partial<ReviewRequest> = {},
  signal = never,
) {
  const deps = reviewDeps(node, gateway, roles);
  await openReview(deps, { ...request, ...given });
  await driveWith(node, deps, signal);
  await rememberReview(deps, thread);
  return stateOf(node);
}

async function driveWith(node: TestNode, deps: ReviewDeps, signal = never): Promise<void> {
  await drive({
    host: node.host,
    thread,
    perform: (address, work, stop) => performWork(deps, address, work, stop),
    signal,
  });
}

async function stateOf(node: TestNode) {
  const state = await node.host.state('thread', thread);
  assert.ok(state);
  return { value: state.value, ...state.context };
}

function withNode(use: (node: TestNode) => Promise<void>): () => Promise<void> {
  return () =>
    withTempDir(async (dir) => {
      const node = await openTestNode(dir);
      try {
        await use(node);
      } finally {
        await node.close();
      }
    });
}

describe('a review', () => {
  it(
    'approves a change in which nobody finds anything, without a vote',
    withNode(async (node) => {
      const gateway = scriptedGateway(() => ({ summary: 'fine', findings: [] }));
      const { verdict, proposals } = await run(node, gateway);
      assert.deepEqual([verdict, proposals, gateway.seen.length], ['approved', [], 4]);
    }),
  );

  it(
    'shows no agent what another said before the vote is decided',
    withNode(async (node) => {
      const gateway = scriptedGateway(script((role) => role !== 'performance'));
      await run(node, gateway);
      for (const { messages } of gateway.seen) {
        const text = messages[1]?.content ?? '';
        assert.ok(!text.includes('looked') && !text.includes('<positions>'), text);
      }
    }),
  );

  it(
    'discusses once when undecided, and votes again with the positions shown',
    withNode(async (node) => {
      const split = ['architect', 'reviewer'];
      const gateway = scriptedGateway(
        script((role, round) => split.includes(role) || (round === 2 && role === 'performance')),
      );
      const { verdict, round, value } = await run(node, gateway);
      assert.deepEqual([value, verdict, round], ['agreed', 'changes_requested', 2]);
      const discussed = gateway.seen.filter(({ schema }) => schema?.name === 'bzzz_discussion');
      assert.equal(discussed.length, 4);
    }),
  );

  it(
    'asks a person when it stays undecided',
    withNode(async (node) => {
      const gateway = scriptedGateway(
        script((role) => role === 'architect' || role === 'reviewer'),
      );
      const { value, escalation, verdict } = await run(node, gateway);
      assert.deepEqual([value, escalation?.reason, verdict], ['escalated', 'undecided', null]);
    }),
  );

  it(
    'asks a person when the money does not suffice, and spends none',
    withNode(async (node) => {
      const gateway = scriptedGateway(script(() => true));
      const { escalation } = await run(node, gateway, { budget: testBudget(50, 20_000) });
      assert.equal(escalation?.reason, 'budget');
      assert.equal(gateway.seen.length, 0);
      const ledger = await node.host.state('budget', budgetAddress('shop'));
      assert.deepEqual(ledger?.context.spent, {});
    }),
  );

  it(
    'asks a person when its time is over',
    withNode(async (node) => {
      const gateway = scriptedGateway(script(() => true));
      const waiting = withAttempt(gateway, async (_asked, signal, go) => {
        node.clock.skip(60);
        await wait(60_000, signal);
        return go();
      });
      const { escalation, passed } = await run(node, waiting, { deadlineMs: 150 });
      assert.deepEqual([escalation?.reason, passed], ['deadline', ['review']]);
      const ledger = await node.host.state('budget', budgetAddress('shop'));
      // Each of the four had a call in flight, which may have been billed.
      assert.equal(ledger?.context.spent['task:pr-1'], 400);
      assert.deepEqual(ledger.context.holds, {});
    }),
  );

  it(
    'goes on without an agent that takes longer than a turn may take, and charges its call',
    withNode(async (node) => {
      const gateway = scriptedGateway(script(() => true));
      const slow = withAttempt(gateway, async (asked, signal, go) => {
        if (asked.messages[1]?.content.includes('\nRole: architect\n')) await wait(60_000, signal);
        return go();
      });
      const deps = { ...reviewDeps(node, slow, roles), turnMs: 300 };
      await openReview(deps, request);
      await driveWith(node, deps);
      const { failed, verdict } = await stateOf(node);
      assert.deepEqual(Object.values(failed), ['TURN_TIMED_OUT']);
      assert.equal(verdict, 'changes_requested');
      const ledger = await node.host.state('budget', budgetAddress('shop'));
      assert.equal(ledger?.context.spent['agent:architect'], 100);
    }),
  );

  it(
    'goes on with fewer roles when one has no money left, and says which',
    withNode(async (node) => {
      const gateway = scriptedGateway(script(() => true));
      const caps = { task: 10_000, day: 20_000, 'role:architect': 99 };
      const budget = { limitsMicroUsd: caps, alertsPct: [] };
      const { failed, verdict, entered } = await run(node, gateway, { budget });
      assert.deepEqual(Object.values(failed), ['BUDGET_NEVER_FITS']);
      assert.deepEqual([entered.length, verdict], [3, 'changes_requested']);
    }),
  );

  it(
    'takes a cheaper model, then less context, before it does without an agent; and records why',
    withNode(async (node) => {
      const gateway = scriptedGateway(script(() => true));
      const dear: ModelGateway = {
        ...gateway,
        // Ten times as dear at the standard tier; the longer the prompt, the dearer.
        quote: (asked) => {
          const quote = gateway.quote(asked);
          const promptTokens = asked.messages[1]?.content.length ?? 0;
          const maxTokens = asked.model === 'standard' ? 20_000 : 100;
          const terms = { ...quote.terms, promptTokens, maxTokens };
          return { ...quote, terms, costMicroUsd: promptTokens + maxTokens };
        },
      };
      const long = `${request.diff}${' // context\n'.repeat(400)}`;
      const lines = '@@ -1,402 +1,403 @@';
      const diff = long.replace('@@ -1,2 +1,3 @@', lines);
      const deps = {
        ...reviewDeps(node, dear, roles),
        models: { economy: 'economy', standard: 'standard', premium: 'premium' },
      };
      const limitsMicroUsd = { task: 40_000, day: 40_000, 'role:architect': 4500 };
      await openReview(deps, { ...request, diff, budget: { limitsMicroUsd, alertsPct: [] } });
      await driveWith(node, deps);
      const choices = new Map<string, string>();
      for (const role of ['architect', 'reviewer'])
        for await (const { event } of node.host.events('agent', agentAddress(role, role, 'shop')))
          if (event.type === 'agent.call.started' && event.call.includes('/review/'))
            choices.set(role, `${event.choice} by ${event.model}`);
      assert.deepEqual(
        [choices.get('architect'), choices.get('reviewer')],
        ['compressed.downgrade.economy.budget by economy', 'tier.standard.role by standard'],
      );
    }),
  );

  it(
    'goes on without an agent whose model answers nonsense',
    withNode(async (node) => {
      const honest = script(() => true);
      const gateway = scriptedGateway((role, turn, asked) =>
        role === 'architect' ? { nonsense: true } : honest(role, turn, asked),
      );
      const { verdict, failed } = await run(node, gateway);
      assert.equal(verdict, 'changes_requested');
      assert.deepEqual(Object.values(failed), ['MODEL_ANSWER_INVALID']);
    }),
  );

  it(
    'states no finding that points outside the change',
    withNode(async (node) => {
      const outside = { ...finding, line: 900, endLine: 900 };
      const gateway = scriptedGateway(() => ({ summary: '', findings: [outside] }));
      const { verdict, findings } = await run(node, gateway);
      assert.deepEqual([verdict, findings], ['approved', []]);
    }),
  );

  it(
    'stops, and can be resumed, when the provider refuses everybody',
    withNode(async (node) => {
      const gateway = scriptedGateway(script(() => true));
      const closed = withAttempt(gateway, () =>
        Promise.reject(new Refusal('MODEL_REJECTED', 'no key', { data: { status: 401 } })),
      );
      await assert.rejects(run(node, closed), { code: 'MODEL_REJECTED' });
      assert.equal((await stateOf(node)).value, 'reviewing');
      assert.equal((await run(node, gateway)).verdict, 'changes_requested');
    }),
  );

  it(
    'drops an agent whose provider breaks off again and again',
    withNode(async (node) => {
      const gateway = scriptedGateway(script(() => true));
      const flaky = withAttempt(gateway, (asked, _signal, go) => {
        const { content = '' } = asked.messages[1] ?? {};
        if (!content.includes('\nRole: architect\n')) return go();
        const data = { status: 502, billable: true, retryAfterMs: null };
        return Promise.reject(new Unavailable('MODEL_UNAVAILABLE', 'broke off', { data }));
      });
      const { verdict, failed } = await run(node, flaky);
      assert.equal(verdict, 'changes_requested');
      assert.deepEqual(Object.values(failed), ['MODEL_UNAVAILABLE']);
    }),
  );

  it(
    'goes on after it was stopped in the middle of a call',
    withNode(async (node) => {
      const gateway = scriptedGateway(script(() => true));
      const stop = new AbortController();
      const stopping = withAttempt(gateway, async (_asked, signal, go) => {
        stop.abort(new Error('stopped'));
        signal.throwIfAborted();
        return go();
      });
      await assert.rejects(run(node, stopping, {}, stop.signal));
      const ledger = await node.host.state('budget', budgetAddress('shop'));
      assert.deepEqual(ledger?.context.holds, {});
      assert.equal((await run(node, gateway)).verdict, 'changes_requested');
    }),
  );

  it(
    'reminds an agent of how its earlier findings fared',
    withNode(async (node) => {
      const gateway = scriptedGateway(script(() => true));
      await run(node, gateway);
      const before = gateway.seen.length;
      const deps = reviewDeps(node, gateway, roles);
      await openReview(deps, { ...request, task: 'pr-2' });
      const second = threadAddress('shop', 'pr-2');
      await drive({
        host: node.host,
        thread: second,
        perform: (address, work, stop) => performWork(deps, address, work, stop),
        signal: never,
      });
      const asked = JSON.stringify(gateway.seen[before]?.messages);
      assert.match(asked, /<memory>.*eval.*accepted by the group/);
    }),
  );

  it(
    'refuses a task name that reviews another change already',
    withNode(async (node) => {
      const gateway = scriptedGateway(() => ({ summary: '', findings: [] }));
      await run(node, gateway);
      const diff = request.diff.replace('eval', 'exec');
      await assert.rejects(run(node, gateway, { diff }), { code: 'ARGUMENT_INVALID' });
    }),
  );
});
