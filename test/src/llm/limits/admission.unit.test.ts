import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
// Bound before the timers are mocked, so it stays real.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { doorTo, enter, fail, failure, pass, rejected, succeed } from './door.ts';

beforeEach(() => mock.timers.enable({ apis: ['setTimeout', 'Date'] }));
afterEach(() => mock.timers.reset());

describe('the limit of requests', () => {
  it('lets a minute of them go at once, then one at a time', async () => {
    const door = doorTo({ requestsPerMinute: 60 });
    const log: { at: number; who: string }[] = [];
    const all = Array.from({ length: 65 }, (_, index) =>
      enter(door, log, `${index}`).then((permit) => succeed(permit)),
    );
    await pass(6000);
    await Promise.all(all);
    const times = log.map(({ at }) => Math.floor(at / 1000));
    assert.deepEqual(times, [...Array.from({ length: 60 }, () => 0), 1, 2, 3, 4, 5]);
  });

  it('is one for each model', async () => {
    const door = doorTo({ requestsPerMinute: 1 });
    const log: { at: number; who: string }[] = [];
    await enter(door, log, 'a', { model: 'm' });
    await enter(door, log, 'a', { model: 'n' });
    assert.equal(log.length, 2);
  });
});

describe('the limit of tokens', () => {
  it('counts what was asked for until it is known what was used', async () => {
    const door = doorTo({ tokensPerMinute: 1000 });
    const log: { at: number; who: string }[] = [];
    const first = await enter(door, log, 'a', { tokens: 1000 });
    const second = enter(door, log, 'b', { tokens: 600 });
    await pass(5000);
    assert.equal(log.length, 1);
    await succeed(first, 100);
    await nextTurn();
    assert.deepEqual(log[1], { at: 5000, who: 'b' });
    await succeed(await second);
  });

  it('keeps what was asked for when no usage is reported, and takes back what was not sent', async () => {
    const door = doorTo({ tokensPerMinute: 1000 });
    const log: { at: number; who: string }[] = [];
    (await enter(door, log, 'a', { tokens: 1000 })).release();
    const silent = await enter(door, log, 'a', { tokens: 1000 });
    await silent.run(async () => ({ usage: null }));
    const last = enter(door, log, 'b', { tokens: 500 });
    await pass(31_000);
    await last;
    assert.ok(log[2] && log[2].at >= 30_000 && log[2].at <= 30_200, JSON.stringify(log));
  });

  it('does not wait in vain for what no minute has', async () => {
    const door = doorTo({ tokensPerMinute: 1000 });
    const log: { at: number; who: string }[] = [];
    await enter(door, log, 'large', { tokens: 3000 });
    const next = enter(door, log, 'next', { tokens: 1 });
    await pass(121_000);
    await next;
    assert.ok(log[1] && log[1].at >= 120_000, 'the debt is paid first');
  });

  it('does not let small requests starve a large one', async () => {
    const door = doorTo({ tokensPerMinute: 1000 });
    const log: { at: number; who: string }[] = [];
    const busy = new AbortController();
    const flood = Array.from({ length: 200 }, () =>
      enter(door, log, 'small', { tokens: 100, signal: busy.signal }).then((p) => succeed(p, 100)),
    );
    const large = enter(door, log, 'large', { tokens: 900 });
    await pass(60_000);
    await succeed(await large, 900);
    // Ten went before it came and one was ahead of it: then it waits for its 900 tokens, and nobody passes.
    assert.equal(
      log.findIndex(({ who }) => who === 'large'),
      11,
    );
    busy.abort();
    await Promise.allSettled(flood);
  });
});

describe('waiting', () => {
  it('is in turn between threads, and in order within one', async () => {
    const door = doorTo({ concurrency: 1 });
    const log: { at: number; who: string }[] = [];
    const order = ['a1', 'a2', 'a3', 'a4', 'b1', 'b2', 'c1'];
    const all = order.map((who) =>
      enter(door, log, who, { thread: who.slice(0, 1) }).then((permit) => succeed(permit)),
    );
    await Promise.all(all);
    assert.deepEqual(
      log.map(({ who }) => who),
      ['a1', 'a2', 'b1', 'c1', 'a3', 'b2', 'a4'],
    );
  });

  it('ends with the reason of the signal, and the next one goes', async () => {
    const door = doorTo({ requestsPerMinute: 60, tokensPerMinute: 100 });
    const log: { at: number; who: string }[] = [];
    await enter(door, log, 'first', { tokens: 100 });
    const leaving = new AbortController();
    const gone = enter(door, log, 'gone', { tokens: 100, signal: leaving.signal });
    const small = enter(door, log, 'small', { tokens: 1 });
    await pass(1000);
    const reason = new Error('home');
    leaving.abort(reason);
    await assert.rejects(gone, (error) => error === reason);
    await small;
    assert.deepEqual(log[1], { at: 1000, who: 'small' });
    await assert.rejects(enter(door, log, 'late', { signal: leaving.signal }), reason);
  });

  it('leaves its place to the next when the signal comes right after the turn', async () => {
    const door = doorTo({ concurrency: 1, requestsPerMinute: 1 });
    const leaving = new AbortController();
    const gone = enter(door, [], 'gone', { signal: leaving.signal });
    leaving.abort(new Error('home'));
    await assert.rejects(gone, /home/);
    await succeed(await enter(door, [], 'next'));
  });

  it('leaves no timer behind', async () => {
    const door = doorTo({ requestsPerMinute: 1 });
    const leaving = new AbortController();
    await enter(door, [], 'a');
    const waits = enter(door, [], 'b', { signal: leaving.signal });
    leaving.abort(new Error('home'));
    await assert.rejects(waits);
    mock.timers.reset();
    assert.ok(!process.getActiveResourcesInfo().includes('Timeout'));
  });

  it('lets no more calls out at a time than may be, whatever becomes of them', async () => {
    const door = doorTo({ concurrency: 3 });
    let out = 0;
    let most = 0;
    const call = async (index: number): Promise<void> => {
      const permit = await enter(door, [], `${index % 4}`);
      out += 1;
      most = Math.max(most, out);
      await nextTurn();
      out -= 1;
      if (index % 3 === 0) permit.release();
      else if (index % 3 === 1) await succeed(permit);
      else await fail(permit, rejected(400));
    };
    await Promise.all(Array.from({ length: 50 }, (_, index) => call(index)));
    assert.equal(most, 3);
  });
});

describe('a 429', () => {
  it('is waited out for as long as it says, on one key', async () => {
    const door = doorTo();
    const log: { at: number; who: string }[] = [];
    const told = await fail(await enter(door, log, 'a'), failure(429, 120_000));
    assert.equal(told.data['retryAfterMs'], 120_000);
    const next = enter(door, log, 'b');
    const other = await enter(door, log, 'c', { model: 'n' });
    await succeed(other);
    await pass(119_999);
    assert.equal(log.length, 2);
    await pass(1);
    await succeed(await next);
    assert.deepEqual(log.at(-1), { at: 120_000, who: 'b' });
  });

  it('without a time is waited out twice as long each time, until a call succeeds', async () => {
    const door = doorTo();
    const waits: unknown[] = [];
    for (let turn = 0; turn < 8; turn += 1) {
      const entering = enter(door, [], 'a');
      await pass(60_000, 1000);
      const { data } = await fail(await entering, failure(429));
      waits.push(data['retryAfterMs']);
    }
    assert.deepEqual(waits, [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
    const entering = enter(door, [], 'a');
    await pass(60_000, 1000);
    await succeed(await entering);
    const { data } = await fail(await enter(door, [], 'a'), failure(429));
    assert.equal(data['retryAfterMs'], 1000);
  });

  it('is one, however many calls were under way', async () => {
    const door = doorTo();
    const permits = await Promise.all(['a', 'b', 'c'].map((who) => enter(door, [], who)));
    const told = await Promise.all(permits.map((permit) => fail(permit, failure(429))));
    assert.deepEqual(
      told.map(({ data }) => data['retryAfterMs']),
      [1000, 1000, 1000],
    );
  });

  it('does not keep others from calling, ever so often', async () => {
    const door = doorTo();
    const permits = await Promise.all(Array.from({ length: 9 }, (_, i) => enter(door, [], `${i}`)));
    await Promise.all(permits.map((permit) => fail(permit, failure(429, 0))));
    await succeed(await enter(door, [], 'a'));
  });
});
