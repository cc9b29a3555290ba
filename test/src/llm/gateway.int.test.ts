import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  createGateway,
  createPriceBook,
  createProvider,
  createRetry,
} from '../../../src/llm/index.ts';
import type { ModelGateway, ModelRequest } from '../../../src/ports.ts';
import { FakeProvider } from '../../support/fakeProvider.ts';

const { signal } = new AbortController();
const request: ModelRequest = {
  model: 'gpt-5-mini',
  messages: [{ role: 'user', content: 'Say hello.' }],
  maxTokens: 100,
};

function gatewayTo(fake: FakeProvider): ModelGateway {
  return createGateway({
    provider: createProvider({
      name: 'fake',
      baseUrl: fake.baseUrl,
      apiKey: 'k',
      idleTimeoutMs: 60_000,
    }),
    prices: createPriceBook(),
    retry: createRetry({ maxAttempts: 3, baseDelayMs: 1, maxDelayMs: 5 }),
  });
}

describe('the gateway', () => {
  it('answers, and the answer costs no more than the worst case', async () => {
    await using fake = await FakeProvider.start();
    const gateway = gatewayTo(fake);
    const { costMicroUsd } = gateway.worstCase(request);
    const { usage } = await gateway.attempt(request, { signal });
    assert.ok(usage !== null);
    const cost = gateway.cost(request.model, usage);
    assert.ok(cost > 0 && cost <= costMicroUsd, `${cost} of ${costMicroUsd}`);
  });

  it('calls nobody for a model without a price', async () => {
    await using fake = await FakeProvider.start();
    const attempt = gatewayTo(fake).attempt({ ...request, model: 'gpt-99' }, { signal });
    await assert.rejects(attempt, { code: 'MODEL_UNKNOWN' });
    assert.equal(fake.seen.length, 0);
  });

  it('sends one request for each attempt of a retry', async () => {
    await using fake = await FakeProvider.start(() => ({ text: 'at last' }));
    fake.enqueue({ status: 503 }, { fault: { kind: 'drop', afterChunks: 1 } });
    const gateway = gatewayTo(fake);
    const attempts: number[] = [];
    const { text } = await gateway.retry((attempt) => {
      attempts.push(attempt);
      return gateway.attempt(request, { signal });
    }, signal);
    assert.equal(text, 'at last');
    assert.deepEqual(attempts, [1, 2, 3]);
    assert.equal(fake.seen.length, 3);
  });

  it('serves a thousand calls at once, each with its own answer', async () => {
    await using fake = await FakeProvider.start(({ body }) => ({
      text: body.messages.map(({ content }) => content),
    }));
    const gateway = gatewayTo(fake);
    const texts = Array.from({ length: 1000 }, (_, index) => `call ${index}`);
    const answers = await Promise.all(
      texts.map((content) =>
        gateway.attempt({ ...request, messages: [{ role: 'user', content }] }, { signal }),
      ),
    );
    assert.deepEqual(
      answers.map(({ text }) => text),
      texts,
    );
  });

  it('says which provider and which prices it goes by', async () => {
    await using fake = await FakeProvider.start();
    const { hash, version } = createPriceBook();
    const gateway = gatewayTo(fake);
    assert.equal(gateway.providerName, 'fake');
    assert.deepEqual(gateway.priceBook, { version, hash });
  });
});
