import assert from 'node:assert/strict';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createDataDir, dataDir } from '../../../src/log/dataDir.ts';
import { openLogStore, type LogStore } from '../../../src/log/store.ts';
import { withTempDir } from '../../support/testNode.ts';

function withStore(use: (store: LogStore, root: string) => Promise<void>): () => Promise<void> {
  return () =>
    withTempDir(async (root) => {
      const dir = dataDir(root);
      await createDataDir(dir);
      const store = await openLogStore(dir);
      try {
        await use(store, root);
      } finally {
        await store.close();
      }
    });
}

describe('the vault', () => {
  it(
    'opens what it sealed, small in place and large as a blob',
    withStore(async ({ vault }) => {
      for (const text of ['', 'héllo', 'x'.repeat(100_000)]) {
        const sealed = await vault.seal('task', text);
        assert.equal('blob' in sealed, text.length > 10_000);
        assert.ok(text === '' || !JSON.stringify(sealed).includes(text));
        assert.equal(await vault.open(sealed), text);
      }
    }),
  );

  it(
    'makes one key per subject, also when two ask at once, readable by the owner only',
    withStore(async ({ vault }, root) => {
      const [a, b] = await Promise.all([vault.seal('s', 'a'), vault.seal('s', 'b')]);
      assert.deepEqual([await vault.open(a), await vault.open(b)], ['a', 'b']);
      const [file, ...others] = await readdir(join(root, 'keys'));
      assert.ok(file);
      assert.deepEqual(others, []);
      assert.equal((await stat(join(root, 'keys', file))).mode & 0o777, 0o600);
    }),
  );

  it('cannot open a text whose key was deleted', () =>
    withTempDir(async (root) => {
      const dir = dataDir(root);
      await createDataDir(dir);
      const first = await openLogStore(dir);
      const sealed = await first.vault.seal('s', 'secret');
      await first.close();
      await rm(dir.keys, { recursive: true });
      const second = await openLogStore(dir);
      assert.equal(await second.vault.open(sealed), null);
      await second.close();
    }));

  it(
    'refuses a text that was sealed for another subject',
    withStore(async ({ vault }) => {
      const sealed = await vault.seal('s', 'text');
      await vault.seal('t', 'other');
      await assert.rejects(vault.open({ ...sealed, subject: 't' }));
    }),
  );

  it(
    'refuses a text over the limit, and stores nothing of it',
    withStore(async (store) => {
      const before = await store.blobsHead();
      const text = 'x'.repeat(33 * 1024 * 1024);
      await assert.rejects(store.vault.seal('s', text), { code: 'BLOB_TOO_LARGE' });
      assert.deepEqual(await store.blobsHead(), before);
    }),
  );
});
