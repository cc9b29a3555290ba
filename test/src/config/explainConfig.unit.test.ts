import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { explainConfig } from '../../../src/config/index.ts';
import type { Start } from '../../../src/config/layers.ts';
import type { Explanation } from '../../../src/config/loadConfig.ts';
import { settings, sources } from '../../../src/config/settings.ts';
import { workTree } from './workTree.ts';

async function explain(
  t: TestContext,
  file: unknown,
  env: Start['env'] = {},
  flags: Start['flags'] = {},
): Promise<Map<string, Omit<Explanation, 'path'>>> {
  const cwd = await workTree(t, { 'bzzz.json': file });
  const explained = await explainConfig({ cwd, env, flags });
  return new Map(explained.map(({ path, ...rest }) => [path, rest]));
}

describe('an explained configuration', () => {
  it('names the place that each setting came from', async (t) => {
    const settled = await explain(
      t,
      { policy: { quorumPct: 60, weights: { reviewer: 2 } } },
      { BZZZ_POLICY_ON_SILENCE: 'approved' },
      { model: 'mine' },
    );
    const [file, environment] = ['bzzz.json', 'BZZZ_POLICY_ON_SILENCE'];
    assert.deepEqual(settled.get('policy.quorumPct'), { value: 60, layer: 'file', from: file });
    assert.deepEqual(settled.get('policy.weights'), {
      value: { reviewer: 2 },
      layer: 'file',
      from: file,
    });
    assert.deepEqual(settled.get('policy.onSilence'), {
      value: 'approved',
      layer: 'environment',
      from: environment,
    });
    assert.deepEqual(settled.get('llm.models.premium'), {
      value: 'mine',
      layer: 'flag',
      from: '--model',
    });
    assert.deepEqual(settled.get('review.deadlineMs'), {
      value: 1_800_000,
      layer: 'default',
      from: 'default',
    });
  });

  it('says because of what a provider was chosen', async (t) => {
    const settled = await explain(t, { llm: { provider: 'auto' } }, { OPENAI_API_KEY: 'sk-1' });
    assert.deepEqual(settled.get('llm.provider'), {
      value: 'openai',
      layer: 'environment',
      from: 'OPENAI_API_KEY',
    });
  });

  it('shows no secret', async (t) => {
    const settled = await explain(
      t,
      {},
      {
        OPENAI_API_KEY: 'sk-secret',
        OPENAI_BASE_URL: 'https://me:sk-secret@models.example/v1?key=sk-secret',
        BZZZ_VIEWS_URL: 'postgres://me:sk-secret@db.example:5433/bzzz?password=sk-secret',
      },
    );
    assert.equal(settled.get('llm.apiKey')?.value, 'set');
    assert.equal(settled.get('llm.baseUrl')?.value, 'https://models.example/v1');
    assert.equal(settled.get('views.url')?.value, 'postgres://db.example:5433/bzzz');
    assert.doesNotMatch(JSON.stringify([...settled]), /sk-secret/);
    assert.equal((await explain(t, {})).get('llm.apiKey')?.value, 'not set');
  });

  it('explains every setting that can be given', async (t) => {
    const settled = await explain(t, {});
    for (const { path } of sources.filter((source) => source.path !== 'llm.model'))
      assert.ok(settled.has(path), path);
    for (const section of Object.keys(settings.shape))
      assert.ok(
        [...settled.keys()].some((path) => path.split('.')[0] === section),
        section,
      );
  });
});

describe('the table of variables and options', () => {
  it('names each of them once', () => {
    for (const key of ['path', 'env', 'flag'] as const) {
      const names = sources.flatMap((source) => source[key] ?? []);
      assert.deepEqual(names, [...new Set(names)]);
    }
  });
});
