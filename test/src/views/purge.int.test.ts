import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import type { LogReader } from '../../../src/ports.ts';
import { openViews } from '../../../src/views/index.ts';
import { MemoryLogs } from '../../support/memoryLogs.ts';
import { tellReview } from '../../support/reviewStory.ts';
import { withTempDir } from '../../support/testNode.ts';

function story(): MemoryLogs {
  const logs = new MemoryLogs();
  const agents = ['ann', 'bob', 'cyd'];
  tellReview(logs, { project: 'p', task: 't', agents, findingsEach: 9, vote: () => 'approve' });
  return logs;
}

/** The same logs without their texts. */
function bare(logs: MemoryLogs): LogReader {
  return {
    logs: () => logs.logs(),
    head: (log, length) => logs.head(log, length),
    async *events(log, from, to) {
      for await (const { body: _body, ...rest } of logs.events(log, from, to)) yield rest;
    },
  };
}

function boxesOf(logs: MemoryLogs): string[] {
  return logs.all().flatMap(({ body }) => (body && 'box' in body ? body.box : []));
}

/** How many of the texts are somewhere in the files of a directory. */
async function found(dir: string, boxes: readonly string[]): Promise<number> {
  const files = await Promise.all(
    (await readdir(dir)).map((name) => readFile(join(dir, name), 'latin1')),
  );
  return boxes.filter((box) => files.some((file) => file.includes(box))).length;
}

describe('views in SQLite that are purged', () => {
  it('have no byte of the old rows in any file, and say when somebody keeps them from it', () =>
    withTempDir(async (dir) => {
      const path = join(dir, 'views.sqlite');
      const views = await openViews({ url: `sqlite:${path}` });
      try {
        const logs = story();
        const boxes = boxesOf(logs);
        assert.ok(boxes.length > 20);
        await views.catchUp(logs);
        assert.equal(await found(dir, boxes), boxes.length);

        const reader = new DatabaseSync(path, { readOnly: true });
        reader.exec('begin; select count(*) from builds');
        await assert.rejects(views.purge(bare(logs)), {
          code: 'VIEWS_UNAVAILABLE',
          message: /another process reads .*views\.sqlite/,
        });
        reader.close();

        await views.purge(bare(logs));
        assert.equal(await found(dir, boxes), 0);
        assert.deepEqual((await views.verify(bare(logs))).drift, []);
      } finally {
        await views.close();
      }
    }));
});
