import assert from 'node:assert/strict';
import { it } from 'node:test';
import { threadAddress, type Recorded } from '../../events/index.ts';
import { projections } from '../../projections/index.ts';
import type { LogReader } from '../../src/ports.ts';
import { MemoryLogs } from '../support/memoryLogs.ts';
import { storyNode, tellReview } from '../support/reviewStory.ts';
import { rowsOf, withViews, type ViewsEngine } from './viewsEngine.ts';
import { comparable, tablesFrom } from './viewsOracle.ts';

const erased = { subject: threadAddress('chorus', 'pr-1'), reason: 'asked to', by: 'Ann' };

function story(): MemoryLogs {
  const logs = new MemoryLogs();
  for (const task of ['pr-1', 'pr-2']) {
    tellReview(logs, {
      project: 'chorus',
      task,
      agents: ['ann', 'bob'],
      findingsEach: 2,
      vote: () => 'approve',
    });
  }
  return logs;
}

/** The same logs without sealed texts. */
function bare(logs: MemoryLogs): LogReader {
  return {
    logs: () => logs.logs(),
    head: (log, length) => logs.head(log, length),
    async *events(log, from, to) {
      for await (const recorded of logs.events(log, from, to)) yield without(recorded);
    },
  };
}

function without(recorded: Recorded): Recorded {
  const { body } = recorded;
  return body ? { ...recorded, body: { subject: body.subject, box: '' } } : recorded;
}

/** How views forget. */
export function erasing(engine: ViewsEngine): void {
  it('tell whose texts were erased, by whom, when and why, the latest first', () =>
    withViews(engine, async (views) => {
      const logs = story();
      const facts = ['first', 'second'].map((reason) => ({
        type: 'node.subject.erased' as const,
        ...erased,
        reason,
        key: null,
        blobs: [],
      }));
      const recorded = logs.append(storyNode, ...facts);
      await views.catchUp(logs);
      const found = await views.listErasures({ subject: erased.subject });
      const told = recorded.map(({ meta: { seq, at } }, index) => ({
        ...erased,
        seq,
        at,
        reason: facts[index]?.reason,
      }));
      assert.deepEqual(found, told.toReversed());
      assert.deepEqual(await views.listErasures(), found);
      assert.deepEqual(await views.listErasures({ subject: 'bzzz://*:*@chorus:pr-2' }), []);
    }));

  it('hold what the reader gives when they are purged, and no drift afterwards', () =>
    withViews(engine, async (views, url) => {
      const logs = story();
      await views.catchUp(logs);
      const steps: number[] = [];
      await views.purge(bare(logs), { onProgress: ({ done }) => steps.push(done) });
      assert.ok(steps.length > 1);
      const expected = tablesFrom(logs.all().map(without), projections);
      const found = await rowsOf(engine, url, expected.keys());
      for (const [name, rows] of expected) {
        assert.deepEqual(comparable(found.get(name) ?? []), comparable(rows), name);
      }
      assert.deepEqual((await views.verify(bare(logs))).drift, []);
    }));

  it('keep nothing of the old rows and tables', () =>
    withViews(engine, async (views, url) => {
      const logs = story();
      await views.catchUp(logs);
      const before = await engine.query(url, engine.tables);
      const boxes = await engine.query(url, `select body from statements where body is not null`);
      assert.ok(boxes.length > 4);
      await views.purge(bare(logs));
      const names = (rows: Record<string, unknown>[]) => rows.map(({ name }) => String(name));
      const left = new Set(names(await engine.query(url, engine.tables)));
      const dropped = names(before).filter((name) => /_v\d+_1$/.test(name));
      assert.ok(dropped.length > 10);
      assert.deepEqual(
        dropped.filter((name) => left.has(name)),
        [],
      );
    }));
}
