import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { inspect } from 'node:util';
import { Refusal, type Unavailable } from '../../../events/index.ts';
import type { GatewayParts, Server } from '../../../src/llm/gateway.ts';
import { createGateway, createPriceBook, createRetry } from '../../../src/llm/index.ts';
import type { ModelGateway, ModelRequest } from '../../../src/ports.ts';
import { FakeProvider, type Seen, type Step } from '../../support/fakeProvider.ts';

const never = new AbortController().signal;
const request: ModelRequest = {
  model: 'gpt-5-mini',
  messages: [{ role: 'user', content: 'Say hello.' }],
  maxTokens: 100,
};
const prices = createPriceBook(
  { local: { free: true }, deep: { free: true, api: 'responses' } },
  { serviceTier: 'standard', region: null },
);
const limits = { requestsPerMinute: null, tokensPerMinute: null, concurrency: 64 };

function serverAt({ baseUrl }: FakeProvider, over: Partial<Server> = {}): Server {
  const keys = { key: 'k' };
  return {
    name: 'fake',
    baseUrl,
    keys,
    api: 'chat',
    limits,
    idleTimeoutMs: 60_000,
    prices,
    ...over,
  };
}

function gatewayTo(
  fake: FakeProvider,
  over: Partial<Server> = {},
  parts: Partial<GatewayParts> = {},
): ModelGateway {
  const retry = createRetry({ maxAttempts: 4, baseDelayMs: 1, maxDelayMs: 5 });
  return createGateway({ server: serverAt(fake, over), retry, ...parts });
}

/** A slot, and the attempt that it is good for. */
async function ask(gateway: ModelGateway, asked: Partial<ModelRequest> = {}, signal = never) {
  const slot = await gateway.admit({ ...request, ...asked }, { thread: 't', signal });
  return slot.attempt({ signal });
}

const retried = (gateway: ModelGateway, signal = never) =>
  gateway.retry(() => ask(gateway, {}, signal), signal);

const keyOf = ({ headers }: Seen): string => headers.authorization?.replace('Bearer ', '') ?? '';

/** A server whose answers depend on the key, and a gateway that has these keys in a file. */
async function withKeys(t: TestContext, keys: readonly string[], step: (key: string) => Step) {
  const fake = await FakeProvider.start((seen) => step(keyOf(seen)));
  const folder = await mkdtemp(join(tmpdir(), 'bzzz-gateway-'));
  t.after(async () => {
    await fake.close();
    await rm(folder, { recursive: true });
  });
  const file = join(folder, 'keys');
  const write = (...lines: readonly string[]) =>
    writeFile(file, lines.map((line) => `${line}\n`).join(''), { mode: 0o600 });
  await write(...keys);
  let aheadMs = 0;
  const clock = { nowMs: () => Math.floor(performance.now()) + aheadMs };
  const gateway = gatewayTo(fake, { keys: { file } }, { clock });
  const asked = () => fake.seen.map(keyOf);
  return { gateway, write, asked, skip: (ms: number) => (aheadMs += ms) };
}

describe('the gateway', () => {
  it('quotes what an attempt can cost at most, and where it goes', async () => {
    await using fake = await FakeProvider.start();
    const quote = gatewayTo(fake).quote(request);
    assert.deepEqual(quote, { provider: 'fake', ...prices.quote(request) });
    assert.ok(quote.costMicroUsd > 0);
  });

  it('answers, and forwards each piece of text', async () => {
    await using fake = await FakeProvider.start(() => ({ text: ['one ', 'two'] }));
    const slot = await gatewayTo(fake).admit(request, { thread: 't', signal: never });
    const heard: string[] = [];
    const { text } = await slot.attempt({ signal: never, onText: (piece) => heard.push(piece) });
    assert.equal(text, 'one two');
    assert.deepEqual(heard, ['one ', 'two']);
  });

  it('asks nobody for a model without a price', async () => {
    await using fake = await FakeProvider.start();
    const gateway = gatewayTo(fake);
    await assert.rejects(ask(gateway, { model: 'gpt-99' }), { code: 'MODEL_UNKNOWN' });
    assert.throws(() => gateway.quote({ ...request, model: 'gpt-99' }), { code: 'MODEL_UNKNOWN' });
    assert.equal(fake.seen.length, 0);
  });

  it('sends one request for each attempt of a retry', async () => {
    await using fake = await FakeProvider.start(() => ({ text: 'at last' }));
    fake.enqueue({ status: 503 }, { fault: { kind: 'drop', afterChunks: 1 } });
    const { text } = await retried(gatewayTo(fake));
    assert.equal(text, 'at last');
    assert.equal(fake.seen.length, 3);
  });

  it('serves a thousand calls at once, each with its own answer', async () => {
    await using fake = await FakeProvider.start(({ body }) => ({
      text: body.messages.map(({ content }) => content),
    }));
    const gateway = gatewayTo(fake);
    const texts = Array.from({ length: 1000 }, (_, index) => `call ${index}`);
    const answers = await Promise.all(
      texts.map((content) => ask(gateway, { messages: [{ role: 'user', content }] })),
    );
    assert.deepEqual(
      answers.map(({ text }) => text),
      texts,
    );
  });

  it('asks a model that is on the Responses API only there, and all where it is told to', async () => {
    await using fake = await FakeProvider.start();
    const gateway = gatewayTo(fake);
    await ask(gateway);
    const { usage } = await ask(gateway, { model: 'deep' });
    await ask(gatewayTo(fake, { api: 'responses' }));
    assert.deepEqual(
      fake.seen.map(({ api }) => api),
      ['chat', 'responses', 'responses'],
    );
    assert.ok(usage && usage.inputTokens > 0);
  });
});

describe('a slot', () => {
  it('is good for one attempt', async () => {
    await using fake = await FakeProvider.start();
    const slot = await gatewayTo(fake).admit(request, { thread: 't', signal: never });
    await slot.attempt({ signal: never });
    slot.release();
    await assert.rejects(slot.attempt({ signal: never }), TypeError);
    assert.equal(fake.seen.length, 1);
  });

  it('makes room when it is given back, or its caller is gone before it is used', async () => {
    await using fake = await FakeProvider.start();
    const one = { ...limits, requestsPerMinute: 1, concurrency: 1 };
    const gateway = gatewayTo(fake, { limits: one });
    const admit = () => gateway.admit(request, { thread: 't', signal: never });
    (await admit()).release();
    const reason = new Error('home');
    const gone = (await admit()).attempt({ signal: AbortSignal.abort(reason) });
    await assert.rejects(gone, (error) => error === reason);
    await (await admit()).attempt({ signal: never });
    assert.equal(fake.seen.length, 1);
  });
});

describe('several keys', () => {
  it('take turns', async (t) => {
    const { gateway, asked } = await withKeys(t, ['a', 'b', 'c'], () => ({}));
    for (let turn = 0; turn < 6; turn += 1) await ask(gateway);
    assert.deepEqual(asked(), ['a', 'b', 'c', 'a', 'b', 'c']);
  });

  for (const status of [401, 402, 403])
    it(`go on without one that gets ${status}`, async (t) => {
      const { gateway, asked } = await withKeys(t, ['a', 'b'], (key) =>
        key === 'a' ? { status } : {},
      );
      await assert.rejects(ask(gateway), ({ code, data }: Unavailable) => {
        assert.equal(code, 'MODEL_UNAVAILABLE');
        const { requestId: _requestId, ...rest } = data;
        assert.deepEqual(rest, { billable: false, status, retryAfterMs: 0 });
        return true;
      });
      for (let turn = 0; turn < 3; turn += 1) await ask(gateway);
      assert.deepEqual(asked(), ['a', 'b', 'b', 'b']);
    });

  it('go on at once without one that nobody pays for, and without one that is over its rate', async (t) => {
    const error = { message: 'You exceeded your quota', code: 'insufficient_quota' };
    const { gateway, asked } = await withKeys(t, ['poor', 'busy', 'good'], (key) => {
      if (key === 'poor') return { status: 429, body: { error } };
      return key === 'busy' ? { status: 429, headers: { 'retry-after': '120' } } : {};
    });
    const startedMs = performance.now();
    await retried(gateway);
    await ask(gateway);
    assert.deepEqual(asked(), ['poor', 'busy', 'good', 'good']);
    assert.ok(performance.now() - startedMs < 30_000);
  });

  it('are refused as the last of them was, and nobody is asked any more until the file changes', async (t) => {
    const { gateway, asked, write, skip } = await withKeys(t, ['a', 'b'], (key) =>
      key === 'c' ? {} : { status: 401 },
    );
    const wrong = (error: unknown): boolean =>
      error instanceof Refusal &&
      error.code === 'MODEL_REJECTED' &&
      error.message.endsWith('check the API key');
    await assert.rejects(retried(gateway), wrong);
    await assert.rejects(retried(gateway), wrong);
    assert.deepEqual(asked(), ['a', 'b']);
    await write('a', 'c');
    skip(1000);
    await retried(gateway);
    assert.deepEqual(asked(), ['a', 'b', 'c']);
    await retried(gateway);
    assert.deepEqual(asked(), ['a', 'b', 'c', 'a', 'c']);
  });

  it('let a new one in while all others wait', async (t) => {
    const { gateway, write, asked } = await withKeys(t, ['a'], (key) =>
      key === 'b' ? {} : { status: 429, headers: { 'retry-after': '120' } },
    );
    await assert.rejects(ask(gateway), { code: 'MODEL_UNAVAILABLE' });
    const waits = ask(gateway);
    await write('b');
    await waits;
    assert.deepEqual(asked(), ['a', 'b']);
  });

  it('are in nothing that can be printed', async (t) => {
    const keys = ['first', 'second'].map((name) => `${name}-${'x9'.repeat(10)}`);
    const { gateway } = await withKeys(t, keys, (key) => ({
      status: 401,
      headers: { 'x-request-id': key },
      body: { error: { message: `no such key: ${key}`, code: key } },
    }));
    const errors: unknown[] = [];
    for (let turn = 0; turn < 3; turn += 1)
      await ask(gateway).catch((error: unknown) => errors.push(error));
    assert.equal(errors.length, 3);
    const slot = inspect(gateway, { showHidden: true, depth: 12 });
    const shown = inspect(errors, { showHidden: true, depth: 12 }) + JSON.stringify(errors) + slot;
    assert.doesNotMatch(shown, /x9x9/);
  });
});

describe('a Retry-After of two minutes', () => {
  it('is waited out while the signal lets it', async () => {
    await using fake = await FakeProvider.start(() => ({
      status: 429,
      headers: { 'retry-after': '120' },
    }));
    const gateway = gatewayTo(fake);
    const reason = new Error('the turn is over');
    const deadline = new AbortController();
    const waits = retried(gateway, deadline.signal);
    while (fake.seen.length === 0) await new Promise(setImmediate);
    setTimeout(() => deadline.abort(reason), 50);
    await assert.rejects(waits, (error) => error === reason);
    await assert.rejects(gateway.admit(request, { thread: 't', signal: deadline.signal }), reason);
    assert.equal(fake.seen.length, 1);
  });
});

describe('routing', () => {
  it('sends models where they are, with the breaker, the keys and the words of that server', async () => {
    await using main = await FakeProvider.start(() => ({ status: 500 }));
    await using local = await FakeProvider.start();
    const other = {
      ...serverAt(local, { name: 'local', keys: { key: '' }, legacyMaxTokens: true }),
      models: ['local'],
    };
    const gateway = gatewayTo(main, {}, { others: [other] });
    for (let turn = 0; turn < 10; turn += 1) await assert.rejects(ask(gateway));
    await assert.rejects(ask(gateway), /left alone for a while/);
    await ask(gateway, { model: 'local' });
    assert.equal(gateway.quote(request).provider, 'fake');
    assert.equal(gateway.quote({ ...request, model: 'local' }).provider, 'local');
    assert.equal(main.seen.length, 10);
    const [seen] = local.seen;
    assert.equal(seen?.headers.authorization, undefined);
    assert.equal(seen?.body.max_tokens, 100);
  });

  it('refuses a model that is at two servers', async () => {
    await using fake = await FakeProvider.start();
    const at = (name: string) => ({ ...serverAt(fake, { name }), models: ['local'] });
    assert.throws(() => gatewayTo(fake, {}, { others: [at('x'), at('y')] }), {
      code: 'ARGUMENT_INVALID',
      message: /"local" is at x and at y/,
    });
    assert.throws(() => gatewayTo(fake, {}, { others: [at('fake')] }), {
      code: 'ARGUMENT_INVALID',
    });
  });

  it('knows what to ask instead, in order', async () => {
    await using fake = await FakeProvider.start();
    const fallbacks = { 'gpt-5-mini': ['gpt-5-nano', 'local'] };
    const gateway = gatewayTo(fake, {}, { fallbacks });
    assert.deepEqual(gateway.fallbacks('gpt-5-mini'), ['gpt-5-nano', 'local']);
    assert.deepEqual(gateway.fallbacks('local'), []);
    assert.deepEqual(gateway.fallbacks('toString'), []);
  });

  it('refuses at the start what could not be asked instead', async () => {
    await using fake = await FakeProvider.start();
    const start = (...instead: string[]) =>
      gatewayTo(fake, {}, { fallbacks: { 'gpt-5-mini': instead } });
    assert.throws(() => start('local', 'gpt-99'), {
      code: 'MODEL_UNKNOWN',
      message: /^no price is known for "gpt-99", which llm.fallbacks names for "gpt-5-mini"/,
    });
    assert.throws(() => start('gpt-5-mini'), { code: 'ARGUMENT_INVALID' });
    assert.throws(() => start('local', 'local'), { code: 'ARGUMENT_INVALID' });
  });
});
