import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  changePlaces,
  parseDiff,
  parseRenderedChange,
  renderChange,
} from '../../../../src/shared/diff/index.ts';

const body = '@@ -1,2 +1,3 @@ f()\n context\n-removed line of code\n+added line\n+and one more\n';
const manyHunks = (count: number): string =>
  `--- a/x\n+++ b/x\n${Array.from({ length: count }, (_, at) => body.replace(/1,/g, `${at * 9 + 1},`)).join('')}`;
const manyFiles = (count: number): string =>
  Array.from({ length: count }, (_, at) => `--- a/x${at}\n+++ b/x${at}\n${body}`).join('');
const onePath = (count: number): string => `--- a/x\n+++ b/x\n${body}`.repeat(count);
const longLine = (count: number): string =>
  `--- a/x\n+++ b/x\n@@ -1 +1 @@\n-${'x '.repeat(count * 40)}\n+\n`;

/** Header lines that could be cut into two names at thousands of places. */
const manyCuts = (count: number): string =>
  `diff --git ${'x '.repeat(19_000)}y\nrename from x\nrename to y\n`.repeat(count);

function useAll(text: string): void {
  const files = parseDiff(text);
  changePlaces(files);
  parseRenderedChange(renderChange(files));
}

function leastMs(work: () => void): number {
  const runs = Array.from({ length: 5 }, () => {
    const startMs = performance.now();
    work();
    return performance.now() - startMs;
  });
  return Math.min(...runs);
}

describe('the time a diff takes', () => {
  for (const make of [manyHunks, manyFiles, onePath, longLine]) {
    it(`grows with its size and no faster: ${make.name}`, () => {
      const [small, big] = [make(500), make(10_000)];
      const smallMs = leastMs(() => {
        for (let run = 0; run < 20; run += 1) useAll(small);
      });
      // The same work in one piece; a quadratic step in it would take twenty times as long.
      const bigMs = leastMs(() => useAll(big));
      assert.ok(bigMs < 5 * smallMs, `${bigMs} ms for what takes ${smallMs} ms in pieces`);
    });
  }

  it('is no longer for headers that are hard to read', () => {
    const hard = manyCuts(60);
    const ordinary = manyHunks(Math.ceil(hard.length / body.length));
    const [hardMs, ordinaryMs] = [hard, ordinary].map((text) => leastMs(() => parseDiff(text)));
    assert.ok((hardMs ?? 0) < 5 * (ordinaryMs ?? 0), `${hardMs} ms against ${ordinaryMs} ms`);
  });
});
