import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import { Refusal, Unavailable } from '../../../events/index.ts';
import { createProvider } from '../../../src/llm/index.ts';
import type { ProviderOptions } from '../../../src/llm/provider.ts';
import type { ModelRequest } from '../../../src/ports.ts';
import { FakeProvider } from '../../support/fakeProvider.ts';
import type { Respond, Step } from '../../support/fakeProvider.ts';

const apiKey = 'sk-proj-A1b2C3d4/E5f6+G7h8';
const request: ModelRequest = {
  model: 'gpt-5-mini',
  messages: [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'Say hello.' },
  ],
  maxTokens: 100,
};

type Setting = Partial<ProviderOptions> & { signal?: AbortSignal; onText?: (text: string) => void };

/** One attempt against a server that plays `step`, and what the server saw. */
async function attempt(step: Step, setting: Setting = {}, asked = request) {
  await using fake = await FakeProvider.start(() => step);
  const { signal = new AbortController().signal, onText, ...options } = setting;
  const provider = createProvider({
    name: 'fake',
    baseUrl: fake.baseUrl,
    apiKey,
    idleTimeoutMs: 60_000,
    ...options,
  });
  const outcome = provider.attempt(asked, { signal, ...(onText !== undefined && { onText }) });
  const [settled] = await Promise.allSettled([outcome]);
  return { settled, fake };
}

async function answerOf(step: Step, setting?: Setting, asked?: ModelRequest) {
  const { settled, fake } = await attempt(step, setting, asked);
  if (settled.status === 'rejected') throw settled.reason;
  return { answer: settled.value, fake };
}

async function failureOf(step: Step, setting?: Setting): Promise<unknown> {
  const { settled, fake } = await attempt(step, setting);
  assert.equal(settled.status, 'rejected', 'the attempt succeeded');
  assert.equal(fake.seen.length, 1, 'one attempt is one request');
  return settled.reason;
}

async function unavailableOf(step: Step, setting?: Setting): Promise<Unavailable> {
  const error = await failureOf(step, setting);
  assert.ok(error instanceof Unavailable, inspect(error));
  assert.equal(error.code, 'MODEL_UNAVAILABLE');
  return error;
}

async function rejectedOf(step: Step): Promise<Refusal> {
  const error = await failureOf(step);
  assert.ok(error instanceof Refusal, inspect(error));
  assert.equal(error.code, 'MODEL_REJECTED');
  return error;
}

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
      usage: { inputTokens: 20, cachedInputTokens: 16, outputTokens: 9, reasoningTokens: 6 },
      requestId: 'req_0',
    });
    assert.ok(Number.isSafeInteger(latencyMs) && latencyMs >= 0);
    assert.deepEqual(heard, ['Hel', 'lo ', 'there']);
  });

  it('asks for a stream with usage, the limit, the schema and the key', async () => {
    const schema = { name: 'bzzz_review', schema: { type: 'object' } };
    const { fake } = await answerOf({}, { standardTier: true }, { ...request, schema, seed: 7 });
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
    const { fake } = await answerOf({}, { legacyMaxTokens: true, apiKey: '' });
    const [seen] = fake.seen;
    assert.equal(seen?.headers.authorization, undefined);
    assert.equal(seen?.body.max_tokens, 100);
    assert.equal(seen.body.max_completion_tokens, undefined);
    assert.equal(seen.body.service_tier, undefined);
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

  for (const finishReason of ['length', 'content_filter'])
    it(`gives a text that ended by ${finishReason} as an outcome with its usage`, async () => {
      const { answer } = await answerOf({ text: 'cut sh', finishReason });
      assert.equal(answer.finishReason, finishReason);
      assert.equal(answer.text, 'cut sh');
      assert.notEqual(answer.usage, null);
    });
});

describe('the usage of an answer', () => {
  const usageFor = async (usage: unknown) => (await answerOf({ usage })).answer.usage;

  it('is null when the provider reports none', async () => {
    assert.equal(await usageFor(null), null);
  });

  const impossible = {
    'a negative number': { prompt_tokens: -1, completion_tokens: 1 },
    'a fraction': { prompt_tokens: 1.5, completion_tokens: 1 },
    'a text': { prompt_tokens: '10', completion_tokens: 1 },
    'a missing half': { prompt_tokens: 10 },
    'an absurd amount': { prompt_tokens: 10, completion_tokens: 1e15 },
    'more from the cache than came in': {
      prompt_tokens: 10,
      completion_tokens: 1,
      prompt_tokens_details: { cached_tokens: 11 },
    },
    'no object': 42,
  };
  for (const [what, usage] of Object.entries(impossible))
    it(`is null for ${what}`, async () => assert.equal(await usageFor(usage), null));

  it('counts reasoning that the provider has in the total only', async () => {
    const usage = {
      prompt_tokens: 10_120,
      completion_tokens: 1499,
      total_tokens: 14_428,
      completion_tokens_details: { reasoning_tokens: 2809 },
    };
    assert.deepEqual(await usageFor(usage), {
      inputTokens: 10_120,
      cachedInputTokens: 0,
      outputTokens: 4308,
      reasoningTokens: 2809,
    });
  });
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
  for (const [what, step] of Object.entries(broken))
    it(`and ${what} is a failure that may be billed`, async () => {
      const { data } = await unavailableOf(step);
      assert.equal(data['billable'], true);
      assert.equal(data['retryAfterMs'], null);
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
    const options = { name: 'fake', baseUrl: fake.baseUrl, apiKey, idleTimeoutMs: 40 };
    const { signal } = new AbortController();
    await assert.rejects(createProvider(options).attempt(request, { signal }));
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
    const options = { name: 'fake', baseUrl: fake.baseUrl, apiKey, idleTimeoutMs: 60_000 };
    const { signal } = controller;
    await assert.rejects(createProvider(options).attempt(request, { signal }), (e) => e === reason);
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

describe('a status other than 200', () => {
  for (const status of [400, 401, 403, 404, 413, 422])
    it(`${status} is a refusal and not retried`, async () => {
      const { data } = await rejectedOf({ status });
      assert.deepEqual(data, { status, requestId: 'req_0' });
    });

  for (const [status, billable] of [
    [408, true],
    [409, false],
    [429, false],
    [500, false],
    [502, true],
    [503, false],
    [504, true],
  ] as const)
    it(`${status} is worth a retry and ${billable ? 'may be' : 'is not'} billed`, async () => {
      const { data } = await unavailableOf({ status });
      assert.deepEqual(data, { status, retryAfterMs: null, billable, requestId: 'req_0' });
    });

  it('says what to do about a wrong key', async () => {
    assert.match((await rejectedOf({ status: 401 })).message, /check the API key$/);
  });

  it('takes an exhausted quota for a refusal, unless it says when to come back', async () => {
    const body = { error: { message: 'You exceeded your quota', code: 'insufficient_quota' } };
    assert.match((await rejectedOf({ status: 429, body })).message, /raise the quota/);
    const { data } = await unavailableOf({ status: 429, body, headers: { 'retry-after': '60' } });
    assert.equal(data['retryAfterMs'], 60_000);
  });

  it('obeys the verdict of the server on retries', async () => {
    await rejectedOf({ status: 503, headers: { 'x-should-retry': 'false' } });
    await unavailableOf({ status: 400, headers: { 'x-should-retry': 'true' } });
  });

  const date = 'Mon, 23 Nov 2026 10:00:00 GMT';
  const waits: Record<string, [Record<string, string>, number | null]> = {
    seconds: [{ 'retry-after': '1' }, 1000],
    'a fraction of a second': [{ 'retry-after': '0.25' }, 250],
    'more than the minute at which the client gives up': [{ 'retry-after': '120' }, 120_000],
    'a month': [{ 'retry-after': '2592000' }, 2_592_000_000],
    milliseconds: [{ 'retry-after-ms': '50', 'retry-after': '9' }, 50],
    'a date': [{ date, 'retry-after': 'Mon, 23 Nov 2026 10:02:00 GMT' }, 120_000],
    'a date in the past': [{ date, 'retry-after': 'Mon, 23 Nov 2026 09:00:00 GMT' }, 0],
    nonsense: [{ 'retry-after': 'soon' }, null],
  };
  for (const [what, [headers, retryAfterMs]] of Object.entries(waits))
    it(`names the wait when Retry-After is ${what}`, async () => {
      const { data } = await unavailableOf({ status: 429, headers });
      assert.equal(data['retryAfterMs'], retryAfterMs);
    });
});

describe('a server that cannot be reached', () => {
  it('is worth a retry and not billed', async () => {
    const fake = await FakeProvider.start();
    const { baseUrl } = fake;
    await fake.close();
    const provider = createProvider({ name: 'fake', baseUrl, apiKey, idleTimeoutMs: 60_000 });
    await assert.rejects(provider.attempt(request, { signal: new AbortController().signal }), {
      code: 'MODEL_UNAVAILABLE',
      message: 'fake cannot be reached (ECONNREFUSED)',
      data: { status: null, retryAfterMs: null, billable: false, requestId: null },
    });
  });
});

describe('the API key', () => {
  const echo = `Incorrect API key provided: ${apiKey} (${encodeURIComponent(apiKey)}), ask for sk-live-0123456789`;
  const echoes: Record<string, Step> = {
    'in the body of a refusal': { status: 401, body: { error: { message: echo } } },
    'in a body that is not JSON': { status: 500, body: echo },
    'in a header': { status: 429, headers: { 'x-request-id': apiKey } },
    'across the place where a long text is cut': {
      status: 400,
      body: { error: { message: 'x'.repeat(285) + apiKey } },
    },
  };
  for (const [where, step] of Object.entries(echoes))
    it(`is in no error when the server echoes it ${where}`, async () => {
      const error = await failureOf(step);
      assert.ok(error instanceof Error);
      assert.equal(error.cause, undefined);
      const shown = inspect(error, { depth: 9, showHidden: true }) + JSON.stringify(error);
      for (const secret of ['A1b2C3d4', 'G7h8', '0123456789'])
        assert.ok(!shown.includes(secret), shown);
    });

  it('is in no error when it cannot be sent', () => {
    assert.throws(
      () => createProvider({ name: 'fake', apiKey: `${apiKey}\n`, idleTimeoutMs: 1 }),
      (error) => error instanceof Refusal && !inspect(error).includes(apiKey),
    );
  });

  it('keeps control characters of the server off the terminal', async () => {
    const body = { error: { message: 'a\u001B[2Jb\r\nc' } };
    assert.equal(
      (await rejectedOf({ status: 400, body })).message,
      'fake refused the request: 400 a [2Jb c',
    );
  });
});

describe('the base URL', () => {
  for (const baseUrl of ['localhost:11434', 'ftp://host/v1', 'http://user:secret@host/v1', ''])
    it(`is refused as '${baseUrl}' without being repeated`, () => {
      const create = () => createProvider({ name: 'fake', baseUrl, apiKey, idleTimeoutMs: 1 });
      assert.throws(
        create,
        (error) =>
          error instanceof Refusal &&
          error.code === 'ARGUMENT_INVALID' &&
          !error.message.includes('secret'),
      );
    });
});
