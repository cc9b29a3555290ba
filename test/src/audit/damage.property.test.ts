import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { DataDir } from '../../../src/log/index.ts';
import { agreed } from '../../support/history.ts';
import { told, Victim } from './attack.ts';

const history = { chapters: [agreed], ending: 'stopped' } as const;
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
            const report = await victim.attacked(
              (forger) => (flushed ? forger.flush() : untouched()),
              (dir) => harm(dir, file, at, bit),
            );
            for (const { check } of report.findings) checks.add(check);
            assert.equal(report.intact, report.findings.length === 0);
          },
        ),
        { numRuns: 60 },
      );
      assert.ok(checks.has('storage'), [...checks].join(' '));
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
