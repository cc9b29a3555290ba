import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { agentAddress, threadAddress } from '../../../events/index.ts';
import { dataDir } from '../../../src/log/index.ts';
import { raiseCap } from '../../../src/review/raise.ts';
import { endSilence } from '../../../src/review/silence.ts';
import { cutsOf, forkOn, goOnWith } from '../../support/forks.ts';
import { agreed, escalated, halved, writeHistory, type Chapter } from '../../support/history.ts';
import { openTestNode, steppingClock, testBudget, withTempDir } from '../../support/testNode.ts';
import { auditOf, told } from '../audit/attack.ts';
import {
  bytesOf,
  contextOf,
  eventsOf,
  first,
  lastOf,
  roles,
  script,
  second,
  spentOn,
  withNode,
} from './forkNode.ts';

describe('a fork of a review', () => {
  it(
    'copies what was said, sealed as it was, and says where from',
    withNode(async (node) => {
      const seq = await lastOf(node, second, 'thread.vote.opened');
      const forked = await forkOn(node, second, { seq, model: 'other' });
      assert.deepEqual(forked, {
        thread: threadAddress('shop', `pr-2-at-${seq}`),
        origin: second,
        length: seq + 1,
        model: 'other',
      });
      const [origin, copy] = [await eventsOf(node, second), await eventsOf(node, forked.thread)];
      assert.equal(copy.length, seq + 2);
      assert.equal(new Set(copy.map(({ meta }) => meta.command)).size, 1);
      const head = await (await node.store.open(second)).head(seq + 1);
      assert.deepEqual(copy[0]?.event, {
        type: 'thread.forked',
        project: 'shop',
        task: `pr-2-at-${seq}`,
        origin: { thread: second, log: head.log, length: seq + 1, root: head.root },
        subject: second,
        model: 'other',
        by: 'ann',
      });
      for (const [at, { event, body, meta }] of copy.entries()) {
        if (at === 0 || at > seq) continue;
        assert.deepEqual([event, body], [origin[at]?.event, origin[at]?.body]);
        assert.equal(meta.cause, origin[at]?.meta.id);
      }
      assert.equal(copy.at(-1)?.event.type, 'thread.fork.started');
    }),
  );

  it(
    'with another model comes to another verdict, and leaves the origin as it was',
    withNode(async (node) => {
      const actors = [first, ...roles.map((role) => agentAddress(role, role, 'shop'))];
      const before = await Promise.all(actors.map((actor) => bytesOf(node, actor)));
      const spent = await spentOn(node, 'pr-1');
      assert.equal((await contextOf(node, first)).verdict, 'changes_requested');
      const seq = await lastOf(node, first, 'thread.vote.opened');
      const { thread } = await forkOn(node, first, { seq, model: 'other' });
      const asked = await goOnWith(node, thread, script);
      const fork = await contextOf(node, thread);
      assert.equal(fork.verdict, 'approved');
      assert.deepEqual(new Set(asked.seen.map(({ model }) => model)), new Set(['other']));
      const [thenFirst, ...thenAgents] = await Promise.all(
        actors.map((actor) => bytesOf(node, actor)),
      );
      assert.deepEqual(thenFirst, before[0]);
      for (const [index, blocks] of thenAgents.entries()) {
        const was = before[index + 1] ?? [];
        assert.deepEqual(blocks.slice(0, was.length), was);
      }
      assert.equal(await spentOn(node, 'pr-1'), spent);
      assert.ok((await spentOn(node, fork.task)) > 0);
      for (const role of roles) {
        for await (const { event } of node.host.events('agent', agentAddress(role, role, 'shop'))) {
          if (event.type === 'agent.call.started' && event.model === 'other')
            assert.equal(event.choice, 'fork');
        }
      }
    }),
  );

  it(
    'asks nobody again who had spoken',
    withNode(async (node) => {
      const events = await eventsOf(node, first);
      const seq = events.findIndex(({ event }) => event.type === 'thread.review.entered');
      const { thread } = await forkOn(node, first, { seq });
      const asked = await goOnWith(node, thread, script);
      const turns = asked.seen.map(({ schema }) => schema?.name);
      assert.equal(turns.filter((turn) => turn === 'bzzz_review').length, 2);
      const { entered, verdict, task } = await contextOf(node, thread);
      assert.equal(entered.length, 3);
      assert.equal(verdict, 'changes_requested');
      // A call that a verdict cuts short is charged its hold; the others cost 40.
      assert.ok((await spentOn(node, task)) >= 40 * 4);
    }),
  );

  it(
    'goes on from what was said before it',
    withNode(async (node) => {
      const seq = await lastOf(node, second, 'thread.vote.opened');
      const { thread } = await forkOn(node, second, { seq });
      const asked = await goOnWith(node, thread, script);
      assert.ok(asked.seen.length > 0);
      for (const { messages } of asked.seen) {
        const prompt = messages.map(({ content }) => content).join('\n');
        assert.match(prompt, /eval\(input\)/);
        assert.match(prompt, /performance says/);
        assert.match(prompt, /<positions>/);
      }
      const { verdict, round } = await contextOf(node, thread);
      assert.deepEqual([verdict, round], ['changes_requested', 2]);
    }),
  );

  it(
    'remembers nothing of how its origin ended, and teaches nobody',
    withNode(async (node) => {
      const events = await eventsOf(node, first);
      const seq = events.findIndex(({ event }) => event.type === 'thread.review.opened');
      const notes = async (): Promise<number> =>
        (await node.host.state('agent', agentAddress('reviewer', 'reviewer', 'shop')))?.context
          .notes ?? 0;
      const had = await notes();
      assert.ok(had > 0);
      const { thread } = await forkOn(node, first, { seq });
      const asked = await goOnWith(node, thread, script);
      for (const { messages } of asked.seen)
        assert.doesNotMatch(messages.map(({ content }) => content).join('\n'), /by the group/);
      assert.equal((await contextOf(node, thread)).verdict, 'changes_requested');
      assert.equal(await notes(), had);
    }),
  );

  it(
    'gives a person time of its own to answer, and then takes silence for an answer',
    withNode(async (node) => {
      const seq = await lastOf(node, second, 'thread.escalated');
      const asked = await contextOf(node, second);
      node.clock.skip(3_000_000);
      const { thread } = await forkOn(node, second, { seq });
      const forked = await contextOf(node, thread);
      const [was = 0, is = 0] = [asked, forked].map(({ escalation }) =>
        Date.parse(escalation?.deadlineAt ?? ''),
      );
      assert.ok(is >= was + 3_000_000);
      const deps = { actors: node.host, clock: node.clock };
      node.clock.skip(1_000_000);
      for (const each of [second, thread]) await endSilence(deps, each);
      assert.equal((await contextOf(node, second)).verdict, 'changes_requested');
      assert.equal((await contextOf(node, thread)).verdict, null);
      node.clock.skip(3_600_000);
      await endSilence(deps, thread);
      assert.equal((await contextOf(node, thread)).verdict, 'changes_requested');
    }),
  );
});

describe('a fork of a review that money ran out in', () => {
  it('goes on with more money for its own task', () =>
    withTempDir(async (root) => {
      const clock = steppingClock();
      const dir = await writeHistory(root, [{ ...agreed, cap: 250 }], 'stopped', clock);
      const node = await openTestNode(root, clock);
      const seq = await lastOf(node, first, 'thread.escalated');
      const { thread } = await forkOn(node, first, { seq, task: 'richer' });
      const raise = { escalation: 1, limitMicroUsd: 20_000, deadlineMs: 600_000, by: 'ann' };
      const refused = raiseCap({ actors: node.host }, thread, { ...raise, scope: 'task:pr-1' });
      await assert.rejects(refused, { message: /but for task:richer; name that with --scope/ });
      await raiseCap({ actors: node.host }, thread, { ...raise, scope: 'task:richer' });
      await goOnWith(node, thread, script);
      assert.equal((await contextOf(node, thread)).verdict, 'changes_requested');
      assert.equal((await contextOf(node, first)).verdict, null);
      await node.close();
      const report = await auditOf(dir);
      assert.ok(report.intact, told(report));
    }));
});

describe('a fork at every event that can be the last one', () => {
  const generous = testBudget(100_000, 1_000_000);
  const reviews: Readonly<Record<string, Chapter>> = {
    'a review that waits for a person': escalated,
    'one that a person has decided': { ...escalated, answer: 'approved' },
    'one that silence has decided': { ...escalated, unanswered: true },
    'one that an agent dropped out of': halved,
    'one that money ran out in, and came back': { ...agreed, cap: 250, raisedTo: 9000 },
  };
  for (const [name, chapter] of Object.entries(reviews)) {
    it(`of ${name} goes its way to the end, and the auditor finds nothing wrong`, () =>
      withTempDir(async (root) => {
        const clock = steppingClock();
        const dir = await writeHistory(root, [chapter], 'stopped', clock);
        const node = await openTestNode(root, clock);
        const origin = threadAddress('shop', chapter.task);
        const before = await bytesOf(node, origin);
        const cuts = await cutsOf(node, origin);
        assert.ok(cuts.length > 6, String(cuts));
        for (const seq of cuts) {
          const model = seq % 2 === 0 ? 'other' : null;
          const { thread } = await forkOn(node, origin, { seq, model, budget: generous });
          await goOnWith(node, thread, script);
          const { verdict, escalation } = await contextOf(node, thread);
          assert.ok(verdict !== null || escalation !== null, `at ${seq}`);
        }
        assert.deepEqual(await bytesOf(node, origin), before);
        await node.close();
        const report = await auditOf(dir);
        assert.ok(report.intact, told(report));
        assert.equal(report.notes.filter(({ kind }) => kind === 'forked').length, cuts.length);
      }));
  }

  it(
    'can be forked in turn',
    withNode(async (node, root) => {
      const seq = await lastOf(node, second, 'thread.discussion.opened');
      const { thread } = await forkOn(node, second, { seq, model: 'other' });
      await goOnWith(node, thread, script);
      const cuts = await cutsOf(node, thread);
      assert.equal(cuts[0], seq + 1);
      const at = await lastOf(node, thread, 'thread.vote.opened');
      assert.ok(cuts.includes(at));
      const again = await forkOn(node, thread, { seq: at, task: 'third' });
      assert.deepEqual(again.thread, threadAddress('shop', 'third'));
      const asked = await goOnWith(node, again.thread, script);
      const prompt = asked.seen[0]?.messages.map(({ content }) => content).join('\n') ?? '';
      assert.match(prompt, /eval\(input\)/);
      assert.match(prompt, /says in a fork/);
      const { fork, verdict } = await contextOf(node, again.thread);
      assert.equal(fork?.subject, second);
      assert.equal(fork?.origin.thread, thread);
      assert.equal(verdict, 'changes_requested');
      const report = await auditOf(dataDir(root));
      assert.ok(report.intact, told(report));
    }),
  );
});
