import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeRecorded } from '../../events/index.ts';

const log = 'ab'.repeat(32);
const usage = { inputTokens: 9, cachedInputTokens: 1, outputTokens: 3, reasoningTokens: 0 };
const money = { amountMicroUsd: 7, reportedMicroUsd: 7, basis: 'usage', priceBook: log };
const asked = { thread: 'bzzz://*:*@shop:pr-1', agent: 'bzzz://a:b@shop:*', model: 'm' };
const held = { scopes: ['task:pr-1'], amountMicroUsd: 7, expiresAt: '2026-11-23T12:00:00.000Z' };
const answer = { turn: 't', call: 'c', model: 'm', finishReason: 'stop', latencyMs: 1 };

/** A block as version 1 wrote it, and as it is read today. */
function read(event: object, v = 1) {
  const id = '019a0000-0000-7000-8000-000000000000';
  const meta = { id, v, at: '2026-11-23T12:00:00.000Z', actor: asked.agent, stream: log };
  const block = { meta: { ...meta, seq: 0, command: 'c' }, event };
  return decodeRecorded(Buffer.from(JSON.stringify(block)), { log, seq: 0 });
}

describe('an event of version 1', () => {
  for (const [what, written, added] of [
    [
      'a hold',
      { type: 'budget.held', hold: 'h', ...held, ...asked, priceBook: log },
      { terms: null },
    ],
    [
      'a refusal',
      { type: 'budget.refused', refusal: 'neverFits', amountMicroUsd: 7, ...asked, scopes: [] },
      { retryAfterMs: null },
    ],
    [
      'a settlement without usage',
      { type: 'budget.settled', hold: 'h', ...money, basis: 'hold', usage: null },
      { serviceTier: null },
    ],
    [
      'a settlement',
      { type: 'budget.settled', hold: 'h', ...money, usage },
      { serviceTier: null, usage: { ...usage, cacheWriteTokens: null } },
    ],
    [
      'an answer',
      { type: 'agent.call.completed', ...answer, usage, answer: { hash: log, bytes: 1 } },
      { serviceTier: null, usage: { ...usage, cacheWriteTokens: null } },
    ],
  ] as const) {
    it(`is read in today's shape: ${what}`, () =>
      assert.deepEqual(read(written).event, { ...written, ...added }));

    it(`is not taken for one of version 2: ${what}`, () =>
      assert.throws(() => read(written, 2), { code: 'LOG_CORRUPT' }));
  }
});
