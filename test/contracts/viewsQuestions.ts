import assert from 'node:assert/strict';
import { it } from 'node:test';
import { threadAddress } from '../../events/index.ts';
import { openViews } from '../../src/views/index.ts';
import { MemoryLogs, opened } from '../support/memoryLogs.ts';
import { storyNode, tellReview, type Story } from '../support/reviewStory.ts';
import { withViews, type ViewsEngine } from './viewsEngine.ts';

const ann = 'bzzz://ann:reviewer@chorus:*';
const bob = 'bzzz://bob:reviewer@chorus:*';
const pr1: Story = { project: 'chorus', task: 'pr-1', agents: ['ann', 'bob'], findingsEach: 1 };
const first = threadAddress('chorus', 'pr-1');

function told(...stories: readonly Story[]): MemoryLogs {
  const logs = new MemoryLogs();
  for (const story of stories) tellReview(logs, story);
  return logs;
}

/** What the questions answer. */
export function questions(engine: ViewsEngine): void {
  it('show a thread from its first finding to its verdict', () =>
    withViews(engine, async (views) => {
      const vote = (agent: number, proposal: number) =>
        agent === proposal ? ('approve' as const) : ('abstain' as const);
      await views.catchUp(told({ ...pr1, vote }));
      const { thread, participants, entries, proposals, decisions } = await views.showThread(first);
      assert.equal(thread.state, 'closed');
      assert.equal(thread.verdict, 'changes_requested');
      assert.deepEqual([thread.findings, thread.votes, thread.decisions], [2, 4, 3]);
      assert.deepEqual(
        participants.map(({ agent, state }) => [agent, state]),
        [
          [ann, 'reviewed'],
          [bob, 'reviewed'],
        ],
      );
      assert.deepEqual(
        entries.map(({ agent, event, body }) => [event.type, agent, opened(body)]).slice(0, 5),
        [
          ['thread.finding.entered', ann, `${ann} finds 0`],
          ['thread.review.entered', ann, `${ann} sums up`],
          ['thread.finding.entered', bob, `${bob} finds 0`],
          ['thread.review.entered', bob, `${bob} sums up`],
          ['thread.proposal.made', null, null],
        ],
      );
      assert.deepEqual(
        entries.map(({ seq }) => seq),
        entries.map(({ seq }) => seq).toSorted((a, b) => a - b),
      );
      assert.equal(entries.at(-1)?.event.type, 'thread.closed');
      const [p1] = proposals;
      assert.equal(p1?.outcome, 'accepted');
      assert.deepEqual(
        p1.votes.map(({ agent, choice, body }) => [agent, choice, opened(body)]),
        [
          [ann, 'approve', `${ann} on p1`],
          [bob, 'abstain', `${bob} on p1`],
        ],
      );
      assert.deepEqual(decisions[0]?.consensus?.tally.abstain, 1);
      assert.deepEqual(
        decisions[0]?.consensus?.votes.map(({ statement }) => statement),
        p1.votes.map(({ ref }) => ref.hash),
      );
      assert.deepEqual(decisions.at(-1)?.blocking, []);
    }));

  it('find a thread by any address of its task, and refuse one that is not there', () =>
    withViews(engine, async (views) => {
      await views.catchUp(told(pr1));
      const { thread } = await views.showThread('bzzz:///ann:reviewer@chorus:pr-1/decisions/1');
      assert.equal(thread.address, first);
      await assert.rejects(views.showThread('bzzz://*:*@chorus:pr-9'), { code: 'NOT_FOUND' });
      await assert.rejects(views.showThread('pr-1'), { code: 'ADDRESS_INVALID' });
    }));

  it('list threads, those that changed last first', () =>
    withViews(engine, async (views) => {
      const other = { ...pr1, project: 'other', task: 'pr-2', ending: 'escalated' } as const;
      await views.catchUp(told(pr1, other));
      const addresses = async (...filter: Parameters<typeof views.listThreads>) =>
        (await views.listThreads(...filter)).map(({ address }) => address);
      assert.deepEqual(await addresses(), [threadAddress('other', 'pr-2'), first]);
      assert.deepEqual(await addresses({ project: 'chorus' }), [first]);
      assert.deepEqual(await addresses({ state: 'escalated' }), [threadAddress('other', 'pr-2')]);
    }));

  it('list escalations with the answer of a person or of silence', () =>
    withViews(engine, async (views) => {
      await views.catchUp(
        told(
          { ...pr1, ending: 'resolved' },
          { ...pr1, task: 'pr-2', ending: 'defaulted' },
          { ...pr1, task: 'pr-3', ending: 'escalated' },
        ),
      );
      const open = await views.listEscalations({ open: true });
      assert.deepEqual(
        open.map(({ thread, state, by }) => [thread, state, by]),
        [[threadAddress('chorus', 'pr-3'), 'open', null]],
      );
      const closed = await views.listEscalations({ open: false });
      assert.deepEqual(
        closed.map(({ state, verdict, by, note }) => [state, verdict, by, opened(note)]),
        [
          ['resolved', 'approved', 'anna', 'Anna explains'],
          ['defaulted', 'changes_requested', null, null],
        ],
      );
      assert.equal((await views.listEscalations()).length, 3);
    }));

  it('list and show agents', () =>
    withViews(engine, async (views) => {
      const logs = told(pr1);
      logs.append(
        ann,
        { type: 'agent.turn.started', turn: 't', thread: first, kind: 'vote', round: 2 },
        { type: 'agent.memory.noted', thread: first, topic: 'style' },
      );
      logs.append(bob, { type: 'agent.suspended', by: 'owner' });
      await views.catchUp(logs);
      const agents = await views.listAgents('bzzz://*:reviewer@chorus:*');
      assert.deepEqual(
        agents.map(({ name, state, completedTurns }) => [name, state, completedTurns]),
        [
          ['ann', 'thinking', 2],
          ['bob', 'suspended', 2],
        ],
      );
      assert.deepEqual(await views.listAgents('bzzz://*:architect@*:*'), []);
      const { agent, threads, cost } = await views.showAgent('bzzz://ann:reviewer@chorus:pr-1');
      assert.deepEqual([agent.notes, agent.capabilities], [1, ['review']]);
      assert.deepEqual(
        threads.map(({ address, review }) => [address, review]),
        [[first, 'reviewed']],
      );
      assert.equal(cost.holds, 2);
      await assert.rejects(views.showAgent('bzzz://eve:reviewer@chorus:*'), { code: 'NOT_FOUND' });
    }));

  it('list every registered log with its node', () =>
    withViews(engine, async (views) => {
      const logs = told(pr1);
      await views.catchUp(logs);
      const expected = (await logs.logs()).map(({ actor, kind, log, length }) => ({
        address: actor,
        kind,
        log,
        node: storyNode,
        events: length,
      }));
      const byAddress = expected.toSorted((a, b) => (a.address < b.address ? -1 : 1));
      assert.deepEqual(await views.listLogs(), byAddress);
    }));

  it('hold no text that is not sealed', () =>
    withViews(engine, async (views, url) => {
      await views.catchUp(told({ ...pr1, ending: 'resolved' }));
      const tables = await engine.query(url, engine.tables);
      assert.ok(tables.length > 16);
      const everything = await Promise.all(
        tables.map(({ name }) => engine.query(url, `select * from "${String(name)}"`)),
      );
      assert.doesNotMatch(JSON.stringify(everything), / finds \d| sums up|Anna explains/);
    }));

  it('are refused before anything was built, and answered by a reader of its own afterwards', () =>
    withViews(engine, async (views, url) => {
      await assert.rejects(views.listThreads(), { code: 'VIEWS_UNAVAILABLE', message: /rebuild/ });
      await views.catchUp(told(pr1));
      const reader = await openViews({ url, readOnly: true });
      try {
        assert.equal((await reader.listThreads()).length, 1);
        assert.equal('catchUp' in reader, false);
      } finally {
        await reader.close();
      }
    }));

  it('cannot be asked where there is no database', async () => {
    const url = await engine.freshUrl();
    await assert.rejects(openViews({ url, readOnly: true }), { code: 'VIEWS_UNAVAILABLE' });
  });

  it('stop waiting when they are told to', () =>
    withViews(engine, async (views) => {
      await views.catchUp(told(pr1));
      const reason = new Error('enough');
      await assert.rejects(views.listThreads({}, AbortSignal.abort(reason)), reason);
    }));
}
