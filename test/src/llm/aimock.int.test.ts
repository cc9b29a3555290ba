import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import { costMicroUsd, Refusal, Unavailable } from '../../../events/index.ts';
import { aimockFor, ask, gatewayTo, model, prices, requestOf, ways } from './aimock.ts';
import type { Way } from './aimock.ts';

/**
 * The gateway against a server of other people. The fake of this repository is written by those who wrote
 * the gateway, and what they have misread of the protocol they have misread twice.
 */

const content = 'Grüße, 中文 👩‍👩‍👧: an answer in pieces, "quoted"\nand on two lines.';
const hello = requestOf('Say hello.');
const schema = { name: 'bzzz_review', schema: { type: 'object', properties: {} } };

async function failureOf(attempt: Promise<unknown>): Promise<Unavailable | Refusal> {
  const failure = await attempt.then(
    () => assert.fail('the attempt succeeded'),
    (error: unknown) => error,
  );
  assert.ok(failure instanceof Unavailable || failure instanceof Refusal, inspect(failure));
  return failure;
}

for (const way of ['chat', 'responses', 'openRouter'] as const satisfies readonly Way[])
  describe(`aimock over ${way}`, () => {
    it('answers in pieces, with the usage that it reports', async (t) => {
      const mock = await aimockFor(t, { chunkSize: 7 });
      const usage = { prompt_tokens: 403, completion_tokens: 51 };
      mock.on({ userMessage: 'Say hello' }, { content, usage, model: `${model}-2025-08-07` });
      const heard: string[] = [];
      const gateway = gatewayTo(mock, way);
      const { latencyMs, requestId, ...answer } = await ask(gateway, hello, {
        onText: (text) => heard.push(text),
      });
      assert.deepEqual(answer, {
        text: content,
        model: `${model}-2025-08-07`,
        finishReason: 'stop',
        usage: {
          inputTokens: 403,
          cachedInputTokens: 0,
          cacheWriteTokens: null,
          outputTokens: 51,
          reasoningTokens: 0,
        },
        serviceTier: null,
      });
      assert.deepEqual([heard.join(''), heard.length], [content, Math.ceil(content.length / 7)]);
      assert.match(requestId ?? '', /^req-/);
      assert.ok(Number.isSafeInteger(latencyMs));
    });

    it('is sent all messages, the limit, the key and the wish for a stream', async (t) => {
      const mock = await aimockFor(t);
      mock.on({ userMessage: 'Say hello' }, { content: '{}' });
      const messages = [{ role: 'system', content: 'Be brief.' }, ...hello.messages] as const;
      await ask(gatewayTo(mock, way), { ...hello, messages, schema });
      const [seen, ...others] = mock.arrived();
      assert.deepEqual([seen?.path, seen?.status, others], [ways[way].path, 200, []]);
      const { body } = seen ?? {};
      assert.deepEqual(body?.messages, messages);
      assert.deepEqual([body.model, body.stream], [model, true]);
      assert.equal(body['max_completion_tokens'] ?? body.max_tokens, hello.maxTokens);
      // Its journal keeps a key out of sight, and what the Responses API says of formats too.
      if (way !== 'responses') {
        const format = { type: 'json_schema', json_schema: { ...schema, strict: true } };
        assert.deepEqual(body.response_format, format);
      }
    });

    it('keeps what the model thinks apart from what it says', async (t) => {
      const mock = await aimockFor(t, { chunkSize: 3 });
      mock.on({ userMessage: 'Say hello' }, { content, reasoning: 'The user wants a greeting.' });
      const { text, finishReason } = await ask(gatewayTo(mock, way), hello);
      assert.deepEqual([text, finishReason], [content, 'stop']);
    });

    it('answers many at once, each its own', async (t) => {
      const mock = await aimockFor(t, { chunkSize: 2 });
      mock.on({}, ({ messages }) => {
        const asked = messages[0]?.content;
        return { content: typeof asked === 'string' ? `${asked} indeed` : 'no text' };
      });
      const gateway = gatewayTo(mock, way);
      const questions = Array.from({ length: 50 }, (_, nth) => `question ${nth}`);
      const answers = await Promise.all(questions.map((text) => ask(gateway, requestOf(text))));
      assert.deepEqual(
        answers.map(({ text }) => text),
        questions.map((text) => `${text} indeed`),
      );
    });

    it('that refuses the key is not asked again with it', async (t) => {
      const mock = await aimockFor(t);
      mock.on(
        {},
        {
          error: { message: 'Incorrect API key provided.', code: 'invalid_api_key' },
          status: 401,
        },
      );
      const gateway = gatewayTo(mock, way);
      const signal = new AbortController().signal;
      const error = await failureOf(gateway.retry(() => ask(gateway, hello), signal));
      assert.deepEqual([error.code, error.data['status']], ['MODEL_REJECTED', 401]);
      assert.match(error.message, /Incorrect API key provided.*check the API key/);
      assert.equal((await failureOf(ask(gateway, hello))).code, 'MODEL_REJECTED');
      assert.equal(mock.arrived().length, 1);
    });

    it('that asks to wait is left alone for as long, and answers then', async (t) => {
      const mock = await aimockFor(t);
      mock.on(
        { sequenceIndex: 0 },
        { error: { message: 'Slow down.' }, status: 429, retryAfter: 7 },
      );
      mock.on({}, { content });
      let aheadMs = 0;
      const clock = { nowMs: () => Math.floor(performance.now()) + aheadMs };
      const gateway = gatewayTo(mock, way, {}, { clock });
      const error = await failureOf(ask(gateway, hello));
      const { status, billable, retryAfterMs } = error.data;
      assert.deepEqual([error.code, status, billable], ['MODEL_UNAVAILABLE', 429, false]);
      assert.ok(typeof retryAfterMs === 'number' && retryAfterMs > 6900 && retryAfterMs <= 7000);
      const tooSoon = AbortSignal.timeout(50);
      await assert.rejects(ask(gateway, hello, { signal: tooSoon }), { name: 'TimeoutError' });
      assert.equal(mock.arrived().length, 1);
      aheadMs = 7000;
      assert.equal((await ask(gateway, hello)).text, content);
    });

    it('that fails is asked again, once for each attempt', async (t) => {
      const mock = await aimockFor(t, { chunkSize: 5 });
      mock.on({ sequenceIndex: 0 }, { error: { message: 'Oops.' }, status: 500 });
      mock.on({ sequenceIndex: 1 }, { content }, { chaos: { disconnectRate: 1 } });
      mock.on({ sequenceIndex: 2 }, { content }, { truncateAfterChunks: 3 });
      mock.on({}, { content });
      const gateway = gatewayTo(mock, way);
      const billable: unknown[] = [];
      const { signal } = new AbortController();
      const { text } = await gateway.retry(async () => {
        const answered = ask(gateway, hello);
        answered.catch((error: unknown) => {
          billable.push(error instanceof Unavailable ? error.data['billable'] : error);
        });
        return answered;
      }, signal);
      assert.equal(text, content);
      // A 500 has cost nothing; of a connection that broke after the request was sent nobody knows.
      assert.deepEqual(billable, [false, true, true]);
      assert.equal(mock.arrived().length, 4);
    });

    it('that does not know the model is told so, and not asked again', async (t) => {
      const mock = await aimockFor(t);
      const gateway = gatewayTo(mock, way);
      const { signal } = new AbortController();
      const error = await failureOf(gateway.retry(() => ask(gateway, hello), signal));
      assert.deepEqual([error.code, error.data['status']], ['MODEL_REJECTED', 404]);
      assert.equal(mock.arrived().length, 1);
    });

    for (const afterChunks of [1, 2, 4, 8, 12])
      it(`that breaks off after ${afterChunks} events has given no answer`, async (t) => {
        const mock = await aimockFor(t, { chunkSize: 2 });
        mock.on(
          {},
          { content: 'A short answer of many pieces.' },
          { truncateAfterChunks: afterChunks },
        );
        const error = await failureOf(ask(gatewayTo(mock, way), hello));
        assert.deepEqual([error.code, error.data['billable']], ['MODEL_UNAVAILABLE', true]);
      });

    it('that answers with what is no stream has given no answer', async (t) => {
      const mock = await aimockFor(t, { chaos: { malformedRate: 1 } });
      mock.on({}, { content });
      const error = await failureOf(ask(gatewayTo(mock, way), hello));
      assert.deepEqual([error.code, error.data['billable']], ['MODEL_UNAVAILABLE', true]);
    });

    it('that thinks for too long, or falls silent, is given up', async (t) => {
      const mock = await aimockFor(t);
      // It does not notice that nobody listens any more; this keeps it from going on for long.
      const disconnectAfterMs = 400;
      const [thinking, silent] = [{ ttft: 5000 }, { ttft: 1, tps: 0.2 }];
      mock.on({ sequenceIndex: 0 }, { content }, { streamingProfile: thinking, disconnectAfterMs });
      mock.on({}, { content }, { streamingProfile: silent, disconnectAfterMs });
      const gateway = gatewayTo(mock, way, { idleTimeoutMs: 100 });
      for (let nth = 0; nth < 2; nth++) {
        const error = await failureOf(ask(gateway, hello));
        assert.deepEqual([error.code, error.data['billable']], ['MODEL_UNAVAILABLE', true]);
        assert.match(error.message, /was silent for 100 ms/);
      }
    });

    it('may be slow for longer than the silence that is allowed', async (t) => {
      const mock = await aimockFor(t, { chunkSize: 10 });
      mock.on({}, { content }, { streamingProfile: { ttft: 100, tps: 8 } });
      const { text, latencyMs } = await ask(gatewayTo(mock, way, { idleTimeoutMs: 600 }), hello);
      assert.equal(text, content);
      assert.ok(latencyMs > 600, `${latencyMs} ms`);
    });

    it('is hung up on when the caller has had enough', async (t) => {
      const mock = await aimockFor(t, { chunkSize: 5 });
      mock.on({}, { content }, { streamingProfile: { ttft: 1, tps: 50 } });
      const stop = new AbortController();
      const reason = new Error('enough');
      const answered = ask(gatewayTo(mock, way), hello, {
        signal: stop.signal,
        onText: () => stop.abort(reason),
      });
      await assert.rejects(answered, reason);
    });
  });

describe('aimock with its own words', () => {
  it('ends a cut answer of the Responses API as if it were complete, but for its status', async (t) => {
    const mock = await aimockFor(t);
    mock.on({}, { content, finishReason: 'length' });
    const { finishReason } = await ask(gatewayTo(mock, 'responses'), hello);
    assert.equal(finishReason, 'length');
  });

  it('says when an answer was cut, or withheld', async (t) => {
    const mock = await aimockFor(t);
    for (const [sequenceIndex, finishReason] of ['length', 'content_filter'].entries())
      mock.on({ sequenceIndex }, { content, finishReason });
    const gateway = gatewayTo(mock);
    const reasons = [await ask(gateway, hello), await ask(gateway, hello)];
    assert.deepEqual(
      reasons.map(({ finishReason }) => finishReason),
      ['length', 'content_filter'],
    );
  });

  it('reports what was cached, written to the cache and thought, and all of it is paid for', async (t) => {
    const mock = await aimockFor(t);
    const usage = {
      prompt_tokens: 400,
      completion_tokens: 50,
      prompt_tokens_details: { cached_tokens: 128, cache_write_tokens: 32 },
      completion_tokens_details: { reasoning_tokens: 20 },
    };
    mock.on({}, { content, usage });
    const answer = await ask(gatewayTo(mock, 'openRouter'), hello);
    assert.deepEqual(answer.usage, {
      inputTokens: 400,
      cachedInputTokens: 128,
      cacheWriteTokens: 32,
      outputTokens: 50,
      reasoningTokens: 20,
    });
    const cost = costMicroUsd(prices.price(model), answer.usage, {
      serviceTier: 'standard',
      region: null,
    });
    // (400 - 128) tokens at 0.25 dollars a million, 128 at 0.025, 50 at 2.00 are 171.2 micro-dollars.
    assert.equal(cost, 172);
  });

  it('reports nonsense, and the hold is charged', async (t) => {
    const mock = await aimockFor(t);
    const nonsense = [
      { prompt_tokens: 10, completion_tokens: 5, prompt_tokens_details: { cached_tokens: 11 } },
      {
        prompt_tokens: 10,
        completion_tokens: 5,
        completion_tokens_details: { reasoning_tokens: 6 },
      },
      { prompt_tokens: -1, completion_tokens: 5 },
      { prompt_tokens: 1.5, completion_tokens: 5 },
    ];
    for (const [sequenceIndex, usage] of nonsense.entries())
      mock.on({ sequenceIndex }, { content, usage });
    const gateway = gatewayTo(mock, 'openRouter');
    for (const usage of nonsense)
      assert.equal((await ask(gateway, hello)).usage, null, JSON.stringify(usage));
  });

  it('lets in who has the key, and no other', async (t) => {
    const keys = ['one', 'two'].map((name) => ['key', 'for', name].join('-'));
    const mock = await aimockFor(t, { auth: { apiKeys: keys } });
    mock.on({}, { content });
    for (const key of keys)
      assert.equal((await ask(gatewayTo(mock, 'chat', { keys: { key } }), hello)).text, content);
    const wrong = ['key', 'for', 'nobody'].join('-');
    const error = await failureOf(ask(gatewayTo(mock, 'chat', { keys: { key: wrong } }), hello));
    assert.deepEqual([error.code, error.data['status']], ['MODEL_REJECTED', 401]);
    assert.ok(!inspect(error, { depth: 9 }).includes(wrong));
  });
});
