import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { z } from 'zod';

const main = join(import.meta.dirname, 'main.ts');

const value = z.number().positive();
const spread = z
  .strictObject({ median: value, min: value, max: value })
  .refine(({ median, min, max }) => min <= median && median <= max);
const target = z.union([z.strictObject({ ratio: value }), z.strictObject({ value })]);
const unit = z.enum(['events/s', 'blocks/s', 'ms', 'B/block']);
const measured = { name: z.string(), unit, ours: spread };
const compared = { ...measured, bare: spread, ratio: spread };
const judged = { target, met: z.boolean() };
const figure = z.union([
  z.strictObject({ ...compared, ...judged }),
  z.strictObject(compared),
  z.strictObject({ ...measured, target: z.strictObject({ value }), met: z.boolean() }),
  z.strictObject(measured),
]);
const output = z.object({
  results: z.array(
    z.strictObject({ bench: z.string(), about: z.string(), figures: z.array(figure).min(1) }),
  ),
});

function bench(...args: string[]) {
  const tiny = ['--rounds', '1', '--scale', '0.002'];
  return spawnSync(process.execPath, [main, ...tiny, ...args], { encoding: 'utf8' });
}

describe('npm run bench', () => {
  it('measures everything, some of it against the bare libraries, and judges by the targets', () => {
    const { stdout, stderr } = bench('--json');
    assert.ok(stdout, stderr);
    const { results } = output.parse(JSON.parse(stdout));
    assert.deepEqual(
      results.map((result) => result.bench),
      ['log', 'fold', 'recovery', 'views', 'audit', 'review', 'cost', 'tokens', 'start'],
    );
  });

  it('prints a table of what was asked for', () => {
    const { stdout, status } = bench('--only', 'start');
    assert.equal(status, 0);
    assert.match(stdout, /^start: .*\n {2}bzzz --version +\S+ \(\S+\.\.\S+\) ms +bare .* ratio /m);
  });

  it('refuses what it does not know in a line', () => {
    const { stderr, status } = bench('--only', 'lag');
    assert.deepEqual([status, stderr.split('\n').length], [2, 2]);
    assert.match(stderr, /^There is no lag; there are log, fold, /);
  });
});
