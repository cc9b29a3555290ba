import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Refusal } from '../../../../events/index.ts';
import {
  answer,
  benchGateway,
  never,
  option,
  promptTokens,
  withBench,
  type Bench,
} from '../../../support/callsBench.ts';
import { Dice } from '../../../support/dice.ts';

const seed = Number(process.env['BZZZ_CAP_SEED'] ?? randomInt(2 ** 31));
const capMicroUsd = 1_000_000;
const callsWanted = 1000;
/** Two percent of the cap, as nothing well-behaved asks for more. */
const largestMicroUsd = capMicroUsd / 50;

/** Runs all work, so much of it at a time. */
async function atOnce(width: number, work: readonly (() => Promise<void>)[]): Promise<void> {
  const left = [...work];
  const worker = async (): Promise<void> => {
    for (let next = left.shift(); next; next = left.shift()) await next();
  };
  await Promise.all(Array.from({ length: width }, worker));
}

/** Percent of the cap that was spent when a call was refused for good, for the first time. */
async function spentBeforeRefusal(bench: Bench): Promise<number> {
  const refused = (await bench.money()).find(
    (event) => event.type === 'budget.refused' && event.refusal === 'neverFits',
  );
  assert.ok(refused?.type === 'budget.refused', 'the load is not larger than the cap');
  const [task] = refused.scopes;
  return ((task?.spentMicroUsd ?? 0) * 100) / capMicroUsd;
}

describe(`well-behaved load (BZZZ_CAP_SEED=${seed})`, () => {
  for (const width of [50, 100])
    it(`spends 95 % of the budget before a call is refused, ${width} at a time`, (t) =>
      withBench({ task: capMicroUsd }, (bench) => spendsMost(bench, width, t))());

  it('keeps no large call out for many small ones', (t) =>
    withBench({ task: 1000 }, (bench) => letsLargeIn(bench, t))());
});

async function spendsMost(bench: Bench, width: number, t: TestContext): Promise<void> {
  const dice = new Dice(seed, `load of ${width}`);
  const gateway = benchGateway(async ({ maxTokens }) => {
    await sleep(dice.whole(0, 3));
    const usedMicroUsd = Math.ceil(((promptTokens + maxTokens) * dice.whole(30, 100)) / 100);
    return answer('{}', Math.max(0, usedMicroUsd - promptTokens));
  });
  const calls = bench.calls(gateway);
  let refused = 0;
  const work = Array.from({ length: callsWanted }, (_, index) => async () => {
    const most = dice.chance(90) ? largestMicroUsd / 10 : largestMicroUsd;
    const turn = await bench.turn(`t${index}`);
    const options = [option(dice.whole(500, most) - promptTokens)];
    await calls
      .call(turn, options, (text) => text, never)
      .catch((error: unknown) => {
        if (!(error instanceof Refusal && error.code === 'BUDGET_NEVER_FITS')) throw error;
        refused++;
      });
  });
  await atOnce(width, work);
  const spentPct = await spentBeforeRefusal(bench);
  const { spent } = await bench.ledger();
  const finallyPct = ((spent['task:pr-1'] ?? 0) * 100) / capMicroUsd;
  t.diagnostic(
    `${width} at a time: ${spentPct.toFixed(2)} % spent before the first refusal, ${finallyPct.toFixed(2)} % in the end, ${refused} of ${callsWanted} refused`,
  );
  assert.ok(spentPct >= 95, `${spentPct} %`);
  assert.ok((spent['task:pr-1'] ?? 0) <= capMicroUsd);
}

const smallMicroUsd = 100;
const workers = 12;

/** Small calls without end for a cap that has room for nine, and one that needs nearly all of it. */
async function letsLargeIn(bench: Bench, t: TestContext): Promise<void> {
  const gateway = benchGateway(async ({ maxTokens }) => {
    await sleep(2);
    // Nearly nothing is spent, so that there is room for ever.
    return answer('{}', 0, { usage: { ...used, inputTokens: maxTokens > 100 ? 50 : 1 } });
  });
  const calls = bench.calls({
    ...gateway,
    // A way to the provider on which one can be overtaken.
    admit: async (request, how) => {
      await sleep(3);
      return gateway.admit(request, how);
    },
  });
  const stop = new AbortController();
  const small = async (worker: number): Promise<void> => {
    for (let number = 0; !stop.signal.aborted && number < 100; number++) {
      const turn = await bench.turn(`small-${worker}-${number}`);
      await calls.call(turn, [option(smallMicroUsd - promptTokens)], (text) => text, never);
    }
  };
  const all = Array.from({ length: workers }, (_, worker) => small(worker));
  await sleep(20);
  const turn = await bench.turn('large');
  const before = (await bench.money()).length;
  await calls.call(turn, [option(800 - promptTokens)], (text) => text, never);
  stop.abort();
  await Promise.all(all);
  const money = await bench.money();
  const held = money.findIndex(
    (event) => event.type === 'budget.held' && event.hold.startsWith('large'),
  );
  const between = money.slice(before, held).filter(({ type }) => type === 'budget.held').length;
  t.diagnostic(`${between} small calls were let in before the large one`);
  // Those that were on their way when it came.
  assert.ok(between <= workers, `${between} small calls were let in before the large one`);
}

const used = {
  inputTokens: 0,
  cachedInputTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
};
