import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
// Bound before the timers are mocked, so these stay real.
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { Refusal, Unavailable } from '../../../events/index.ts';
import { createRetry } from '../../../src/llm/index.ts';

const away = (retryAfterMs: number | null = null) =>
  new Unavailable('MODEL_UNAVAILABLE', 'away', { data: { retryAfterMs } });

const dayMs = 24 * 60 * 60 * 1000;
const never = new AbortController().signal;

/** Fails with each error in turn, then succeeds; notes the mocked time of each attempt. */
function failing(...errors: readonly Error[]) {
  const attempts: number[] = [];
  const times: number[] = [];
  const run = async (attempt: number): Promise<string> => {
    attempts.push(attempt);
    times.push(Date.now());
    const error = errors[attempts.length - 1];
    if (error !== undefined) throw error;
    return 'answer';
  };
  return { run, attempts, times };
}

/** Lets time pass in steps, far enough for everything that waits, until the work is done. */
async function settle<T>(work: Promise<T>, stepMs: number): Promise<PromiseSettledResult<T>> {
  let settled: PromiseSettledResult<T> | undefined;
  void Promise.allSettled([work]).then(([result]) => (settled = result));
  for (let turn = 0; turn < 5000; turn += 1) {
    await nextTurn();
    if (settled !== undefined) return settled;
    mock.timers.tick(stepMs);
  }
  throw new Error('still waiting');
}

// First, because Node.js does not put scheduler.wait back as it was after mocking it.
describe('a wait of two months on a real timer', () => {
  const retry = createRetry({ maxAttempts: 2, baseDelayMs: 1, maxDelayMs: 1 });

  it('is not cut short by the 31 bits of the timer, and ends at once when the signal aborts', async () => {
    const controller = new AbortController();
    const reason = new Error('shutting down');
    const { run, attempts } = failing(away(60 * dayMs));
    const work = retry(run, controller.signal);
    const outcome = assert.rejects(work, (error) => error === reason);
    await sleep(30);
    controller.abort(reason);
    await outcome;
    assert.equal(attempts.length, 1);
  });
});

describe('retrying', () => {
  beforeEach(() => mock.timers.enable());
  afterEach(() => mock.timers.reset());

  const retry = createRetry({ maxAttempts: 4, baseDelayMs: 100, maxDelayMs: 1000 });

  it('numbers attempts from 1 and returns the first success', async () => {
    const { run, attempts } = failing(away(), away());
    assert.deepEqual(await settle(retry(run, never), 100), {
      status: 'fulfilled',
      value: 'answer',
    });
    assert.deepEqual(attempts, [1, 2, 3]);
  });

  it('gives up after maxAttempts with the last error', async () => {
    const errors = Array.from({ length: 9 }, () => away());
    const { run, attempts } = failing(...errors);
    assert.deepEqual(await settle(retry(run, never), 100), {
      status: 'rejected',
      reason: errors[3],
    });
    assert.equal(attempts.length, 4);
  });

  const final = {
    'a refusal': new Refusal('MODEL_REJECTED', 'no'),
    'another kind of absence': new Unavailable('STOPPING', 'bye'),
    'a defect': new TypeError('oops'),
  };
  for (const [what, error] of Object.entries(final))
    it(`does not repeat ${what}`, async () => {
      const { run, attempts } = failing(error);
      assert.deepEqual(await settle(retry(run, never), 100), { status: 'rejected', reason: error });
      assert.equal(attempts.length, 1);
    });

  it('waits longer each time, and never above maxDelayMs, when no wait is named', async () => {
    const patient = createRetry({ maxAttempts: 30, baseDelayMs: 100, maxDelayMs: 1000 });
    const { run, times } = failing(...Array.from({ length: 29 }, () => away()));
    await settle(patient(run, never), 25);
    const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    assert.ok(
      gaps.every((gap) => gap <= 1000 + 25),
      gaps.join(' '),
    );
    assert.ok((gaps[0] ?? 0) <= 300 && gaps.slice(-10).every((gap) => gap >= 900), gaps.join(' '));
  });

  it('comes at different times after the same failure', async () => {
    const firstWaits = new Set<number>();
    for (let run = 0; run < 20; run += 1) {
      const { run: work, times } = failing(away());
      await settle(retry(work, never), 1);
      firstWaits.add((times[1] ?? 0) - (times[0] ?? 0));
    }
    assert.ok(firstWaits.size > 5, [...firstWaits].join(' '));
  });

  for (const waitMs of [0, 1000, 120_000, 60 * dayMs])
    it(`waits the ${waitMs} ms that the failure names, and not less`, async () => {
      const { run, times } = failing(away(waitMs));
      const stepMs = Math.max(1, waitMs / 100);
      await settle(retry(run, never), stepMs);
      const waited = (times[1] ?? NaN) - (times[0] ?? NaN);
      assert.ok(waited >= waitMs && waited <= waitMs + 3 * stepMs, `${waited}`);
    });

  it('makes no attempt under a signal that has already aborted', async () => {
    const { run, attempts } = failing();
    const reason = new Error('too late');
    await assert.rejects(retry(run, AbortSignal.abort(reason)), (error) => error === reason);
    assert.equal(attempts.length, 0);
  });
});
