import assert from 'node:assert/strict';
import { it } from 'node:test';
import { threadAddress } from '../../events/index.ts';
import { tellFork } from '../support/forkStory.ts';
import { MemoryLogs, opened } from '../support/memoryLogs.ts';
import { tellReview, type Story } from '../support/reviewStory.ts';
import { withViews, type ViewsEngine } from './viewsEngine.ts';

const story: Story = { project: 'chorus', task: 'pr-1', agents: ['ann', 'bob'], findingsEach: 1 };
const origin = threadAddress('chorus', 'pr-1');
const deadlineAt = '2027-01-01T00:00:00.000Z';

/** A review, and a fork of it at the last event of a type. */
function forkedAt(type: string, more: Partial<Story> = {}): { logs: MemoryLogs; fork: string } {
  const logs = new MemoryLogs();
  tellReview(logs, { ...story, ...more });
  const events = logs.all().filter(({ meta }) => meta.actor === origin);
  const length = events.findLastIndex(({ event }) => event.type === type) + 1;
  assert.ok(length > 1);
  return { logs, fork: tellFork(logs, { from: origin, length, task: 'what-if' }) };
}

/** What the questions answer about forks. */
export function forks(engine: ViewsEngine): void {
  it('show what was taken over with its texts, and where it came from', () =>
    withViews(engine, async (views) => {
      const { logs, fork } = forkedAt('thread.vote.cast');
      await views.catchUp(logs);
      const [was, is] = [await views.showThread(origin), await views.showThread(fork)];
      const [forked, ...entries] = is.entries;
      const started = entries.pop();
      assert.equal(forked?.event.type, 'thread.forked');
      assert.equal(started?.event.type, 'thread.fork.started');
      const texts = (all: typeof entries) =>
        all.map(({ seq, event, agent, body }) => [seq, event, agent, opened(body)]);
      assert.deepEqual(texts(entries), texts(was.entries.slice(0, entries.length)));
      assert.ok(
        entries.some(({ body }) => opened(body) === 'bzzz://ann:reviewer@chorus:* finds 0'),
      );
      const { thread } = is;
      assert.deepEqual(
        [thread.origin, thread.originLength, thread.subject],
        [origin, started?.seq, origin],
      );
      assert.deepEqual([was.thread.origin, was.thread.subject], [null, origin]);
      assert.deepEqual(
        [thread.state, thread.verdict, thread.deadlineAt],
        ['voting', null, deadlineAt],
      );
      assert.deepEqual(is.participants, was.participants);
      assert.deepEqual(is.change, was.change);
      assert.deepEqual(
        is.proposals.map(({ votes }) => votes.length),
        was.proposals.map(({ votes }) => votes.length),
      );
      assert.ok(is.proposals.every(({ outcome }) => outcome === 'open'));
    }));

  it('count no money twice', () =>
    withViews(engine, async (views) => {
      const { logs, fork } = forkedAt('thread.vote.cast');
      await views.catchUp(logs);
      const { cost, calls } = await views.showThread(fork);
      assert.deepEqual([cost.spentMicroUsd, cost.holds, calls], [0, 0, []]);
      assert.ok((await views.showThread(origin)).cost.holds > 0);
    }));

  it('list its escalation with a deadline of its own', () =>
    withViews(engine, async (views) => {
      const { logs, fork } = forkedAt('thread.escalated', { ending: 'escalated' });
      await views.catchUp(logs);
      const open = await views.listEscalations({ open: true });
      assert.deepEqual(
        open.map((each) => [each.thread, each.escalation]),
        [
          [origin, 1],
          [fork, 1],
        ],
      );
      assert.equal(open[1]?.deadlineAt, deadlineAt);
      assert.notEqual(open[0]?.deadlineAt, deadlineAt);
    }));
}
