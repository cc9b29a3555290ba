import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
// Bound before the timers are mocked, so it stays real.
import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { Admission } from '../../../../src/llm/limits/admission.ts';

const call = fc.record({
  startMs: fc.nat(30_000),
  tokens: fc.integer({ min: 1, max: 1500 }),
  /** Null when the provider reports none. */
  usedPct: fc.option(fc.integer({ min: 0, max: 150 })),
  thread: fc.constantFrom('a', 'b', 'c'),
  model: fc.constantFrom('m', 'n'),
  end: fc.constantFrom('answer', 'fail', 'release', 'abort'),
  tookMs: fc.nat(2000),
});
const limits = fc.record({
  requestsPerMinute: fc.option(fc.integer({ min: 1, max: 30 })),
  tokensPerMinute: fc.option(fc.integer({ min: 100, max: 3000 })),
  concurrency: fc.integer({ min: 1, max: 4 }),
});

const stepMs = 500;
/** Enough for the slowest limits above and all the calls. */
const enoughMs = 60 * 60_000;

describe('admission under any load', () => {
  it('lets everybody in at last, and never too many at a time', async () => {
    const property = fc.asyncProperty(
      limits,
      fc.array(call, { minLength: 1, maxLength: 25 }),
      async (limited, calls) => {
        mock.timers.enable({ apis: ['setTimeout', 'Date'] });
        try {
          const door = new Admission('fake', { key: 'k' }, limited, { nowMs: () => Date.now() });
          let out = 0;
          const make = async (each: (typeof calls)[number]): Promise<string> => {
            const { startMs, tokens, usedPct, thread, model, end, tookMs } = each;
            const leaving = new AbortController();
            await delay(startMs);
            if (end === 'abort') setTimeout(() => leaving.abort(new Error('home')), tookMs);
            const permit = await door.enter({ model, tokens }, thread, leaving.signal);
            out += 1;
            assert.ok(out <= limited.concurrency);
            await delay(tookMs);
            out -= 1;
            if (end === 'release') permit.release();
            else
              await permit.run(async () => {
                if (end === 'fail') throw new Error('a failure of our own');
                const inputTokens = Math.floor((tokens * (usedPct ?? 0)) / 100);
                return { usage: usedPct === null ? null : { inputTokens, outputTokens: 0 } };
              });
            return end;
          };
          const all = Promise.allSettled(calls.map(make));
          const ended = await passUntil(all);
          assert.ok(ended, 'somebody waits for ever');
          assert.equal(out, 0);
          for (const [index, result] of ended.entries()) {
            const { end } = calls[index] ?? {};
            if (end === 'answer' || end === 'release') assert.equal(result.status, 'fulfilled');
            if (result.status === 'rejected') assert.match(String(result.reason), /home|our own/);
          }
        } finally {
          mock.timers.reset();
        }
      },
    );
    await fc.assert(property, { numRuns: 40 });
  });
});

/** Lets time pass until the work is done; null when an hour was not enough. */
async function passUntil<T>(work: Promise<T>): Promise<T | null> {
  const done: T[] = [];
  void work.then((result) => done.push(result));
  for (let nowMs = 0; nowMs < enoughMs && done.length === 0; nowMs += stepMs) {
    mock.timers.tick(stepMs);
    await nextTurn();
  }
  return done[0] ?? null;
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
