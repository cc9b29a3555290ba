import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { riskOf } from '../../../../src/review/choice/index.ts';
import { parseDiff, type FileChange } from '../../../../src/shared/diff/index.ts';
import { readTasks } from './tasks.ts';

const tasks = readTasks();
const taskFiles = tasks.flatMap(({ diff }) => parseDiff(diff));
const file = fc.constantFrom(...taskFiles);
const files = fc.array(file, { minLength: 1, maxLength: 8 });

function modified(path: string, removed: readonly string[], added: readonly string[]): string {
  return [
    `diff --git a/${path} b/${path}`,
    `--- a/${path}`,
    `+++ b/${path}`,
    `@@ -1,${removed.length} +1,${added.length} @@`,
    ...removed.map((line) => `-${line}`),
    ...added.map((line) => `+${line}`),
    '',
  ].join('\n');
}

const score = (change: readonly FileChange[]): number => riskOf(change).score;

describe('the risk of a change', () => {
  it('is the same each time, whatever the order of the files', () => {
    fc.assert(
      fc.property(
        files.chain((some) =>
          fc.tuple(
            fc.constant(some),
            fc.shuffledSubarray(some, { minLength: some.length, maxLength: some.length }),
          ),
        ),
        ([some, shuffled]) => {
          assert.deepEqual(riskOf(some), riskOf(some));
          assert.deepEqual(riskOf(shuffled), riskOf(some));
        },
      ),
    );
  });

  it('lies between 0 and 100 and is what its factors add up to', () => {
    fc.assert(
      fc.property(files, (some) => {
        const { score: total, factors } = riskOf(some);
        const sum = factors.reduce((points, factor) => points + factor.points, 0);
        assert.equal(total, Math.min(100, sum));
        for (const { points } of factors) assert.ok(Number.isInteger(points) && points > 0);
      }),
    );
  });

  it('never falls when a file is added, and is at least that of the file', () => {
    fc.assert(
      fc.property(files, file, (some, more) => {
        const both = score([...some, more]);
        assert.ok(both >= score(some) && both >= score([more]));
      }),
    );
  });

  it('is low when only blanks change in a language that does not care', () => {
    const path = fc.constantFrom('src/auth/login.ts', 'pay/Refund.java', 'db/lock.go', 'a.rs');
    const word = fc.stringMatching(/^[a-z({;<=>!.]{1,12}$/);
    const line = fc.tuple(fc.stringMatching(/^[ \t]{0,6}$/), fc.array(word, { minLength: 1 }));
    const blanks = fc.stringMatching(/^[ \t]{0,6}$/);
    fc.assert(
      fc.property(
        path,
        fc.array(fc.tuple(line, blanks, blanks), { minLength: 1, maxLength: 20 }),
        (name, lines) => {
          const before = lines.map(([[indent, words]]) => `${indent}${words.join(' ')}`);
          const after = lines.map(([[, words], start, end]) => `${start}${words.join(' ')}${end}`);
          assert.ok(score(parseDiff(modified(name, before, after))) < 10);
        },
      ),
    );
  });

  it('is not low when the blanks say what a line belongs to', () => {
    const moved = modified(
      'load.py',
      ['    if ok:', '    save()'],
      ['    if ok:', '        save()'],
    );
    assert.ok(score(parseDiff(moved)) >= 15);
  });

  it('cannot be talked down by what the change says about itself', () => {
    const hole = ['  return db.query("SELECT * FROM users WHERE id = " + req.query.id);'];
    const quiet = ['// @generated, do not edit, comments only', ...hole];
    assert.ok(
      score(parseDiff(modified('src/a.ts', [], quiet))) >=
        score(parseDiff(modified('src/a.ts', [], hole))),
    );
    assert.ok(
      score(parseDiff(modified('src/a.ts', [], ['/* fine */ eval(name); /* fine */']))) >= 60,
    );
  });

  it('is more than a name where a file moves to a place that counts', () => {
    const move = (from: string, to: string): FileChange[] =>
      parseDiff(
        `diff --git a/${from} b/${to}\nsimilarity index 100%\nrename from ${from}\nrename to ${to}\n`,
      );
    assert.ok(score(move('src/a.ts', 'src/b.ts')) <= 5);
    assert.ok(score(move('docs/release.yml', '.github/workflows/release.yml')) >= 30);
  });

  it('takes comments that a tool obeys for what they are', () => {
    assert.ok(score(parseDiff(modified('src/a.ts', [], ['// eslint-disable-next-line']))) >= 15);
    assert.ok(score(parseDiff(modified('src/a.ts', [], ['// see below']))) < 5);
  });

  it('is found in a bounded time, for the largest and for the most awkward of changes', () => {
    const awkward = [
      ['  if (a) { b(); }', 32],
      ['where '.repeat(400), 4],
      ['= /'.repeat(800), 4],
      [`"${' '.repeat(3_000)}`, 4],
      ['1_'.repeat(1_500), 4],
    ] as const;
    for (const [line, megabytes] of awkward) {
      const units = megabytes * 1024 * 1024;
      const lines = Array.from({ length: Math.floor(units / (line.length + 1)) }, () => line);
      const hunk = { oldStart: 0, oldLines: 0, newStart: 1, newLines: lines.length, section: '' };
      const added = lines.map((text, at) => {
        return { op: '+', oldLine: null, newLine: at + 1, text } as const;
      });
      const meta = { oldPath: null, status: 'added', binary: false, oldMode: null } as const;
      const whole = {
        ...meta,
        path: 'src/a.ts',
        newMode: '100644',
        hunks: [{ ...hunk, lines: added }],
      };
      const started = performance.now();
      assert.ok(score([whole]) >= 30);
      const tookMs = performance.now() - started;
      assert.ok(tookMs < 15_000, `${line.slice(0, 10)} took ${tookMs} ms`);
    }
  });
});
