import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { it } from 'node:test';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import fc, { type Arbitrary } from 'fast-check';
import type { ActorKind, BzzzEvent } from '../../events/index.ts';
import { kindOf } from '../../events/index.ts';
import { projections } from '../../projections/index.ts';
import type { LogReader } from '../../src/ports.ts';
import { snapshot } from '../../src/views/ask.ts';
import { anyEvent } from '../support/actorArbitraries.ts';
import { MemoryLogs, shownUpTo } from '../support/memoryLogs.ts';
import { tellReview, type Story } from '../support/reviewStory.ts';
import { firstBuildOf, openSmall, rowsOf, withViews, type ViewsEngine } from './viewsEngine.ts';
import { sharedLogs } from './viewsOtherProcess.ts';
import { comparable, tablesFrom } from './viewsOracle.ts';

const anyStory: Arbitrary<Story> = fc.record({
  project: fc.constantFrom('chorus', 'other'),
  task: fc.constantFrom('pr-1', 'pr-2', 'pr-3'),
  agents: fc.subarray(['ann', 'bob', 'cyd'], { minLength: 1 }),
  findingsEach: fc.nat(3),
  vote: fc.func(fc.constantFrom('approve', 'reject', 'abstain')),
  ending: fc.constantFrom('agreed', 'resolved', 'defaulted', 'escalated'),
});

/** Events that no lawful actor would record in that order, and that views must bear all the same. */
const anyStranger: Arbitrary<{ actor: string; event: BzzzEvent }> = fc
  .oneof(...anyEvent.values())
  .map((event) => ({ actor: strangers[kindOf(event.type) ?? 'node'], event }));
const strangers: Readonly<Record<ActorKind, string>> = {
  thread: 'bzzz://*:*@chorus:pr-1',
  agent: 'bzzz://ann:reviewer@chorus:*',
  budget: 'bzzz://no address at all',
  node: 'bzzz://node-2:node@*:*',
};

const anyLogs: Arbitrary<MemoryLogs> = fc
  .tuple(fc.array(anyStory, { maxLength: 4 }), fc.array(anyStranger, { maxLength: 20 }))
  .map(([stories, others]) => {
    const logs = new MemoryLogs();
    for (const story of stories) tellReview(logs, story);
    for (const { actor, event } of others) logs.append(actor, event);
    return logs;
  });

/** How logs become known: in steps, each log by any number of events, in any order of the logs. */
const anyGrowth = fc.array(fc.tuple(fc.infiniteStream(fc.nat(40)), fc.infiniteStream(fc.nat())), {
  maxLength: 3,
});

/** The reader at each step; at the last one, all is known. */
async function grow(
  logs: MemoryLogs,
  growth: readonly (readonly [Iterator<number>, Iterator<number>])[],
): Promise<LogReader[]> {
  const known = new Map<string, number>();
  const all = await logs.logs();
  const steps = growth.map(([amounts, ranks]) => {
    for (const { log, length } of all)
      known.set(log, Math.min(length, (known.get(log) ?? 0) + Number(amounts.next().value)));
    const ranked = all.map(({ log }) => [Number(ranks.next().value), log] as const);
    const order = ranked.toSorted(([a], [b]) => a - b).map(([, log]) => log);
    return shownUpTo(logs, new Map(known), order);
  });
  return [...steps, logs];
}

/** How views follow the logs. */
export function keeping(engine: ViewsEngine): void {
  it('read what is new, and only that', () =>
    withViews(engine, async (views) => {
      const logs = new MemoryLogs();
      assert.equal(await views.catchUp(logs), 0);
      tellReview(logs, { project: 'p', task: 'a', agents: ['ann'], findingsEach: 1 });
      const before = logs.all().length;
      assert.equal(await views.catchUp(logs), before);
      assert.equal(await views.catchUp(logs), 0);
      tellReview(logs, { project: 'p', task: 'b', agents: ['ann'], findingsEach: 1 });
      const progress: { done: number; total: number }[] = [];
      const more = logs.all().length - before;
      assert.equal(await views.catchUp(logs, { onProgress: (each) => progress.push(each) }), more);
      assert.deepEqual(progress.at(-1), { done: more, total: more });
    }));

  it('hold what the events make one by one, in whatever order and portions logs arrive', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyLogs,
        anyGrowth,
        fc.integer({ min: 1, max: 50 }),
        async (logs, growth, batchEvents) => {
          const url = await engine.freshUrl();
          const views = await openSmall(url, { batchEvents });
          try {
            for (const reader of await grow(logs, growth)) await views.catchUp(reader);
            const expected = tablesFrom(logs.all(), projections);
            const kept = await rowsOf(engine, url, expected.keys());
            for (const [table, rows] of expected)
              assert.deepEqual(comparable(kept.get(table) ?? []), comparable(rows), table);
            const { drift, events } = await views.verify(logs);
            assert.deepEqual(drift, []);
            assert.equal(events, logs.all().length);
          } finally {
            await views.close();
          }
        },
      ),
      { numRuns: engine.runs },
    );
  });

  it('go on where they were interrupted, and count nothing twice', async () => {
    const logs = new MemoryLogs();
    for (const task of ['a', 'b', 'c', 'd'])
      tellReview(logs, { project: 'p', task, agents: ['ann', 'bob'], findingsEach: 2 });
    const total = logs.all().length;
    const url = await engine.freshUrl();
    let read = 0;
    for (let run = 1; read < total; run++) {
      const stop = new AbortController();
      const views = await openSmall(url);
      try {
        let batches = 0;
        read += await views.catchUp(logs, {
          signal: stop.signal,
          onProgress: ({ done }) => {
            batches += 1;
            if (batches < run) return;
            stop.abort();
            read += done;
          },
        });
      } catch (error) {
        assert.ok(stop.signal.aborted, String(error));
      } finally {
        await views.close();
      }
    }
    assert.equal(read, total);
    const views = await openSmall(url);
    try {
      assert.equal(await views.catchUp(logs), 0);
      assert.deepEqual((await views.verify(logs)).drift, []);
    } finally {
      await views.close();
    }
  });

  it('stay as they were when the database fails in the middle of a batch', () =>
    withViews(engine, async (views, url) => {
      const logs = new MemoryLogs();
      tellReview(logs, { project: 'p', task: 'a', agents: ['ann'], findingsEach: 1 });
      await views.catchUp(logs);
      tellReview(logs, { project: 'p', task: 'b', agents: ['ann'], findingsEach: 1 });
      // The last table of a batch that is written.
      await engine.query(url, `alter table ${firstBuildOf('logs')} rename to away`);
      await assert.rejects(views.catchUp(logs));
      await engine.query(url, `alter table away rename to ${firstBuildOf('logs')}`);
      await views.catchUp(logs);
      assert.deepEqual((await views.verify(logs)).drift, []);
    }));

  it('count nothing twice when two processes keep them at the same time', () =>
    withViews(engine, async (views, url) => {
      const program = fileURLToPath(import.meta.resolve('./viewsOtherProcess.ts'));
      const other = fork(program, [url], { execArgv: [] });
      const ended = once(other, 'exit');
      await once(other, 'message');
      other.send('begin');
      const logs = sharedLogs();
      await views.catchUp(logs);
      assert.deepEqual(await ended, [0, null]);
      assert.deepEqual((await views.verify(logs)).drift, []);
    }));

  it('are whole for readers at every moment of a rebuild', () =>
    withViews(engine, async (views) => {
      const logs = new MemoryLogs();
      for (const task of ['a', 'b', 'c', 'd', 'e'])
        tellReview(logs, { project: 'p', task, agents: ['ann', 'bob'], findingsEach: 2 });
      await views.catchUp(logs);
      const address = 'bzzz://*:*@p:c';
      const before = await views.showThread(address);
      const rebuilt = views.rebuild(logs).then(() => 'rebuilt' as const);
      let looks = 0;
      do {
        assert.equal((await views.listThreads()).length, 5);
        assert.deepEqual(await views.showThread(address), before);
        looks += 1;
        await setImmediate();
      } while ((await Promise.race([rebuilt, Promise.resolve('rebuilding')])) !== 'rebuilt');
      assert.ok(looks > 1, 'the rebuild was over before anybody looked');
    }));

  it('stay as they were for a reader that began to look before a switch', () =>
    withViews(engine, async (views, url) => {
      const logs = sharedLogs();
      await views.catchUp(logs);
      const other = engine.reader(url);
      let rebuilt: Promise<number> | undefined;
      try {
        const threads = await snapshot(other, async (db) => {
          // From here on the reader sees one moment.
          await db.selectFrom('checkpoints').select('log').limit(1).execute();
          // Done at once, or waiting for the reader: either is right.
          rebuilt = views.rebuild(logs);
          await Promise.race([rebuilt, sleep(300)]);
          return await db.selectFrom('threads').select('address').execute();
        });
        assert.equal(threads.length, 6);
      } finally {
        await other.reader.destroy();
      }
      assert.equal(await rebuilt, logs.all().length);
      assert.equal((await views.listThreads()).length, 6);
    }));

  it('bear text that a database cannot hold', () =>
    withViews(engine, async (views) => {
      const logs = new MemoryLogs();
      const thread = 'bzzz://*:*@p:a';
      const place = { path: 'a\0b', line: 1, endLine: 1 };
      const facts = { kind: '\0', severity: 'low', sources: [] } as const;
      logs.append(
        thread,
        { type: 'thread.opened', project: 'p', task: 'a' },
        { type: 'thread.proposal.made', proposal: 'p1', hash: '0', place, ...facts, sources: [] },
      );
      await views.catchUp(logs);
      const { entries, proposals } = await views.showThread(thread);
      assert.deepEqual(entries[0]?.event, logs.all()[1]?.event);
      assert.ok(['a\0b', 'a\uFFFDb'].includes(proposals[0]?.place.path ?? ''));
      assert.deepEqual((await views.verify(logs)).drift, []);
    }));

  it('tell where they stand', () =>
    withViews(engine, async (views) => {
      const logs = new MemoryLogs();
      tellReview(logs, { project: 'p', task: 'a', agents: ['ann'], findingsEach: 1 });
      const missing = await views.status(logs);
      assert.deepEqual(
        missing.map(({ projection, version, state, position }) => [
          projection,
          version,
          state,
          position,
        ]),
        projections.map(({ name }) => [name, null, 'missing', 0]),
      );
      await views.catchUp(logs);
      const length = logs.all().length;
      logs.append('bzzz://ann:reviewer@p:*', { type: 'agent.suspended', by: 'owner' });
      for (const status of await views.status(logs)) {
        const kept = projections.find(({ name }) => name === status.projection);
        assert.deepEqual([status.state, status.version], ['active', kept?.version]);
        assert.deepEqual([status.position, status.length, status.lag], [length, length + 1, 1]);
        const behind = status.logs.filter((log) => log.position < log.length);
        assert.deepEqual(
          behind.map(({ actor, kind }) => [actor, kind]),
          [['bzzz://ann:reviewer@p:*', 'agent']],
        );
      }
    }));

  it('leave one set of tables behind, whatever was rebuilt or interrupted', () =>
    withViews(engine, async (views, url) => {
      const logs = new MemoryLogs();
      tellReview(logs, { project: 'p', task: 'a', agents: ['ann'], findingsEach: 1 });
      await views.catchUp(logs);
      const names = async () => (await engine.query(url, engine.tables)).length;
      const tables = await names();
      await views.rebuild(logs);
      await views.rebuild(logs, { names: ['cost'] });
      const stop = new AbortController();
      const onProgress = (): void => stop.abort();
      await assert.rejects(views.rebuild(logs, { signal: stop.signal, onProgress }));
      await assert.rejects(views.verify(logs, { signal: stop.signal }));
      assert.equal(await names(), tables);
      await assert.rejects(views.rebuild(logs, { names: ['costs'] }), {
        code: 'ARGUMENT_INVALID',
        message: /conversation, consensus, cost, directory/,
      });
    }));
}
