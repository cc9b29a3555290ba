import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { openLogStore, type DataDir } from '../../../src/log/index.ts';
import { heard, told, Victim } from './attack.ts';
import { Forger } from './forger.ts';

const history = { chapters: [heard], ending: 'stopped' } as const;
const untouched = async (): Promise<void> => undefined;

describe('damage', () => {
  it('to any byte of any block is found, in that block', () =>
    Victim.with(history, async (victim) => {
      const { logs } = await victim.attacked(untouched);
      assert.ok(logs.length > 5);
      await fc.assert(
        fc.asyncProperty(fc.nat(), fc.nat(), fc.nat(), async (which, where, byte) => {
          const target = logs[which % logs.length];
          assert.ok(target);
          const seq = where % target.length;
          const report = await victim.attacked((forger) =>
            forger.changeBlock(target.log, seq, (was) => {
              const at = byte % was.byteLength;
              return was.with(at, (was[at] ?? 0) ^ (1 << (byte % 8)));
            }),
          );
          const [first] = report.findings;
          assert.deepEqual(
            [first?.check, first?.log, first?.seq],
            ['tree', target.log, seq],
            told(report),
          );
        }),
        { numRuns: 30 },
      );
    }));

  it('to the files of the database never stops the auditor', () =>
    Victim.with(history, async (victim) => {
      const checks = new Set<string>();
      await fc.assert(
        fc.asyncProperty(
          fc.boolean(),
          fc.nat(),
          fc.nat(),
          fc.nat(),
          async (flushed, file, at, bit) => {
            const report = await victim.damaged(async (dir) => {
              if (flushed) await Forger.at(dir, (forger) => forger.flush());
              await harm(dir, file, at, bit);
            });
            for (const { check } of report.findings) checks.add(check);
            assert.equal(report.intact, report.findings.length === 0);
          },
        ),
        { numRuns: 60 },
      );
      assert.ok(checks.has('storage'), [...checks].join(' '));
    }));

  it('to a record of the write-ahead log is found, and no node drops what came after it', () =>
    Victim.with(history, async (victim) => {
      for (const part of [0.05, 0.3, 0.6, 0.9]) {
        const report = await victim.damaged(async (dir) => {
          await flip(dir, part);
          // A copy: what is asked is whether the damage is seen first.
          await assert.rejects(openLogStore(dir), { name: 'Corrupt', code: 'LOG_CORRUPT' });
        });
        assert.equal(report.findings.length, 1, told(report));
        assert.equal(report.findings[0]?.check, 'storage');
        assert.match(
          report.findings[0]?.message ?? '',
          /does not have its checksum|impossible type/,
        );
      }
    }));

  it('to the type of a record, over which RocksDB would stay for ever, is found', () =>
    Victim.with(history, async (victim) => {
      for (const file of ['MANIFEST', '.log']) {
        for (const which of [0, 1, -1]) {
          const report = await victim.damaged((dir) => recycle(dir, file, which));
          assert.equal(report.findings.length, 1, told(report));
          assert.equal(report.findings[0]?.check, 'storage');
          assert.match(report.findings[0]?.message ?? '', /record of an impossible type at byte/);
        }
      }
    }));
});

/** Flips a bit of one of the files, or cuts it off there. */
async function harm({ store }: DataDir, file: number, at: number, bit: number): Promise<void> {
  const db = join(store, 'db');
  const names = (await readdir(db)).filter((name) => !/^(LOG|LOCK|OPTIONS|IDENTITY)/.test(name));
  const path = join(db, names.toSorted()[file % names.length] ?? '');
  const bytes = await readFile(path);
  if (bytes.byteLength === 0) return;
  const offset = at % bytes.byteLength;
  const harmed =
    bit % 5 === 0
      ? bytes.subarray(0, offset)
      : bytes.with(offset, (bytes[offset] ?? 0) ^ (1 << (bit % 8)));
  await writeFile(path, harmed);
}

/** Flips one bit of the largest write-ahead log. */
async function flip({ store }: DataDir, part: number): Promise<void> {
  const db = join(store, 'db');
  const logs = (await readdir(db)).filter((name) => name.endsWith('.log'));
  const files = await Promise.all(logs.map((name) => readFile(join(db, name))));
  const largest = Math.max(...files.map(({ byteLength }) => byteLength));
  const which = files.findIndex(({ byteLength }) => byteLength === largest);
  const bytes = files[which];
  assert.ok(bytes && largest > 10_000, `${largest} bytes`);
  const at = Math.floor(largest * part);
  await writeFile(join(db, logs[which] ?? ''), bytes.with(at, (bytes[at] ?? 0) ^ 4));
}

/** Gives a record in a manifest or a write-ahead log the type of a whole one in a recycled log. */
async function recycle({ store }: DataDir, file: string, which: number): Promise<void> {
  const db = join(store, 'db');
  const name = (await readdir(db)).find((one) => one.includes(file));
  assert.ok(name);
  const bytes = await readFile(join(db, name));
  const at = typesIn(bytes).at(which);
  assert.ok(at !== undefined);
  await writeFile(join(db, name), bytes.with(at, 5));
}

/** Where the types of the records are: after a checksum and a length, in blocks of 32 KiB. */
function typesIn(bytes: Buffer): number[] {
  const types: number[] = [];
  for (let at = 0; at + 7 <= bytes.byteLength; at += 7 + bytes.readUInt16LE(at + 4)) {
    if (32_768 - (at % 32_768) < 7) at += 32_768 - (at % 32_768);
    types.push(at + 6);
  }
  return types;
}
