import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Refusal } from '../../../../events/index.ts';
import {
  answer,
  Bench,
  benchGateway,
  never,
  option,
  withBench,
} from '../../../support/callsBench.ts';
import { withHandle } from '../../../support/wrap.ts';
import { openTestNode, steppingClock, withTempDir } from '../../../support/testNode.ts';

const text = (said: string): string => said;

const nothing = {
  inputTokens: 0,
  cachedInputTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
};

/** A gateway that answers when told, and then for nothing; calls are told apart by their tokens. */
function patient() {
  const asked = new Map<number, () => void>();
  const gateway = benchGateway(async ({ maxTokens }, { signal }) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    asked.set(maxTokens, resolve);
    signal.addEventListener('abort', () => resolve());
    await promise;
    signal.throwIfAborted();
    return answer('fine', 0, { usage: nothing });
  });
  return { gateway, asked };
}

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds(); tries++) {
    assert.ok(tries < 2000, 'not so in time');
    await sleep(2);
  }
}

describe('a call for which there is no room now', () => {
  it(
    'waits for those in the way, and goes on when they have ended',
    withBench({ task: 200 }, async (bench) => {
      const { gateway, asked } = patient();
      const calls = bench.calls(gateway);
      const first = calls.call(await bench.turn('first'), [option(100)], text, never);
      await until(() => asked.has(100));
      const second = calls.call(await bench.turn('second'), [option(101)], text, never);
      await sleep(30);
      assert.deepEqual([...asked.keys()], [100], 'the second waits');
      assert.equal(gateway.slotsOut(), 1, 'and takes no place at the provider');
      asked.get(100)?.();
      await first;
      await until(() => asked.has(101));
      asked.get(101)?.();
      assert.equal(await second, 'fine');
      assert.deepEqual((await bench.ledger()).holds, {});
    }),
  );

  it(
    'is woken by a higher cap',
    withBench({ task: 200 }, async (bench) => {
      const { gateway, asked } = patient();
      const calls = bench.calls(gateway);
      const both = [100, 101].map(async (tokens) =>
        calls.call(await bench.turn(`t${tokens}`), [option(tokens)], text, never),
      );
      await until(() => asked.size === 1);
      await bench.cap('task', 1000);
      await until(() => asked.size === 2);
      for (const resolve of asked.values()) resolve();
      await Promise.all(both);
    }),
  );

  it(
    'keeps nobody waiting with whom it shares no scope that is full',
    withBench({ task: 200, day: 10_000 }, async (bench) => {
      const { gateway, asked } = patient();
      const calls = bench.calls(gateway);
      const [one, two] = [100, 101].map(async (tokens) =>
        calls.call(await bench.turn(`t${tokens}`), [option(tokens)], text, never),
      );
      await until(() => asked.size === 1);
      const elsewhere = calls.call(await bench.turn('t3', 'pr-2'), [option(102)], text, never);
      await until(() => asked.has(102));
      asked.get(102)?.();
      await elsewhere;
      for (const resolve of asked.values()) resolve();
      await until(() => asked.size === 3);
      for (const resolve of asked.values()) resolve();
      await Promise.all([one, two]);
    }),
  );

  it(
    'is let in before those who came later, however small they are',
    withBench({ task: 200 }, async (bench) => {
      const { gateway, asked } = patient();
      const calls = bench.calls(gateway);
      const go = async (tokens: number): Promise<string> =>
        calls.call(await bench.turn(`t${tokens}`), [option(tokens)], text, never);
      const first = go(20);
      await until(() => asked.has(20));
      const large = go(149);
      await sleep(20);
      const small = go(1);
      await sleep(20);
      assert.deepEqual([...asked.keys()], [20], 'there is room for the small one, and it waits');
      asked.get(20)?.();
      await until(() => asked.size === 2);
      assert.ok(asked.has(149), 'the large one is next');
      asked.get(149)?.();
      await until(() => asked.has(1));
      asked.get(1)?.();
      await Promise.all([first, large, small]);
    }),
  );

  it(
    'finds the money still there when its turn at the provider comes',
    withBench({ task: 200 }, async (bench) => {
      const { gateway, asked } = patient();
      const door = Promise.withResolvers<void>();
      // At first there is no room; the second time it has been called.
      let visits = 0;
      const calls = bench.calls({
        ...gateway,
        admit: async (request, how) => {
          if (request.model === 'slow' && ++visits === 2) await door.promise;
          return gateway.admit(request, how);
        },
      });
      const first = calls.call(await bench.turn('first'), [option(20)], text, never);
      await until(() => asked.has(20));
      const large = calls.call(await bench.turn('large'), [option(149, 'slow')], text, never);
      await sleep(20);
      asked.get(20)?.();
      await first;
      await until(() => visits === 2);
      const small = calls.call(await bench.turn('small'), [option(1)], text, never);
      await sleep(30);
      assert.ok(!asked.has(1), 'what is there is for the large one');
      door.resolve();
      await until(() => asked.has(149));
      asked.get(149)?.();
      await until(() => asked.has(1));
      asked.get(1)?.();
      await Promise.all([large, small]);
    }),
  );

  it(
    'leaves when it is aborted, and lets others pass',
    withBench({ task: 200 }, async (bench) => {
      const { gateway, asked } = patient();
      const calls = bench.calls(gateway);
      const stop = new AbortController();
      const first = calls.call(await bench.turn('first'), [option(20)], text, never);
      await until(() => asked.has(20));
      const large = calls.call(await bench.turn('large'), [option(149)], text, stop.signal);
      await sleep(20);
      const small = calls.call(await bench.turn('small'), [option(1)], text, never);
      await sleep(20);
      stop.abort(new Error('stopped'));
      await assert.rejects(large, /stopped/);
      await until(() => asked.has(1));
      for (const resolve of asked.values()) resolve();
      await Promise.all([first, small]);
      assert.deepEqual((await bench.ledger()).holds, {});
    }),
  );

  it(
    'says that others had the money when its turn is over',
    withBench({ task: 200 }, async (bench) => {
      const { gateway, asked } = patient();
      const calls = bench.calls(gateway);
      const first = calls.call(await bench.turn('first'), [option(100)], text, never);
      await until(() => asked.has(100));
      const late = new AbortController();
      const turn = await bench.turn('second');
      const second = calls.call(turn, [option(101)], text, late.signal);
      await sleep(20);
      late.abort(new Refusal('TURN_TIMED_OUT', 'late'));
      await assert.rejects(second, { code: 'BUDGET_TRANSIENT' });
      asked.get(100)?.();
      await first;
    }),
  );

  it(
    'does not wait for ever for a process that died with money in hand',
    withBench({ task: 200 }, async (bench) => {
      const { gateway, asked } = patient();
      const dead = bench.calls(gateway).call(await bench.turn('dead'), [option(100)], text, never);
      await until(() => asked.has(100));
      // Charged in full when it expires, it leaves no room for this one.
      const second = bench.calls(gateway);
      const waiting = second.call(await bench.turn('waiting'), [option(101)], text, never);
      await sleep(20);
      bench.node.clock.skip(60_000);
      await assert.rejects(waiting, { code: 'BUDGET_NEVER_FITS' });
      asked.get(100)?.();
      await dead;
      assert.equal((await bench.ledger()).spent['task:pr-1'], 150);
    }),
  );
});

const midnightMs = Date.parse('2026-12-01T00:00:00.000Z');

describe('midnight', () => {
  it('is no step back of the clock for a call that another overtakes', () =>
    withTempDir(async (dir) => {
      const clock = steppingClock(Date.parse('2026-11-30T23:59:50.000Z'));
      const node = await openTestNode(dir, clock);
      const bench = new Bench(node);
      await bench.prepare({ day: 1000 });
      const gateway = benchGateway(async () => answer('fine', 10));
      const other = await bench.turn('other');
      const actors = withHandle(node.host, async (instruction) => {
        if (instruction.commandId === 'slow/call/1/hold' && clock.nowMs() < midnightMs) {
          clock.skip(20_000);
          await bench.calls(gateway).call(other, [option(50)], text, never);
        }
        return node.host.handle(instruction);
      });
      const calls = bench.calls(gateway, { actors });
      assert.equal(await calls.call(await bench.turn('slow'), [option(50)], text, never), 'fine');
      const { spent } = await bench.ledger();
      assert.deepEqual([spent['day:2026-11-30'], spent['day:2026-12-01']], [undefined, 120]);
      await node.close();
    }));

  it('does not hide a clock that is really wrong', () =>
    withTempDir(async (dir) => {
      const node = await openTestNode(dir);
      const bench = new Bench(node);
      await bench.prepare({ day: 1000 });
      const calls = bench.calls(benchGateway(async () => answer('fine', 10)));
      await calls.call(await bench.turn('t1'), [option(50)], text, never);
      node.clock.skip(-2 * 86_400_000);
      const back = calls.call(await bench.turn('t2'), [option(50)], text, never);
      await assert.rejects(back, { code: 'CLOCK_BACKWARDS' });
      await node.close();
    }));
});
