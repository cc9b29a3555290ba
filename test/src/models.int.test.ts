import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { z } from 'zod';
import { loadConfig } from '../../src/config/index.ts';
import { openModels, type Models } from '../../src/models.ts';
import type { ModelAnswer } from '../../src/ports.ts';
import { answerSchemas, reviewAnswer } from '../../src/shared/prompt/index.ts';
import { FakeProvider } from '../support/fakeProvider.ts';
import { fileChanges, promptOf } from './offline/support.ts';

const { signal } = new AbortController();

/** The models that a configuration file leads to, and nothing else of this machine. */
async function open(
  t: TestContext,
  llm: object,
  env: Record<string, string> = {},
): Promise<Models> {
  const cwd = await mkdtemp(join(tmpdir(), 'bzzz-models-'));
  t.after(() => rm(cwd, { recursive: true }));
  await writeFile(join(cwd, 'bzzz.json'), JSON.stringify({ llm }));
  const config = await loadConfig({ cwd, env, flags: {} });
  const models = await openModels(config, { env });
  t.after(() => models.close());
  return models;
}

async function ask({ gateway }: Models, model: string, rest: object = {}): Promise<ModelAnswer> {
  const messages = [{ role: 'user' as const, content: 'Say hello.' }];
  const request = { model, messages, maxTokens: 50, ...rest };
  const slot = await gateway.admit(request, { thread: 't', signal });
  return slot.attempt({ signal });
}

describe('the models of a configuration', () => {
  it('are the offline model without a key, which answers through the same gateway', async (t) => {
    const models = await open(t, {});
    const files = fileChanges({ 'src/mail.ts': 'eval(input);' });
    const schema = z.toJSONSchema(answerSchemas.bzzz_review);
    const answer = await ask(models, models.byTier.standard, {
      messages: promptOf('bzzz_review', 'reviewer', files),
      maxTokens: 4000,
      schema: { name: 'bzzz_review', schema },
    });
    assert.ok(reviewAnswer.parse(JSON.parse(answer.text)).findings.length > 0);
    assert.equal(answer.finishReason, 'stop');
    assert.equal(answer.serviceTier, null);
    assert.ok(answer.usage && answer.usage.inputTokens > 0);
    const request = { model: models.byTier.premium, messages: [], maxTokens: 1 };
    const { provider, costMicroUsd, price } = models.gateway.quote(request);
    assert.deepEqual([provider, costMicroUsd, price.free], ['offline model', 0, true]);
  });

  it('go to the server that has them, each with its own key and words', async (t) => {
    await using main = await FakeProvider.start();
    await using other = await FakeProvider.start();
    const models = await open(
      t,
      {
        api: 'responses',
        serviceTier: 'flex',
        model: 'gpt-5-mini',
        prices: { ours: { free: true } },
        providers: {
          house: {
            baseUrl: other.baseUrl,
            models: ['ours'],
            apiKeyEnv: 'HOUSE_KEY',
            legacyMaxTokens: true,
          },
        },
        fallbacks: { 'gpt-5-mini': ['ours'] },
      },
      { OPENAI_BASE_URL: main.baseUrl, OPENAI_API_KEY: 'main', HOUSE_KEY: 'house' },
    );
    await ask(models, 'gpt-5-mini');
    await ask(models, 'ours');
    const [atMain, atOther] = [main.seen[0], other.seen[0]];
    assert.equal(atMain?.headers.authorization, 'Bearer main');
    assert.deepEqual([atMain.api, atMain.body.service_tier], ['responses', 'flex']);
    assert.equal(atOther?.headers.authorization, 'Bearer house');
    assert.deepEqual([atOther.api, atOther.body.service_tier], ['chat', undefined]);
    assert.equal(atOther.body.max_tokens, 50);
    const quote = (model: string) => models.gateway.quote({ model, messages: [], maxTokens: 1 });
    assert.equal(quote('gpt-5-mini').terms.serviceTier, 'flex');
    assert.equal(quote('ours').terms.serviceTier, 'standard');
    assert.equal(quote('ours').provider, 'house');
    assert.deepEqual(models.gateway.fallbacks('gpt-5-mini'), ['ours']);
  });

  it('are refused when a variable with a key is not set', async (t) => {
    const house = { baseUrl: 'http://127.0.0.1:1/v1', models: ['ours'], apiKeyEnv: 'HOUSE_KEY' };
    await assert.rejects(open(t, { provider: 'openai', providers: { house } }), {
      code: 'ARGUMENT_INVALID',
      message: /^the environment has no HOUSE_KEY, which llm.providers names/,
    });
  });

  it('are refused when a model to ask instead has no price', async (t) => {
    const fallbacks = { 'gpt-5-mini': ['gpt-99'] };
    await assert.rejects(open(t, { provider: 'openai', fallbacks }), { code: 'MODEL_UNKNOWN' });
  });
});

it('a price that cannot be used leaves no server behind', async (t) => {
  const servers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'TCPServerWrap');
  const before = servers().length;
  const nonsense = { provider: 'offline', prices: { m: { input: '3', output: '1' } } };
  await assert.rejects(open(t, nonsense), { code: 'ARGUMENT_INVALID' });
  assert.equal(servers().length, before);
});
