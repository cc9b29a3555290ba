import assert from 'node:assert/strict';
import { readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createDataDir, dataDir, type DataDir } from '../../../src/log/dataDir.ts';
import { createRedactor, createRestorer, RestoreMaps } from '../../../src/log/restoreMaps.ts';
import { SubjectKeys } from '../../../src/log/subjectKeys.ts';
import type { Redactor } from '../../../src/ports.ts';
import { emptyMap, type RestoreMap } from '../../../src/shared/redact/index.ts';
import { withTempDir } from '../../support/testNode.ts';

const options = { personalData: true, ipAddresses: false };
const subject = 'bzzz://*:*@shop:pr-1';
const other = 'bzzz://*:*@shop:pr-2';

/** A token that no issuer has issued. */
function token(n: number): string {
  return `${['gh', 'p_'].join('')}${`a1B2c3D4e5F6${n.toString(36).padStart(4, 'Q')}`.padEnd(36, 'xY7z')}`;
}

function withDir(use: (dir: DataDir) => Promise<void>): () => Promise<void> {
  return () =>
    withTempDir(async (root) => {
      const dir = dataDir(root);
      await createDataDir(dir);
      await use(dir);
    });
}

/** What a process starts with: nothing but what is on disk. */
function mapsOf(dir: DataDir): RestoreMaps {
  return new RestoreMaps(dir.restore, new SubjectKeys(dir.keys));
}

function redactorOf(dir: DataDir): Redactor {
  return createRedactor(mapsOf(dir), options);
}

async function mapFile({ restore }: DataDir): Promise<string> {
  const [name, ...more] = await readdir(restore);
  assert.ok(name);
  assert.deepEqual(more, []);
  return join(restore, name);
}

describe('what was taken out of texts', () => {
  it(
    'is put back by the process that took it out, by the next one, and by a reader',
    withDir(async (dir) => {
      const text = `push('${token(1)}');`;
      const redactor = redactorOf(dir);
      const redacted = await redactor.redact(subject, text);
      assert.doesNotMatch(redacted, new RegExp(token(1)));
      for (const each of [redactor, redactorOf(dir), createRestorer(mapsOf(dir))])
        assert.equal(await each.restore(subject, redacted), text);
      assert.equal(await redactor.restore(other, redacted), redacted);
    }),
  );

  it(
    'has the same placeholder in every text, and in the next process too',
    withDir(async (dir) => {
      const first = await redactorOf(dir).redact(subject, token(1));
      const later = redactorOf(dir);
      assert.equal(await later.redact(subject, token(1)), first);
      assert.equal(await later.redact(subject, first), first);
      assert.notEqual(await later.redact(subject, token(2)), first);
      assert.equal(await later.restore(subject, first), token(1));
      assert.notEqual(await later.redact(other, token(1)), first);
    }),
  );

  it(
    'lies in one sealed file per subject that only its owner reads',
    withDir(async (dir) => {
      const redactor = redactorOf(dir);
      await redactor.redact(subject, token(1));
      await redactor.redact(subject, token(2));
      const file = await mapFile(dir);
      assert.equal((await stat(dir.restore)).mode & 0o777, 0o700);
      assert.equal((await stat(file)).mode & 0o777, 0o600);
      assert.doesNotMatch(await readFile(file, 'latin1'), /gh|REDACTED|shop/);
    }),
  );

  it(
    'needs no file when it is nothing, and no write when it is nothing new',
    withDir(async (dir) => {
      const redactor = redactorOf(dir);
      assert.equal(await redactor.redact(subject, 'nothing here'), 'nothing here');
      await assert.rejects(stat(dir.restore), { code: 'ENOENT' });
      const redacted = await redactor.redact(subject, token(1));
      const before = await stat(await mapFile(dir), { bigint: true });
      await redactor.redact(subject, `${token(1)} ${redacted}`);
      assert.equal((await stat(await mapFile(dir), { bigint: true })).ino, before.ino);
    }),
  );

  it(
    'is all there when many texts of a subject come at once',
    withDir(async (dir) => {
      const redactor = redactorOf(dir);
      const texts = Array.from({ length: 20 }, (_, n) => `${token(n)} and ${token(n % 3)}`);
      const redacted = await Promise.all(texts.map((text) => redactor.redact(subject, text)));
      const reader = createRestorer(mapsOf(dir));
      const restored = await Promise.all(redacted.map((text) => reader.restore(subject, text)));
      assert.deepEqual(restored, texts);
    }),
  );

  it(
    'outlives the memory of the process',
    withDir(async (dir) => {
      const redactor = redactorOf(dir);
      const first = await redactor.redact(subject, token(1));
      for (let n = 0; n < 120; n += 1) await redactor.redact(`bzzz://*:*@shop:t-${n}`, 'plain');
      assert.equal(await redactor.redact(subject, token(1)), first);
    }),
  );

  it(
    'is gone with the key of its subject, which breaks nothing',
    withDir(async (dir) => {
      const before = await redactorOf(dir).redact(subject, token(1));
      const file = await mapFile(dir);
      const sealed = await readFile(file);
      await rm(dir.keys, { recursive: true });
      assert.equal(await redactorOf(dir).restore(subject, before), before);
      const redactor = redactorOf(dir);
      const after = await redactor.redact(subject, token(1));
      assert.notEqual(after, before);
      assert.equal(await redactor.restore(subject, `${before} ${after}`), `${before} ${token(1)}`);
      assert.equal((await readdir(dir.restore)).length, 2);
      assert.deepEqual(await readFile(file), sealed);
    }),
  );
});

describe('a restore map', () => {
  it(
    'that is damaged is said to be, and is not written over',
    withDir(async (dir) => {
      const redacted = await redactorOf(dir).redact(subject, token(1));
      const file = await mapFile(dir);
      const whole = await readFile(file);
      const flipped = Buffer.from(whole);
      flipped[20] = (flipped[20] ?? 0) ^ 1;
      for (const damaged of [flipped, whole.subarray(0, 40), Buffer.alloc(0)]) {
        await writeFile(file, damaged);
        const error = { code: 'LOG_CORRUPT', message: /restore map .* is damaged; put it back/ };
        await assert.rejects(redactorOf(dir).restore(subject, redacted), error);
        await assert.rejects(redactorOf(dir).redact(subject, token(2)), error);
        assert.deepEqual(await readFile(file), damaged);
      }
      await rename(file, `${file}.damaged`);
      const redactor = redactorOf(dir);
      assert.equal(await redactor.restore(subject, redacted), redacted);
      const again = await redactor.redact(subject, token(2));
      assert.equal(await redactor.restore(subject, again), token(2));
    }),
  );

  it(
    'of another subject does not pass for its own',
    withDir(async (dir) => {
      const redactor = redactorOf(dir);
      const redacted = await redactor.redact(subject, token(1));
      const mine = await mapFile(dir);
      await redactor.redact(other, token(2));
      const names = await readdir(dir.restore);
      const theirs = names.map((name) => join(dir.restore, name)).find((path) => path !== mine);
      assert.ok(theirs);
      await writeFile(mine, await readFile(theirs));
      await assert.rejects(redactorOf(dir).restore(subject, redacted), { code: 'LOG_CORRUPT' });
    }),
  );

  it(
    'that a crash left half written is not in the way',
    withDir(async (dir) => {
      const redacted = await redactorOf(dir).redact(subject, token(1));
      await writeFile(`${await mapFile(dir)}.tmp`, 'half');
      const redactor = redactorOf(dir);
      const more = await redactor.redact(subject, token(2));
      const both = await redactor.restore(subject, redacted + more);
      assert.equal(both, token(1) + token(2));
    }),
  );

  it(
    'that cannot be written lets no text through',
    withDir(async (dir) => {
      await writeFile(dir.restore, 'a file where the folder would be');
      await assert.rejects(redactorOf(dir).redact(subject, token(1)), {
        code: 'DATA_DIR_UNWRITABLE',
        message: /cannot be kept in .*; make room/,
      });
    }),
  );
});

/** Maps in memory; writes wait for `gate`, which may fail. */
function gatedMaps(gate: (subject: string) => Promise<void>) {
  const stored = new Map<string, RestoreMap>();
  return {
    stored,
    read: async (of: string) => stored.get(of) ?? null,
    write: async (of: string, map: RestoreMap) => {
      await gate(of);
      stored.set(of, map);
    },
  };
}

describe('redacting', () => {
  it('returns a text only when its map is stored', async () => {
    const open = Promise.withResolvers<undefined>();
    const redactor = createRedactor(
      gatedMaps(() => open.promise),
      options,
    );
    let returned = false;
    const redacted = redactor.redact(subject, token(1)).finally(() => (returned = true));
    await new Promise((resolve) => void setImmediate(resolve));
    assert.equal(returned, false);
    open.resolve(undefined);
    assert.match(await redacted, /^\[REDACTED:github-token:1:[a-z2-7]{12}\]$/);
  });

  it('does not wait for other subjects', async () => {
    const open = Promise.withResolvers<undefined>();
    const gate = async (of: string) => (of === other ? open.promise : undefined);
    const redactor = createRedactor(gatedMaps(gate), options);
    const slow = redactor.redact(other, token(1));
    assert.match(await redactor.redact(subject, token(1)), /^\[REDACTED/);
    open.resolve(undefined);
    await slow;
  });

  it('goes on after a write that failed, with nothing of it remembered', async () => {
    let failures = 1;
    const maps = gatedMaps(async () => {
      failures -= 1;
      if (failures >= 0) throw new Error('disk full');
    });
    maps.stored.set(subject, emptyMap('stored'));
    const redactor = createRedactor(maps, options);
    const lost = redactor.redact(subject, token(1));
    const kept = redactor.redact(subject, token(2));
    await assert.rejects(lost, /disk full/);
    assert.equal(await kept, '[REDACTED:github-token:1:stored]');
    assert.deepEqual([...(maps.stored.get(subject)?.values.values() ?? [])], [token(2)]);
  });
});
