import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { agentAddress, type AgentEvent } from '../../../events/index.ts';
import { historyFor, type Before } from '../../../src/review/history.ts';
import { renderPrompt } from '../../../src/shared/prompt/index.ts';
import { openTestNode, withTempDir, type TestNode } from '../../support/testNode.ts';
import { conversations, shrink } from '../../bench/context.ts';
import { missingFrom } from './historyCheck.ts';
import { scribeCalls, speak, talkDeps, type Scribe } from './historyActors.ts';
import { converse, type Conversation, type Had } from './historyThread.ts';

const never = new AbortController().signal;
const few: Conversation = {
  task: 'few',
  agents: 4,
  proposals: 3,
  messages: 5,
  decided: 1,
  objectingPct: 40,
  rounds: 1,
};
const many: Conversation = { ...few, task: 'many', messages: 60, proposals: 8, rounds: 3 };

const withNode =
  (use: (node: TestNode, scribe: Scribe) => Promise<void>): (() => Promise<void>) =>
  () =>
    withTempDir(async (dir) => {
      const node = await openTestNode(dir);
      const summary = { summary: 'They differ on the retry.' };
      await use(
        node,
        scribeCalls(node.host, () => JSON.stringify(summary)),
      );
      await node.close();
    });

function before(
  node: TestNode,
  scribe: Scribe,
  { thread, context, open }: Had,
  turn: 'review' | 'vote' | 'discuss',
  round: number,
): Promise<Before> {
  const count = (text: string): number => Math.ceil(text.length / 4);
  const asked = { proposals: open, count, restTokensMax: 4000, signal: never };
  return historyFor(talkDeps(node, scribe), thread, context, { turn, round }, asked);
}

describe('what an agent is told before its turn', () => {
  it(
    'is nothing before the first vote is over: that vote is blind',
    withNode(async (node, scribe) => {
      const had = await converse(node, few);
      const nothing = { positions: [], history: null };
      assert.deepEqual(await before(node, scribe, had, 'review', 0), nothing);
      assert.deepEqual(await before(node, scribe, had, 'vote', 1), nothing);
    }),
  );

  it(
    'is all of a short conversation to the letter, and nobody is asked to sum it up',
    withNode(async (node, scribe) => {
      const had = await converse(node, few);
      const { positions, history } = await before(node, scribe, had, 'vote', 2);
      const told = JSON.stringify([positions, history]);
      const open = had.open.map(({ id }) => id);
      for (const { text, on } of had.said) {
        const shown = told.includes(JSON.stringify(text).slice(1, -1));
        // What was said for a vote that has decided is told by the decision.
        assert.equal(shown, on !== null && open.includes(on), text);
      }
      assert.deepEqual([history?.summary, scribe.asked.length], [null, 0]);
      assert.deepEqual(history?.pinned[0], {
        decision: 1,
        round: 1,
        proposal: 'p1',
        outcome: 'accepted',
        path: 'src/pay/till.ts',
        line: 1,
        endLine: 4,
        kind: 'bug',
        severity: 'high',
        title: 'Finding 1 about the till',
        tally: { approve: 4, reject: 0, abstain: 0, approveWeight: 4, rejectWeight: 0 },
        approve: ['architect', 'reviewer', 'documentation', 'performance'],
        reject: [],
        abstain: [],
      });
    }),
  );

  it(
    'has the reasons of the vote in a discussion, without what is said in it',
    withNode(async (node, scribe) => {
      const had = await converse(node, few);
      const { positions, history } = await before(node, scribe, had, 'discuss', 1);
      const votes = had.said.filter(
        ({ as, on }) => as !== 'remark' && as !== 'object' && on !== 'p1',
      );
      assert.deepEqual(
        positions.map(({ rationale }) => rationale),
        votes.map(({ text }) => text),
      );
      assert.deepEqual(
        history?.pinned.map((line) => Object.keys(line)[0]),
        ['decision'],
      );
    }),
  );

  it(
    'grows at its end from turn to turn, so that a cache can serve it again',
    withNode(async (node, scribe) => {
      const had = await converse(node, many);
      let earlier: string[] = [];
      for (const { turn, round, ...then } of had.moments) {
        const { history } = await before(node, scribe, { ...had, ...then }, turn, round);
        const lines = (history?.pinned ?? []).map((line) => JSON.stringify(line));
        assert.deepEqual(lines.slice(0, earlier.length), earlier, `${turn} ${round}`);
        earlier = lines;
      }
      assert.ok(earlier.length > 20);
    }),
  );

  it(
    'leaves out what the thread has not heard',
    withNode(async (node, scribe) => {
      const had = await converse(node, few);
      const agent = agentAddress('architect', 'architect', 'shop');
      const { thread, context } = had;
      const item = context.proposals.find(({ outcome }) => outcome === 'open');
      const turn = 'few/vote/2/architect';
      const event: AgentEvent = {
        type: 'agent.vote.stated',
        thread,
        turn,
        round: 2,
        proposal: 'p2',
        hash: item?.hash ?? '',
        choice: 'abstain',
        confidencePct: 70,
        evidence: [],
      };
      const body = { subject: thread, text: '{"rationale":"Nobody hears me."}' };
      await speak(node.host, { thread, agent, turn, kind: 'vote', round: 2 }, [{ event, body }]);
      const told = await before(node, scribe, had, 'discuss', 2);
      assert.deepEqual(told.positions, []);
      assert.ok(!JSON.stringify(told).includes('Nobody hears me.'));
    }),
  );
});

describe('a long conversation in a prompt', () => {
  const within = conversations.filter(({ task }) => /^m\d+$/.test(task));

  it('has 50, 200 and 1,000 messages', () => {
    assert.deepEqual(
      within.map(({ messages }) => messages),
      [50, 200, 1000],
    );
  });

  for (const conversation of within) {
    it(
      `takes 70 % fewer tokens at ${conversation.messages} messages, and nothing pinned is missing`,
      withNode(async (node) => {
        const { full, compressed, fewerPct, missing } = await shrink(node, conversation);
        assert.deepEqual(missing, []);
        assert.ok(fewerPct >= 70, `${full} -> ${compressed}`);
      }),
    );
  }

  it(
    'keeps every objection, however many there are',
    withNode(async (node) => {
      const { missing, objections } = await shrink(node, { ...many, objectingPct: 90 });
      assert.deepEqual(missing, []);
      assert.ok(objections > 40);
    }),
  );

  it(
    'would be caught without one of them',
    withNode(async (node, scribe) => {
      const had = await converse(node, many);
      const told = await before(node, scribe, had, 'vote', 4);
      const role = { name: 'reviewer', title: 'The reviewer', prompt: 'Look.' };
      const turn = { answer: 'bzzz_ballot', role, change: '', memory: [] } as const;
      const [, user] = renderPrompt({ ...turn, proposals: had.open, ...told });
      const lines = (user?.content ?? '').split('\n');
      const pinned = lines.flatMap((line, at) =>
        /^\{"(?:decision|votes)"|"as":"object"|"choice":|^\{"id"/.test(line) ? [at] : [],
      );
      assert.ok(pinned.length > 20);
      assert.deepEqual(await missingFrom(lines.join('\n'), node.host, had), []);
      for (const at of pinned) {
        const [line = ''] = lines.slice(at, at + 1);
        // A list stays a list: an item makes room for one that says nothing.
        const nothing = line.startsWith('{"id"')
          ? '{}'
          : '{"proposal":"","role":"","choice":"","rationale":""}';
        const isItem = /^\{"(?:id|proposal)"/.test(line);
        const rest = isItem ? [`${nothing}${line.endsWith(',') ? ',' : ''}`] : [];
        const without = lines.toSpliced(at, 1, ...rest).join('\n');
        assert.notDeepEqual(await missingFrom(without, node.host, had), [], line);
      }
    }),
  );
});
