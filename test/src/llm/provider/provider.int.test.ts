import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeProvider } from '../../../support/fakeProvider.ts';
import type { Respond, Step } from '../../../support/fakeProvider.ts';
import {
  answerOf,
  apiKey,
  apis,
  ask,
  attempt,
  failureOf,
  request,
  unavailableOf,
  type Setting,
} from './asking.ts';

describe('an attempt that succeeds', () => {
  it('puts the chunks together and reports usage, model, id and time', async () => {
    const heard: string[] = [];
    const { answer } = await answerOf(
      {
        text: ['Hel', 'lo ', 'there'],
        usage: {
          prompt_tokens: 20,
          completion_tokens: 9,
          total_tokens: 29,
          prompt_tokens_details: { cached_tokens: 16 },
          completion_tokens_details: { reasoning_tokens: 6 },
        },
      },
      { onText: (text) => heard.push(text) },
    );
    const { latencyMs, ...rest } = answer;
    assert.deepEqual(rest, {
      text: 'Hello there',
      model: 'gpt-5-mini',
      finishReason: 'stop',
      usage: {
        inputTokens: 20,
        cachedInputTokens: 16,
        cacheWriteTokens: null,
        outputTokens: 9,
        reasoningTokens: 6,
      },
      serviceTier: null,
      requestId: 'req_0',
    });
    assert.ok(Number.isSafeInteger(latencyMs) && latencyMs >= 0);
    assert.deepEqual(heard, ['Hel', 'lo ', 'there']);
  });

  it('asks for a stream with usage, the limit, the schema and the key', async () => {
    const schema = { name: 'bzzz_review', schema: { type: 'object' } };
    const { fake } = await answerOf(
      {},
      { serviceTier: 'standard' },
      { ...request, schema, seed: 7 },
    );
    const [seen] = fake.seen;
    assert.equal(seen?.headers.authorization, `Bearer ${apiKey}`);
    assert.deepEqual(seen.body, {
      model: 'gpt-5-mini',
      messages: request.messages,
      stream: true,
      stream_options: { include_usage: true },
      max_completion_tokens: 100,
      service_tier: 'default',
      seed: 7,
      response_format: { type: 'json_schema', json_schema: { ...schema, strict: true } },
    });
  });

  it('says max_tokens, and no key, to a server that wants it so', async () => {
    const { fake } = await answerOf({}, { legacyMaxTokens: true, secret: '' });
    const [seen] = fake.seen;
    assert.equal(seen?.headers.authorization, undefined);
    assert.equal(seen?.body.max_tokens, 100);
    assert.equal(seen.body.max_completion_tokens, undefined);
    assert.equal(seen.body.service_tier, undefined);
  });

  it('asks the Responses API for the same, and not to keep it', async () => {
    const schema = { name: 'bzzz_review', schema: { type: 'object' } };
    const setting: Setting = { api: 'responses', serviceTier: 'flex' };
    const { answer, fake } = await answerOf(
      {
        text: ['Hel', 'lo'],
        serviceTier: 'flex',
        usage: {
          input_tokens: 20,
          output_tokens: 9,
          total_tokens: 29,
          input_tokens_details: { cached_tokens: 10, cache_write_tokens: 6 },
          output_tokens_details: { reasoning_tokens: 5 },
        },
      },
      setting,
      { ...request, schema, seed: 7 },
    );
    const [seen] = fake.seen;
    assert.equal(seen?.headers.authorization, `Bearer ${apiKey}`);
    assert.deepEqual(seen.raw, {
      model: 'gpt-5-mini',
      input: request.messages,
      stream: true,
      store: false,
      max_output_tokens: 100,
      service_tier: 'flex',
      text: { format: { type: 'json_schema', ...schema, strict: true } },
    });
    const { latencyMs: _latencyMs, ...rest } = answer;
    assert.deepEqual(rest, {
      text: 'Hello',
      model: 'gpt-5-mini',
      finishReason: 'stop',
      usage: {
        inputTokens: 20,
        cachedInputTokens: 10,
        cacheWriteTokens: 6,
        outputTokens: 9,
        reasoningTokens: 5,
      },
      serviceTier: 'flex',
      requestId: 'req_0',
    });
  });

  it('sends well-formed text only', async () => {
    const { fake } = await answerOf(
      {},
      {},
      {
        ...request,
        messages: [{ role: 'user', content: 'half a pair: \uD83D' }],
      },
    );
    assert.equal(fake.seen[0]?.body.messages[0]?.content, 'half a pair: \uFFFD');
  });

  it('takes nothing from the environment of the client', async () => {
    const names = ['OPENAI_ORG_ID', 'OPENAI_PROJECT_ID', 'OPENAI_ADMIN_KEY', 'OPENAI_BASE_URL'];
    for (const name of names) process.env[name] = 'http://from.the.environment';
    try {
      const { fake } = await answerOf({});
      assert.doesNotMatch(JSON.stringify(fake.seen), /from\.the\.environment/);
    } finally {
      for (const name of names) delete process.env[name];
    }
  });

  for (const api of apis)
    for (const finishReason of ['length', 'content_filter'])
      it(`gives a text that ended by ${finishReason} as an outcome with its usage (${api})`, async () => {
        const { answer } = await answerOf({ text: 'cut sh', finishReason }, { api });
        assert.equal(answer.finishReason, finishReason);
        assert.equal(answer.text, 'cut sh');
        assert.notEqual(answer.usage, null);
      });
});

describe('usage that the provider counts as it goes', () => {
  const counted = (tokens: number) => ({
    prompt_tokens: 10,
    completion_tokens: tokens,
    input_tokens: 10,
    output_tokens: tokens,
    total_tokens: 10 + tokens,
  });
  for (const api of apis) {
    it(`is what it is at the end (${api})`, async () => {
      const step: Step = { usageOnTheWay: counted(1), usage: counted(7) };
      assert.equal((await answerOf(step, { api })).answer.usage?.outputTokens, 7);
    });

    it(`is none when the end has none (${api})`, async () => {
      const step: Step = { usageOnTheWay: counted(1), usage: null };
      assert.equal((await answerOf(step, { api })).answer.usage, null);
    });

    it(`is passed on when it is more than was asked for (${api})`, async () => {
      const { answer } = await answerOf({ usage: counted(5000) }, { api });
      assert.equal(answer.usage?.outputTokens, 5000);
    });
  }
});

describe('a stream that breaks', () => {
  const broken: Record<string, Step> = {
    'is dropped half way': { fault: { kind: 'drop', afterChunks: 2 } },
    'is dropped before the headers': { fault: { kind: 'drop' } },
    'ends politely without a reason': { fault: { kind: 'end', afterChunks: 2 } },
    'ends with everything but a reason': { finishReason: null },
    'holds an error': { fault: { kind: 'error', afterChunks: 1 } },
    'holds what is not JSON': { fault: { kind: 'badJson', afterChunks: 1 } },
    'holds JSON that is no chunk': { fault: { kind: 'badShape', afterChunks: 1 } },
    'is no stream at all': { body: '<html>Sign in to the hotel network</html>' },
    'has more text than the limit allows': { text: 'a'.repeat(100 * 128 + 1) },
  };
  for (const api of apis)
    for (const [what, step] of Object.entries(broken))
      it(`and ${what} is a failure that may be billed (${api})`, async () => {
        const { data } = await unavailableOf(step, { api });
        assert.equal(data['billable'], true);
        assert.equal(data['retryAfterMs'], null);
        assert.equal(data['status'], null);
      });

  const silent = { 'before the headers': 0, 'half way': 2 };
  for (const [when, afterChunks] of Object.entries(silent))
    it(`and falls silent ${when} is ended by the watchdog`, async () => {
      const step: Step = { fault: { kind: 'silence', afterChunks } };
      const error = await unavailableOf(step, { idleTimeoutMs: 40 });
      assert.equal(error.message, 'fake was silent for 40 ms');
      assert.equal(error.data['billable'], true);
    });

  it('closes the connection of a silent server', async () => {
    await using fake = await FakeProvider.start(() => ({
      fault: { kind: 'silence', afterChunks: 1 },
    }));
    await assert.rejects(ask(fake.baseUrl, { idleTimeoutMs: 40 }));
    while (fake.abandoned === 0) await new Promise(setImmediate);
  });

  it('does not tire the watchdog while chunks keep coming', async () => {
    // In all more than the watchdog waits, each far less, on a busy machine too.
    const text = Array.from({ length: 30 }, () => 'word ');
    const { answer } = await answerOf({ text, chunkDelayMs: 50 }, { idleTimeoutMs: 1200 });
    assert.equal(answer.text, text.join(''));
  });
});

describe('an aborted attempt', () => {
  const reason = new Error('the reader went home');

  it('throws the reason when it is aborted before it began, and asks nobody', async () => {
    const { settled, fake } = await attempt({}, { signal: AbortSignal.abort(reason) });
    assert.deepEqual(settled, { status: 'rejected', reason });
    assert.equal(fake.seen.length, 0);
  });

  it('throws the reason when it is aborted before the headers', async () => {
    const controller = new AbortController();
    const step: Respond = () => (controller.abort(reason), { fault: { kind: 'silence' } });
    await using fake = await FakeProvider.start(step);
    const { signal } = controller;
    await assert.rejects(ask(fake.baseUrl, { signal }), (error) => error === reason);
  });

  it('throws the reason in the middle of a stream instead of a short answer', async () => {
    const controller = new AbortController();
    const onText = () => controller.abort(reason);
    const step: Step = { fault: { kind: 'silence', afterChunks: 2 } };
    const error = await failureOf(step, { signal: controller.signal, onText });
    assert.equal(error, reason);
  });

  it('passes on what the listener throws as it is', async () => {
    const onText = () => {
      throw reason;
    };
    assert.equal(await failureOf({}, { onText }), reason);
  });
});
