import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Recorded } from '../../events/index.ts';
import type { LogReader } from '../../src/ports.ts';
import type { Views } from '../../src/views/index.ts';
import { MemoryLogs } from '../support/memoryLogs.ts';
import { tellReview } from '../support/reviewStory.ts';
import { firstBuildOf, withViews, type ViewsEngine } from './viewsEngine.ts';

const thread = 'bzzz://*:*@p:a';

function told(): MemoryLogs {
  const logs = new MemoryLogs();
  tellReview(logs, { project: 'p', task: 'a', agents: ['ann', 'bob'], findingsEach: 1 });
  return logs;
}

/** A reader that shows other events than there are. */
function seenThrough(logs: MemoryLogs, lens: (recorded: Recorded) => Recorded): LogReader {
  return {
    logs: () => logs.logs(),
    head: (log, length) => logs.head(log, length),
    async *events(log, from, to) {
      for await (const recorded of logs.events(log, from, to)) yield lens(recorded);
    },
  };
}

/** What happens when logs or rows are not what they were. */
export function tampering(engine: ViewsEngine): void {
  it('refuse to step over a gap, and stay where they are', () =>
    withViews(engine, async (views) => {
      const logs = told();
      await views.catchUp(logs);
      const before = await views.showThread(thread);
      const by = (name: string) => ({ type: 'thread.closed', by: name }) as const;
      const [first, second] = logs.append(thread, by('first'), by('second'));
      // As many events as there should be, but not those.
      const reader = seenThrough(logs, (recorded) => (recorded === first && second) || recorded);
      await assert.rejects(views.catchUp(reader), {
        name: 'Corrupt',
        code: 'LOG_GAP',
        message: /comes instead/,
      });
      assert.deepEqual(await views.showThread(thread), before);
    }));

  it('refuse a log that ends before its length', () =>
    withViews(engine, async (views) => {
      const logs = told();
      const last = (await logs.logs()).find(({ actor }) => actor === thread)?.length ?? 0;
      logs.lose(thread, last - 1);
      await assert.rejects(views.catchUp(logs), { code: 'LOG_GAP', message: /ends there/ });
    }));

  it('refuse an event of another log', () =>
    withViews(engine, async (views) => {
      const logs = told();
      const [foreign] = logs.append('bzzz://*:*@p:b', {
        type: 'thread.opened',
        project: 'p',
        task: 'b',
      });
      const reader = seenThrough(logs, (recorded) =>
        recorded.meta.actor === thread && foreign ? foreign : recorded,
      );
      await assert.rejects(views.catchUp(reader), { code: 'LOG_CORRUPT', message: /an event of/ });
    }));

  const histories: readonly (readonly [what: string, change: (logs: MemoryLogs) => void])[] = [
    ['rewritten', (logs) => logs.rewrite(thread, 3, { type: 'thread.closed', by: 'a forger' })],
    ['cut short', (logs) => logs.truncate(thread, 4)],
    ['taken out of the register', (logs) => logs.unregister(thread)],
  ];
  for (const [what, change] of histories) {
    it(`refuse a log that was ${what}, until they are rebuilt`, () =>
      withViews(engine, async (views) => {
        const logs = told();
        await views.catchUp(logs);
        change(logs);
        const refused = { code: 'LOG_CORRUPT', message: /audit verify.*views rebuild/ };
        await assert.rejects(views.catchUp(logs), refused);
        await assert.rejects(views.verify(logs), refused);
        await views.rebuild(logs);
        assert.equal(await views.catchUp(logs), 0);
        assert.deepEqual((await views.verify(logs)).drift, []);
      }));
  }

  const votes = firstBuildOf('votes');
  const edits: readonly (readonly [what: string, sql: string, kept: unknown, rebuilt: unknown])[] =
    [
      [
        'edited',
        `update ${votes} set choice = 'reject' where seq = (select min(seq) from ${votes})`,
        'reject',
        'approve',
      ],
      [
        'deleted',
        `delete from ${votes} where seq = (select min(seq) from ${votes})`,
        undefined,
        'approve',
      ],
      [
        'invented',
        `insert into ${votes} select log, -1, at, round, proposal, hash, agent, choice, confidence_pct, evidence, said_log, said_seq, said_hash from ${votes} where seq = (select min(seq) from ${votes})`,
        'approve',
        undefined,
      ],
    ];
  for (const [what, sql, kept, rebuilt] of edits) {
    it(`show a row that was ${what} by hand, and are right again once rebuilt`, () =>
      withViews(engine, async (views, url) => {
        const logs = told();
        await views.catchUp(logs);
        await engine.query(url, sql);
        const { drift } = await views.verify(logs);
        assert.deepEqual(
          drift.map((each) => [each.projection, each.table, each.rows]),
          [['consensus', 'votes', 1]],
        );
        const [row] = drift[0]?.first ?? [];
        assert.equal(row?.key['log'], logs.keyOf(thread));
        assert.equal(row.kept?.['choice'], kept);
        assert.equal(row.rebuilt?.['choice'], rebuilt);
        await repaired(views, logs);
      }));
  }
}

async function repaired(views: Views, logs: MemoryLogs): Promise<void> {
  await views.rebuild(logs, { names: ['consensus'] });
  assert.deepEqual((await views.verify(logs)).drift, []);
}
