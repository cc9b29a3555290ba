import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findSensitive } from '../../../../src/shared/redact/find.ts';
import { hostile, mixed } from './contexts.ts';
import { loadCorpus } from './corpus.ts';

const options = { personalData: true, ipAddresses: true };
const smallChars = 250_000;
/** Four times the text takes four times as long; what is quadratic takes sixteen times. */
const growthMax = 6;
const rounds = 10;

function milliseconds(text: string): number {
  const before = performance.now();
  findSensitive(text, options);
  return performance.now() - before;
}

/** Growth of time from 0.25 MB to 1 MB: a machine that is busy shows in one round, not in all. */
function leastGrowth(textOf: (chars: number) => string): number {
  const small = textOf(smallChars);
  const large = textOf(4 * smallChars);
  let least = Infinity;
  for (let round = 0; round < rounds && least > growthMax; round += 1) {
    // A millisecond of grace: below it the clock and the compiler are what is measured.
    const base = milliseconds(small) + 1;
    least = Math.min(least, milliseconds(large) / base);
  }
  return least;
}

describe('the time it takes to look through a text', () => {
  it('grows with its length where one beginning follows another', () => {
    for (const piece of hostile) {
      const growth = leastGrowth((chars) => piece.repeat(Math.ceil(chars / piece.length)));
      assert.ok(growth <= growthMax, `${JSON.stringify(piece)} takes ${growth.toFixed(1)} times`);
    }
  });

  it('grows with its length in a text of everything', () => {
    const pieces = [...loadCorpus('positive', 't'), ...loadCorpus('negative', 't')].map(
      ({ text }) => text,
    );
    const growth = leastGrowth((chars) => mixed(pieces, chars, 'time'));
    assert.ok(growth <= growthMax, `${growth.toFixed(1)} times`);
  });

  it('grows with its length in one line of beginnings', () => {
    const growth = leastGrowth((chars) => mixed(hostile, chars, 'line').replaceAll('\n', ''));
    assert.ok(growth <= growthMax, `${growth.toFixed(1)} times`);
  });
});
