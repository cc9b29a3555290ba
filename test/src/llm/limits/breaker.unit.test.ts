import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import type { Admission } from '../../../../src/llm/limits/admission.ts';
import { doorTo, enter, fail, failure, pass, rejected, succeed } from './door.ts';

beforeEach(() => mock.timers.enable({ apis: ['setTimeout', 'Date'] }));
afterEach(() => mock.timers.reset());

describe('the circuit breaker', () => {
  const breakIt = async (door: Admission, times = 10): Promise<void> => {
    for (let time = 0; time < times; time += 1)
      await fail(await enter(door, [], 'a'), failure(time % 2 ? 500 : null));
  };
  const leftAlone = (retryAfterMs: number) => ({
    code: 'MODEL_UNAVAILABLE',
    message: 'fake has failed 10 times in a row and is left alone for a while',
    data: { status: null, retryAfterMs, billable: false, requestId: null },
  });

  it('turns away whoever comes, and whoever waits, after ten failures in a row', async () => {
    const door = doorTo({ concurrency: 1 });
    await breakIt(door, 9);
    const tenth = await enter(door, [], 'a');
    const waits = assert.rejects(enter(door, [], 'b'), leftAlone(5000));
    await fail(tenth, failure(503));
    await waits;
    await pass(4000);
    await assert.rejects(enter(door, [], 'a'), leftAlone(1000));
  });

  it('sends nothing with a slot that was given before', async () => {
    const door = doorTo({ tokensPerMinute: 1000 });
    const early = await enter(door, [], 'early', { tokens: 990 });
    await breakIt(door);
    let sent = 0;
    await assert.rejects(
      early.run(async () => ({ usage: null, sent: (sent += 1) })),
      leftAlone(5000),
    );
    assert.equal(sent, 0);
    await pass(5000);
    await enter(door, [], 'late', { tokens: 1000 });
  });

  it('lets one call try after a while, and all when it succeeds', async () => {
    const door = doorTo();
    const log: { at: number; who: string }[] = [];
    await breakIt(door);
    await pass(5000);
    const all = ['a', 'b', 'c'].map((who) => enter(door, log, who));
    await pass(500);
    assert.equal(log.length, 1);
    const [first] = all;
    assert.ok(first);
    await succeed(await first);
    await Promise.all(all);
    assert.equal(log.length, 3);
  });

  it('opens again when that call fails, and when its caller gives up', async () => {
    const door = doorTo();
    await breakIt(door);
    for (const error of [failure(502), new Error('the caller went home')]) {
      await pass(5000);
      const probe = await enter(door, [], 'a');
      const waits = assert.rejects(enter(door, [], 'b'), leftAlone(5000));
      await assert.rejects(probe.run(() => Promise.reject(error)));
      await waits;
      await assert.rejects(enter(door, [], 'a'), leftAlone(5000));
    }
  });

  it('is tried by the next when a slot to try it with is given back', async () => {
    const door = doorTo();
    await breakIt(door);
    await pass(5000);
    (await enter(door, [], 'a')).release();
    const probe = await enter(door, [], 'b');
    await succeed(probe);
    await enter(door, [], 'c');
  });

  const answers = [rejected(400), rejected(404), rejected(422), failure(429, 0), failure(409)];
  for (const error of answers)
    it(`is not moved by "${error.message}"`, async () => {
      const door = doorTo();
      for (let time = 0; time < 20; time += 1) await fail(await enter(door, [], 'a'), error);
      await enter(door, [], 'a');
    });

  it('is not moved by callers who go home', async () => {
    const door = doorTo();
    for (let time = 0; time < 20; time += 1) {
      const permit = await enter(door, [], 'a');
      await assert.rejects(permit.run(() => Promise.reject(new Error('home'))));
    }
    await enter(door, [], 'a');
  });

  it('counts failures in a row only', async () => {
    const door = doorTo();
    await breakIt(door, 9);
    await succeed(await enter(door, [], 'a'));
    await breakIt(door, 9);
    await enter(door, [], 'a');
  });
});
