import assert from 'node:assert/strict';
import { it } from 'node:test';
import { projections, type Projection } from '../../projections/index.ts';
import { MemoryLogs } from '../support/memoryLogs.ts';
import { tellReview } from '../support/reviewStory.ts';
import { openSmall, withViews, type ViewsEngine } from './viewsEngine.ts';

const [today = 0] = projections.flatMap((each) =>
  each.name === 'conversation' ? [each.version] : [],
);
const nextVersion = today + 1;

/** The same views, one of them in its next version: threads are called by other names. */
const next: readonly Projection[] = projections.map((projection) =>
  projection.name === 'conversation'
    ? {
        ...projection,
        version: nextVersion,
        project: (recorded) =>
          projection
            .project(recorded)
            .map((op) =>
              op.op === 'put' && op.table === 'threads'
                ? { ...op, row: { ...op.row, task: `new ${String(op.row['task'])}` } }
                : op,
            ),
      }
    : projection,
);

function told(): MemoryLogs {
  const logs = new MemoryLogs();
  for (const task of ['a', 'b', 'c'])
    tellReview(logs, { project: 'p', task, agents: ['ann', 'bob'], findingsEach: 1 });
  return logs;
}

/** How a new version of a projection takes the place of the old one. */
export function versions(engine: ViewsEngine): void {
  it('are built beside the old one, go on after an interruption, and are switched when ready', () =>
    withViews(engine, async (old, url) => {
      const logs = told();
      await old.catchUp(logs);
      const stop = new AbortController();
      let done = 0;
      const interrupted = await openSmall(url, { projections: next });
      await assert.rejects(
        interrupted.catchUp(logs, {
          signal: stop.signal,
          onProgress: (progress) => {
            done = progress.done;
            if (done > 20) stop.abort();
          },
        }),
      );
      await assert.rejects(interrupted.listThreads(), { code: 'VIEWS_UNAVAILABLE' });
      await interrupted.close();
      assert.equal((await old.listThreads()).length, 3, 'the old version is still there');

      const before = logs.all().length;
      // Events that the other projections have not seen either, in a log that they know in part.
      const thread = 'bzzz://*:*@p:a';
      logs.append('bzzz://ann:reviewer@p:*', {
        type: 'agent.memory.noted',
        thread,
        topic: 'style',
      });
      const total = before + 1;
      const views = await openSmall(url, { projections: next });
      try {
        const states = async () =>
          (await views.status(logs))
            .filter(({ projection }) => projection === 'conversation')
            .map(({ version, state, position }) => ({ version, state, position }));
        assert.deepEqual(await states(), [
          { version: today, state: 'outdated', position: before },
          { version: nextVersion, state: 'building', position: done },
        ]);
        assert.equal(await views.catchUp(logs), total - done);
        assert.deepEqual(await states(), [
          { version: nextVersion, state: 'active', position: total },
        ]);
        const tasks = (await views.listThreads()).map(({ task }) => task);
        assert.deepEqual(tasks.toSorted(), ['new a', 'new b', 'new c']);
        const tables = (await engine.query(url, engine.tables)).map(({ name }) => String(name));
        assert.deepEqual(
          tables.filter((name) => name.startsWith('threads')),
          [`threads_v${nextVersion}_2`],
        );
        assert.deepEqual((await views.verify(logs)).drift, []);
      } finally {
        await views.close();
      }
      await assert.rejects(old.listThreads(), { message: /another version/ });
      await assert.rejects(old.catchUp(logs), { message: /newer bzzz/ });
      await old.rebuild(logs);
      assert.deepEqual((await old.listThreads()).map(({ task }) => task).toSorted(), [
        'a',
        'b',
        'c',
      ]);
    }));

  it('leave nothing of an unfinished one behind once another is switched to', () =>
    withViews(engine, async (old, url) => {
      const logs = told();
      await old.catchUp(logs);
      const tables = (await engine.query(url, engine.tables)).length;
      const stop = new AbortController();
      const views = await openSmall(url, { projections: next });
      try {
        const onProgress = (): void => stop.abort();
        await assert.rejects(views.catchUp(logs, { signal: stop.signal, onProgress }));
      } finally {
        await views.close();
      }
      assert.ok((await engine.query(url, engine.tables)).length > tables);
      await old.rebuild(logs);
      assert.equal((await engine.query(url, engine.tables)).length, tables);
    }));
}
