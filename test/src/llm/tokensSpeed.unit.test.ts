import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { promptTokenBound } from '../../../src/llm/tokens.ts';
import { hostileTexts } from './hostileTexts.ts';

/** In ms. */
function timed(work: () => unknown): number {
  const startedMs = performance.now();
  work();
  return performance.now() - startedMs;
}

/** Looks at each character once, as a program must that knows anything about a text. */
function read(text: string): number {
  let length = 0;
  for (const character of text) length += character.length;
  return length;
}

/** The fastest of some rounds, in ms: the machine's other work only ever adds. */
type Fastest = { quarter: number; whole: number; reading: number };

/** Below this, a ratio says more about the clock than about the work. */
const clockMs = 4;
const roundsMax = 10;

/** How the time grows with the text, and how much longer than reading it takes. */
function ratios({ quarter, whole, reading }: Fastest): [growth: number, work: number] {
  return [whole / Math.max(quarter, clockMs), whole / Math.max(reading, clockMs)];
}

for (const encoding of ['o200k', 'cl100k'] as const)
  describe(`the token bound in ${encoding} of a hostile megabyte`, () => {
    const bound = (content: string): number =>
      promptTokenBound({ messages: [{ role: 'user', content }] }, encoding);
    before(() => bound('loads the encoding'));

    for (const [what, make] of Object.entries(hostileTexts))
      it(`of ${what} takes no longer than its quarters, and no longer than reading it 100 times`, (t) => {
        const [quarter, whole] = [make(250_000), make(1_000_000)];
        const ms: Fastest = { quarter: Infinity, whole: Infinity, reading: Infinity };
        let [growth, work] = [Infinity, Infinity];
        for (let round = 0; round < roundsMax && (growth > 6 || work > 100); round += 1) {
          ms.quarter = Math.min(
            ms.quarter,
            timed(() => bound(quarter)),
          );
          ms.whole = Math.min(
            ms.whole,
            timed(() => bound(whole)),
          );
          ms.reading = Math.min(
            ms.reading,
            timed(() => read(whole)),
          );
          [growth, work] = ratios(ms);
        }
        t.diagnostic(
          `${ms.whole.toFixed(1)} ms, a quarter ${ms.quarter.toFixed(1)}, reading ${ms.reading.toFixed(1)}`,
        );
        assert.ok(growth <= 6, `${growth} times as long as a quarter`);
        assert.ok(work <= 100, `${work} times as long as reading`);
      });
  });
