import assert from 'node:assert/strict';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createDataDir, dataDir } from '../../../src/log/dataDir.ts';
import { GroupCommit } from '../../../src/log/groupCommit.ts';
import { openLogStore } from '../../../src/log/store.ts';
import { withTempDir } from '../../support/testNode.ts';

describe('the sync of a store', () => {
  it('finds the write-ahead log in which what was appended lies', () =>
    withTempDir(async (root) => {
      const dir = dataDir(root);
      await createDataDir(dir);
      const store = await openLogStore(dir);
      const log = await store.open('bzzz://a:b@c:d');
      const text = 'a text that no other file holds';
      await log.append([Buffer.from(text)], 0);
      const database = join(dir.store, 'db');
      const logs = (await readdir(database)).filter((name) => name.endsWith('.log'));
      const found = await Promise.all(
        logs.map(async (name) => (await readFile(join(database, name))).includes(text)),
      );
      // If RocksDB ever keeps its log elsewhere or buffers it, durability `disk` would be a lie.
      assert.ok(found.includes(true), `not in ${logs.join(', ')}`);
      assert.equal(await store.reach('disk'), 'disk');
      await log.close();
      await store.close();
    }));

  it('is shared by those who ask at the same time, and never by those who ask later', () =>
    withTempDir(async (dir) => {
      const commit = new GroupCommit(dir);
      const first = commit.sync();
      const second = commit.sync();
      const third = commit.sync();
      assert.notEqual(first, second);
      assert.equal(second, third);
      await Promise.all([first, second, third]);
      assert.notEqual(commit.sync(), third);
      await commit.close();
    }));

  it('fails when the folder is gone, instead of promising what it cannot', () =>
    withTempDir(async (dir) => {
      const commit = new GroupCommit(join(dir, 'nowhere'));
      const failing = [commit.sync(), commit.sync()];
      for (const sync of failing) await assert.rejects(sync, { code: 'ENOENT' });
      // What the first did not write may be gone, though the next one would succeed.
      await mkdir(join(dir, 'nowhere'));
      await assert.rejects(commit.sync(), { code: 'ENOENT' });
      await commit.close();
    }));
});
