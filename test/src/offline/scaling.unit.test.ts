import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readChange } from '../../../src/offline/code/change.ts';
import { examine } from '../../../src/offline/examine.ts';
import { fileChange } from './support.ts';

/** Lines, by number, that ask much of a rule or of the reader. */
const cases: Record<string, [path: string, line: (i: number) => string]> = {
  'ordinary code': [
    'src/a.ts',
    (i) => `  const x${i} = await repo.find(a => a.b${i} === c); // note`,
  ],
  'blocks that never close': [
    'src/a.ts',
    (i) => `for (const a${i} of b) { q.find((x) => x.y === a${i})`,
  ],
  'templates in templates': ['src/a.ts', () => '`${`${`'.repeat(20)],
  'open brackets': ['src/a.ts', () => 'f('.repeat(100)],
  'one long word': ['src/a.ts', () => 'a'.repeat(400)],
  'a long chain': ['src/a.ts', () => 'a.'.repeat(200)],
  'blanks only': ['src/a.ts', () => `${' '.repeat(400)}x`],
  'long-lived collections': ['src/a.ts', (i) => `const cache${i} = new Map();`],
  'async functions and calls': [
    'src/a.ts',
    (i) => (i % 2 ? `async function fn${i}() {}` : `fn${i + 1}();`),
  ],
  'opened files': ['a.go', (i) => `\tf, err := os.Open(x${i})`],
  'dropped tables': ['m.sql', (i) => `DROP TABLE t${i};`],
  'nested suites': ['a.py', (i) => `${' '.repeat(i % 300)}for a in b:`],
  'quotes without end': ['a.py', () => '"""'.repeat(33)],
  'sql in strings': ['src/a.ts', () => `q("select ${'a '.repeat(150)}");`],
};

function millisecondsFor(path: string, text: string): number {
  const startedMs = performance.now();
  examine(readChange([fileChange(path, text)]));
  return performance.now() - startedMs;
}

describe('examining a large change', () => {
  for (const [name, [path, line]] of Object.entries(cases))
    it(`takes time in proportion to its lines: ${name}`, () => {
      const text = (count: number): string =>
        Array.from({ length: count }, (_, i) => line(i)).join('\n');
      const [few, many] = [text(1500), text(6000)];
      const fewMs = Math.min(millisecondsFor(path, few), millisecondsFor(path, few));
      const manyMs = Math.min(millisecondsFor(path, many), millisecondsFor(path, many));
      // Four times the lines: 16 would be quadratic, and the constant is for a busy machine.
      assert.ok(manyMs <= 10 * fewMs + 400, `${fewMs} ms, then ${manyMs} ms`);
    });
});
