import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { TokenBucket } from '../../../../src/llm/limits/tokenBucket.ts';

const amounts = fc.array(fc.record({ amount: fc.nat(2000), idleMs: fc.nat(90_000) }), {
  minLength: 1,
  maxLength: 60,
});

describe('a token bucket', () => {
  it('never gives more than a full bucket and the refill since the start', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), amounts, (perMinute, requests) => {
        const bucket = new TokenBucket(perMinute, 0);
        let nowMs = 0;
        let taken = 0;
        for (const { amount, idleMs } of requests) {
          nowMs = bucket.readyAtMs(amount, nowMs + idleMs);
          // A request above the capacity goes once the bucket is full, and is paid off afterwards.
          const before = taken + Math.min(amount, perMinute);
          assert.ok(
            before <= perMinute + (nowMs / 60_000) * perMinute + 1e-6,
            `${before} at ${nowMs}`,
          );
          bucket.take(amount, nowMs);
          taken += amount;
        }
      }),
    );
  });

  it('names the earliest time: a millisecond sooner would be too soon', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1000 }),
        fc.nat(1000),
        fc.nat(1000),
        (perMinute, a, b) => {
          const bucket = new TokenBucket(perMinute, 0);
          bucket.take(a, 0);
          const readyMs = bucket.readyAtMs(b, 0);
          if (readyMs > 0) assert.ok(bucket.readyAtMs(b, readyMs - 1) > readyMs - 1);
          assert.equal(bucket.readyAtMs(b, readyMs), readyMs);
        },
      ),
    );
  });

  it('takes back what was not used, up to what it holds', () => {
    const bucket = new TokenBucket(60, 0);
    bucket.take(60, 0);
    assert.equal(bucket.readyAtMs(10, 0), 10_000);
    bucket.take(-10, 0);
    assert.equal(bucket.readyAtMs(10, 0), 0);
    bucket.take(-1000, 0);
    bucket.take(60, 0);
    assert.equal(bucket.readyAtMs(1, 0), 1000);
  });
});
