import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { Corrupt, Refusal, Unavailable } from '../../../events/index.ts';
import type { ModelCalls, ModelRequest } from '../../../src/ports.ts';
import { scribeOf } from '../../../src/review/scribe.ts';
import { summaryFor } from '../../../src/review/summary.ts';
import { readSection } from '../../../src/shared/prompt/index.ts';
import { cutsOf, forkOn } from '../../support/forks.ts';
import { openTestNode, withTempDir, type TestNode } from '../../support/testNode.ts';
import { scribeCalls, talkDeps } from './historyActors.ts';
import { converse, type Had } from './historyThread.ts';

const never = new AbortController().signal;
const talked = { task: 'long', agents: 4, proposals: 6, messages: 30, decided: 1 };
const conversation = { ...talked, objectingPct: 20, rounds: 2 };
const scribe = scribeOf('shop');

const withTalk =
  (use: (node: TestNode, had: Had, dir: string) => Promise<void>): (() => Promise<void>) =>
  () =>
    withTempDir(async (dir) => {
      const node = await openTestNode(dir);
      await use(node, await converse(node, conversation), dir);
      await node.close();
    });

type More = { tokensMax?: number; lifts?: number; signal?: AbortSignal };

function sumUp(node: TestNode, calls: ModelCalls, had: Had, round: number, more: More = {}) {
  const { tokensMax = 500, lifts, signal = never } = more;
  const count = (text: string): number => text.length;
  const asked = {
    round,
    said: had.said,
    proposals: had.open,
    tokensMax,
    count,
    lifts,
    model: null,
  };
  return summaryFor(talkDeps(node, calls), had.thread, asked, signal);
}

const historyLine = z.looseObject({
  round: z.number().optional(),
  text: z.string().optional(),
});
const answer = (summary: string): string => JSON.stringify({ summary });
const promptOf = ({ messages }: ModelRequest): string => messages[1]?.content ?? '';

/** What the scribe's log says, by type. */
async function storyOf(node: TestNode): Promise<string[]> {
  const types: string[] = [];
  for await (const { event } of node.host.events('agent', scribe)) types.push(event.type);
  return types;
}

describe('a summary', () => {
  it(
    'is made once, however many agents ask, and is a statement of the scribe',
    withTalk(async (node, had) => {
      const calls = scribeCalls(node.host, () => answer('They differ.'));
      const all = [1, 2, 3, 4].map(() => sumUp(node, calls, had, 2));
      assert.deepEqual(await Promise.all(all), Array(4).fill('They differ.'));
      assert.equal(calls.asked.length, 1);
      assert.deepEqual(await storyOf(node), [
        'agent.registered',
        'agent.turn.started',
        'agent.call.started',
        'agent.call.completed',
        'agent.summary.stated',
        'agent.turn.completed',
      ]);
    }),
  );

  it(
    'of a fork is that of its origin, as far as all that it sums up was taken over',
    withTalk(async (node, had) => {
      const calls = scribeCalls(node.host, () => answer('They differ.'));
      await sumUp(node, calls, had, 2);
      const budget = { limitsMicroUsd: {}, alertsPct: [] };
      // The change of a made-up conversation was never stored.
      const vault = { openBlob: async () => '' };
      const cuts = await cutsOf(node, had.thread);
      const [before = 0, after = 0] = cuts.slice(-2);
      const whole = await forkOn(node, had.thread, { seq: after, budget }, { vault });
      assert.equal(await sumUp(node, calls, { ...had, ...whole }, 2), 'They differ.');
      assert.equal(calls.asked.length, 1);
      const part = await forkOn(node, had.thread, { seq: before, budget }, { vault });
      assert.equal(await sumUp(node, calls, { ...had, ...part }, 2), 'They differ.');
      assert.equal(calls.asked.length, 2);
    }),
  );

  it('is found again after a restart', () =>
    withTempDir(async (dir) => {
      const node = await openTestNode(dir);
      const had = await converse(node, conversation);
      await sumUp(
        node,
        scribeCalls(node.host, () => answer('They differ.')),
        had,
        2,
      );
      await node.close();
      const again = await openTestNode(dir);
      const calls = scribeCalls(again.host, () => answer('Something else.'));
      assert.equal(await sumUp(again, calls, had, 2), 'They differ.');
      assert.equal(calls.asked.length, 0);
      await again.close();
    }));

  it(
    'goes on from the one before, and reads only what is new',
    withTalk(async (node, had) => {
      const calls = scribeCalls(node.host, () => answer(`Summary ${calls.asked.length}.`));
      assert.equal(await sumUp(node, calls, had, 1), 'Summary 1.');
      assert.equal(await sumUp(node, calls, had, 2), 'Summary 2.');
      const [first = [], second = []] = calls.asked.map((request) => {
        const lines = (readSection(promptOf(request), 'history') ?? '').split('\n');
        return lines.map((line) => historyLine.parse(JSON.parse(line)));
      });
      const [before, ...since] = second;
      assert.ok(first.every(({ round }) => round === 1));
      assert.deepEqual(before, { summary: 'Summary 1.', upToRound: 1 });
      assert.ok(since.every(({ round }) => round === 2));
      const told = [...first, ...since].map(({ text }) => text);
      const said = had.said.filter(({ as }) => as !== 'object').map(({ text }) => text);
      assert.deepEqual(told, said);
    }),
  );

  it(
    'is cut to its measure at the end of a sentence, whatever the model makes of it',
    withTalk(async (node, had) => {
      const calls = scribeCalls(node.host, () => answer('They differ. '.repeat(50)));
      const summary = await sumUp(node, calls, had, 2, { tokensMax: 30 });
      assert.equal(summary, 'They differ. They differ.');
    }),
  );

  it(
    'fits what is too long to be read by an extract of the oldest',
    withTalk(async (node, had) => {
      const calls = scribeCalls(node.host, () => answer('They differ.'));
      const deps = { ...talkDeps(node, calls), contextTokens: 6000 };
      const count = (text: string): number => text.length;
      const asked = { round: 2, said: had.said, proposals: had.open, tokensMax: 500, count };
      await summaryFor(deps, had.thread, { ...asked, lifts: undefined, model: null }, never);
      const history = calls.asked.map((request) => readSection(promptOf(request), 'history'))[0];
      assert.ok(history && history.length < 7000, String(history?.length));
      assert.match(history, /^\{"summary":"p\d, \w+ \((?:approve|reject|remark)\): At /);
    }),
  );
});

describe('a summary that cannot be had', () => {
  const failing = (node: TestNode, error: Error) =>
    scribeCalls(node.host, () => {
      throw error;
    });
  const reasons = [
    new Refusal('BUDGET_NEVER_FITS', 'too dear'),
    new Refusal('MODEL_REJECTED', 'no such thing'),
    new Refusal('MODEL_UNKNOWN', 'no price'),
    new Unavailable('MODEL_UNAVAILABLE', 'away'),
  ];

  for (const reason of reasons) {
    it(
      `is an extract, the same for all, when it is ${reason.code}; and nobody asks again`,
      withTalk(async (node, had) => {
        const calls = failing(node, reason);
        const [one, two] = await Promise.all([1, 2].map(() => sumUp(node, calls, had, 2)));
        assert.match(one ?? '', /^p\d, \w+ \(remark\): At src\/pay\/till\.ts:/);
        assert.equal(two, one);
        assert.equal(await sumUp(node, calls, had, 2), one);
        assert.equal(calls.asked.length, 1);
        assert.equal((await storyOf(node)).at(-1), 'agent.turn.failed');
      }),
    );
  }

  it(
    'is an extract when the model does not answer with what was asked for',
    withTalk(async (node, had) => {
      const calls = scribeCalls(node.host, () => '"never mind"');
      assert.match(await sumUp(node, calls, had, 2), /^p\d, \w+ \(remark\): At /);
    }),
  );

  it(
    'is asked for again once a cap was raised',
    withTalk(async (node, had) => {
      await sumUp(node, failing(node, new Refusal('BUDGET_NEVER_FITS', 'too dear')), had, 2);
      const calls = scribeCalls(node.host, () => answer('They differ.'));
      assert.equal(await sumUp(node, calls, had, 2, { lifts: 1 }), 'They differ.');
    }),
  );

  it(
    'stops the review when the node itself cannot go on',
    withTalk(async (node, had) => {
      for (const error of [
        new Unavailable('STOPPING', 'going down'),
        new Corrupt('LOG_CORRUPT', 'broken'),
      ])
        await assert.rejects(sumUp(node, failing(node, error), had, 2), error);
    }),
  );
});

describe('a summary that nobody waits for any more', () => {
  it(
    'is gone on with by whoever still needs it',
    withTalk(async (node, had) => {
      const asking = Promise.withResolvers<undefined>();
      const calls = scribeCalls(node.host, (_request, signal) => {
        if (calls.asked.length > 1) return answer('They differ.');
        asking.resolve(undefined);
        const { promise, reject } = Promise.withResolvers<string>();
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
        return promise;
      });
      const [first, second] = [new AbortController(), new AbortController()];
      const one = sumUp(node, calls, had, 2, { signal: first.signal });
      const other = sumUp(node, calls, had, 2);
      const third = sumUp(node, calls, had, 2, { signal: second.signal });
      await asking.promise;
      const reason = new Error('called off');
      second.abort(reason);
      await assert.rejects(third, reason);
      first.abort(reason);
      await assert.rejects(one, reason);
      assert.equal(await other, 'They differ.');
      assert.equal(calls.asked.length, 2);
    }),
  );
});
