import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { chmod, cp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { nodeAddress, threadAddress } from '../../../events/index.ts';
import { dataDir, openReadOnly, type DataDir, type ReadOnlyLogs } from '../../../src/log/index.ts';
import { agreed, writeHistory } from '../../support/history.ts';
import { openTestNode, withTempDir } from '../../support/testNode.ts';

const thread = threadAddress('shop', 'pr-1');

/** Name, size, time of change and hash of every file and folder. */
async function fingerprint(root: string): Promise<string[]> {
  const names = await readdir(root, { recursive: true });
  return Promise.all(
    names.toSorted().map(async (name) => {
      const path = join(root, name);
      const { size, mtimeMs, mode } = await stat(path);
      const bytes = (await stat(path)).isFile() ? await readFile(path) : '';
      return `${name} ${size} ${mtimeMs} ${mode} ${createHash('sha256').update(bytes).digest('hex')}`;
    }),
  );
}

async function reading<T>(dir: DataDir, use: (logs: ReadOnlyLogs) => Promise<T>): Promise<T> {
  const logs = await openReadOnly(dir);
  try {
    return await use(logs);
  } finally {
    await logs.close();
  }
}

/** Reads everything there is to read, and the texts. */
async function readAll(logs: ReadOnlyLogs): Promise<{ events: number; texts: string[] }> {
  let events = 0;
  const texts: string[] = [];
  for (const { log, length } of await logs.logs()) {
    for await (const { event, body } of logs.events(log, 0)) {
      events++;
      if (body) texts.push((await logs.vault.open(body)) ?? '?');
      if (event.type === 'thread.review.opened') {
        texts.push((await logs.vault.openBlob(thread, event.change.blob)) ?? '?');
      }
    }
    assert.equal((await logs.head(log)).length, length);
  }
  for (const core of logs.stored) {
    assert.ok('key' in core);
    await core.blocks(0, core.length);
    await core.nodes([0, 1]);
  }
  return { events, texts };
}

/** RocksDB's own error, without the path that is in it. */
function broken(why: RegExp): (error: unknown) => boolean {
  return (error) =>
    error instanceof Error &&
    'code' in error &&
    error.code === 'LOG_CORRUPT' &&
    why.test(error.message);
}

describe('logs opened for reading', () => {
  it('are not changed by it, in no byte and no date', () =>
    withTempDir(async (root) => {
      const dir = await writeHistory(root, [agreed]);
      const before = await fingerprint(root);
      const { events, texts } = await reading(dir, readAll);
      assert.ok(events > 80, String(events));
      assert.ok(texts.some((text) => text.startsWith('diff --git')) && !texts.includes('?'));
      assert.deepEqual(await fingerprint(root), before);
    }));

  it('can be a copy, without the right to write', () =>
    withTempDir(async (root) => {
      const original = await writeHistory(join(root, 'a'), [agreed]);
      const copy = dataDir(join(root, 'b'));
      await cp(original.root, copy.root, { recursive: true });
      const folders = [copy.root, copy.store, join(copy.store, 'db')];
      for (const folder of folders) await chmod(folder, 0o500);
      const before = await fingerprint(copy.root);
      const found = await reading(copy, readAll);
      const after = await fingerprint(copy.root);
      for (const folder of folders) await chmod(folder, 0o700);
      assert.deepEqual(after, before);
      assert.deepEqual(found, await reading(original, readAll));
    }));

  it('are those of the moment while a writer goes on', () =>
    withTempDir(async (root) => {
      await writeHistory(root, [agreed]);
      const node = await openTestNode(root);
      const dir = dataDir(root);
      const logs = await openReadOnly(dir);
      const lengthOf = async (from: ReadOnlyLogs): Promise<number> =>
        (await from.logs()).find(({ actor }) => actor === thread)?.length ?? 0;
      const before = await lengthOf(logs);
      await node.host.handle({
        kind: 'thread',
        actor: thread,
        commandId: 'close',
        command: { type: 'close', by: 'test' },
      });
      assert.equal(await lengthOf(logs), before);
      assert.equal(await reading(dir, lengthOf), before + 1);
      await logs.close();
      await node.close();
    }));

  it('list every core, the texts and the node included', () =>
    withTempDir(async (root) => {
      const dir = await writeHistory(root, [agreed]);
      await reading(dir, async (logs) => {
        const registered = await logs.logs();
        assert.deepEqual(registered[0]?.actor, nodeAddress('local'));
        assert.equal(logs.stored.length, registered.length + 1);
        assert.equal(logs.node.log, registered[0]?.log);
      });
    }));

  it('refuse a directory without logs', () =>
    withTempDir(async (root) => {
      await assert.rejects(openReadOnly(dataDir(root)), { code: 'NOT_FOUND' });
    }));

  it('say what is wrong with a store that cannot be opened, and leave it as it is', () =>
    withTempDir(async (root) => {
      const dir = await writeHistory(join(root, 'a'), [agreed]);
      const damages: [RegExp, (db: string) => Promise<void>][] = [
        [/database is gone/, (db) => rm(db, { recursive: true })],
        [/CURRENT/, (db) => rm(join(db, 'CURRENT'))],
        [/lost its write-ahead log/, (db) => writeFile(join(db, 'RECOVERING'), '')],
        [/checksum|corrupt/i, (db) => flipManifest(db)],
      ];
      for (const [index, [why, damage]] of damages.entries()) {
        const copy = dataDir(join(root, String(index)));
        await cp(dir.root, copy.root, { recursive: true });
        await damage(join(copy.store, 'db'));
        const before = await fingerprint(copy.root);
        await assert.rejects(openReadOnly(copy), broken(why));
        assert.deepEqual(await fingerprint(copy.root), before);
      }
    }));
});

async function flipManifest(db: string): Promise<void> {
  const name = (await readdir(db)).find((file) => file.startsWith('MANIFEST'));
  assert.ok(name);
  const bytes = await readFile(join(db, name));
  await writeFile(
    join(db, name),
    bytes.map((byte, at) => (at === 40 ? byte ^ 0xff : byte)),
  );
}
