import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { loadConfig, type Config } from '../../../src/config/index.ts';
import type { Start } from '../../../src/config/layers.ts';
import { workTree } from './workTree.ts';

type Given = { file?: unknown; env?: Start['env']; flags?: Start['flags'] };

async function load(t: TestContext, { file, env = {}, flags = {} }: Given = {}): Promise<Config> {
  const cwd = await workTree(t, file === undefined ? {} : { 'bzzz.json': file });
  return loadConfig({ cwd, env, flags });
}

describe('the configuration', () => {
  it('has a default for everything', async (t) => {
    const cwd = await workTree(t);
    assert.deepEqual(await loadConfig({ cwd, env: {}, flags: {} }), {
      project: 'chorus',
      node: { name: 'local' },
      data: join(cwd, '.bzzz'),
      roles: ['architect', 'reviewer', 'documentation', 'performance'],
      roleFiles: [],
      policy: {
        rule: 'majority',
        thresholdPct: 67,
        quorumPct: 50,
        minParticipants: 2,
        vetoRoles: [],
        weights: {},
        blockingSeverity: 'medium',
        discussionRounds: 1,
        escalationMs: 86_400_000,
        onSilence: 'changes_requested',
      },
      review: {
        deadlineMs: 1_800_000,
        maxTokens: { review: 4000, vote: 3000, discuss: 1500, summarise: 1000 },
        turnMs: 600_000,
        contextTokens: 60_000,
      },
      budget: {
        limitsMicroUsd: {
          task: 1_000_000,
          thread: null,
          agent: null,
          role: null,
          project: null,
          day: 10_000_000,
          month: null,
        },
        labels: {},
        alertsPct: [50, 80, 100],
        holdMs: 900_000,
      },
      llm: {
        provider: 'offline',
        apiKey: null,
        baseUrl: null,
        models: { economy: 'gpt-5.4-nano', standard: 'gpt-5.4-mini', premium: 'gpt-5.4' },
        attemptsMax: 4,
        idleTimeoutMs: 300_000,
        prices: {},
        keysFile: null,
        api: 'chat',
        serviceTier: 'standard',
        region: null,
        limits: { requestsPerMinute: null, tokensPerMinute: null, concurrency: 64 },
        fallbacks: {},
        providers: {},
        choice: 'risk',
      },
      redact: { personalData: true, ipAddresses: false },
      checkpoint: { everyMs: 60_000, file: null },
      views: { url: 'sqlite' },
    });
  });

  it('lets options win over the environment, and that over the file', async (t) => {
    const file = { project: 'of-file', roles: ['reviewer'], policy: { rule: 'weighted' } };
    const env = { BZZZ_PROJECT: 'of-env', BZZZ_ROLES: 'architect, performance' };
    const { project, roles, policy } = await load(t, { file, env, flags: { project: 'of-flag' } });
    assert.deepEqual(
      { project, roles, rule: policy.rule, quorumPct: policy.quorumPct },
      { project: 'of-flag', roles: ['architect', 'performance'], rule: 'weighted', quorumPct: 50 },
    );
  });

  it('replaces weights and prices as a whole', async (t) => {
    const prices = { 'my-model.v1': { free: true } };
    const { policy, llm } = await load(t, {
      file: { policy: { weights: { a: 2 } }, llm: { prices } },
    });
    assert.deepEqual(policy.weights, { a: 2 });
    assert.deepEqual(llm.prices, prices);
  });

  it('takes bzzz.json and the data directory from the git root one stands in', async (t) => {
    const root = await workTree(t, { 'bzzz.json': { node: { name: 'n1' } } });
    const cwd = join(root, 'deep/down');
    await mkdir(cwd, { recursive: true });
    const { node, data } = await loadConfig({ cwd, env: {}, flags: {} });
    assert.deepEqual([node.name, data], ['n1', join(root, '.bzzz')]);
  });

  it('reads relative paths from where they were written down', async (t) => {
    const file = { data: 'of-file', roleFiles: ['roles/x.json', '/abs/y.json'] };
    const cwd = await workTree(t, { 'conf/my.json': file });
    const flags = { config: 'conf/my.json' };
    const { data, roleFiles } = await loadConfig({ cwd, env: {}, flags });
    assert.equal(data, join(cwd, 'conf/of-file'));
    assert.deepEqual(roleFiles, [join(cwd, 'conf/roles/x.json'), '/abs/y.json']);
    const named = await loadConfig({ cwd, env: { BZZZ_DATA: 'of-env' }, flags });
    assert.equal(named.data, join(cwd, 'of-env'));
  });

  it('gives one model to every tier, unless the same place names one for a tier', async (t) => {
    const file = { llm: { model: 'all', models: { premium: 'best' } } };
    assert.deepEqual((await load(t, { file })).llm.models, {
      economy: 'all',
      standard: 'all',
      premium: 'best',
    });
    assert.deepEqual((await load(t, { file, flags: { model: 'mine' } })).llm.models, {
      economy: 'mine',
      standard: 'mine',
      premium: 'mine',
    });
  });

  it('takes a variable that is empty for not set, and trims the others', async (t) => {
    const { project, llm } = await load(t, { env: { BZZZ_PROJECT: '', OPENAI_API_KEY: 'sk-1\n' } });
    assert.deepEqual([project, llm.apiKey], ['chorus', 'sk-1']);
  });

  it('leaves variables alone that it does not know', async (t) => {
    await load(t, { env: { BZZZ_SERVICE_HOST: '10.0.0.1', BZZZ_PORT: 'tcp://10.0.0.1:80' } });
  });

  it('leaves options alone that are no settings', async (t) => {
    await load(t, { flags: { format: 'json', verbose: true } });
  });
});

describe('the provider', () => {
  for (const [env, provider] of [
    [{}, 'offline'],
    [{ OPENAI_API_KEY: 'sk-1' }, 'openai'],
    [{ OPENAI_BASE_URL: 'http://localhost:11434/v1' }, 'openai'],
    [{ OPENAI_API_KEY: 'sk-1', BZZZ_LLM_PROVIDER: 'offline' }, 'offline'],
    [{ OPENAI_API_KEY: 'sk-1', BZZZ_LLM_PROVIDER: 'auto' }, 'openai'],
    [{ BZZZ_LLM_PROVIDER: 'openai' }, 'openai'],
  ] as const)
    it(`is ${provider} with ${Object.keys(env).join(' and ') || 'nothing'} set`, async (t) => {
      assert.equal((await load(t, { env })).llm.provider, provider);
    });
});

describe('a budget', () => {
  for (const [usd, microUsd] of [
    [0, 0],
    [1, 1_000_000],
    [0.1, 100_000],
    ['0.000001', 1],
    [4.35, 4_350_000],
    ['2.5', 2_500_000],
    ['999999999.999999', 999_999_999_999_999],
  ] as const)
    it(`of ${JSON.stringify(usd)} dollars is ${microUsd} micro-dollars`, async (t) => {
      const { budget } = await load(t, { file: { budget: { taskUsd: usd } } });
      assert.equal(budget.limitsMicroUsd['task'], microUsd);
    });

  for (const usd of [-1, 1e-7, 1e21, 0.1 + 0.2, '1.0000001', '1e3', ' 1', '', '1,5', true])
    it(`of ${JSON.stringify(usd)} is refused`, async (t) => {
      await assert.rejects(load(t, { file: { budget: { dayUsd: usd } } }), {
        code: 'ARGUMENT_INVALID',
        message: /^bzzz\.json: budget\.dayUsd: expected dollars/,
      });
    });
});

describe('the name of a project', () => {
  for (const [folder, project] of [
    ['My Repo', 'My-Repo'],
    ['.dotfiles', 'dotfiles'],
    ['日本', 'project'],
    ['x'.repeat(80), 'x'.repeat(64)],
  ] as const)
    it(`is ${project} in a folder called ${folder}`, async (t) => {
      const root = await workTree(t, { [`${folder}/.git`]: 'gitdir: elsewhere' });
      const config = await loadConfig({ cwd: join(root, folder), env: {}, flags: {} });
      assert.equal(config.project, project);
    });
});

describe('the models of the tiers', () => {
  const models = async (t: TestContext, llm: object) =>
    Object.values((await load(t, { file: { llm } })).llm.models);

  it('are those of the nearest tier that is named, where the server is one of their own', async (t) => {
    const baseUrl = 'http://localhost:1/v1';
    assert.deepEqual(await models(t, { baseUrl, models: { standard: 'a' } }), ['a', 'a', 'a']);
    const two = { baseUrl, models: { economy: 'a', premium: 'b' } };
    assert.deepEqual(await models(t, two), ['a', 'a', 'b']);
  });

  it('are those of the provider otherwise', async (t) =>
    assert.deepEqual(await models(t, { models: { standard: 'a' } }), [
      'gpt-5.4-nano',
      'a',
      'gpt-5.4',
    ]));
});

describe('a setting whose keys are names', () => {
  it('keeps names with dots, and finds files beside the configuration', async (t) => {
    const local = { baseUrl: 'http://localhost:1/v1', models: ['m.1'], keysFile: 'keys' };
    const llm = { fallbacks: { 'gpt-5.4': ['gpt-4.1'] }, providers: { local }, keysFile: 'mine' };
    const budget = { scopesUsd: { 'role:architect': 0.5 }, labels: { team: 'a.b' } };
    const config = await load(t, { file: { llm, budget } });
    assert.deepEqual(config.llm.fallbacks, llm.fallbacks);
    assert.equal(config.llm.providers['local']?.keysFile?.endsWith('/keys'), true);
    assert.equal(config.llm.keysFile?.endsWith('/mine'), true);
    assert.equal(config.budget.limitsMicroUsd['role:architect'], 500_000);
    assert.deepEqual(config.budget.labels, budget.labels);
    assert.equal(config.llm.provider, 'openai');
  });

  it('refuses a label that is a scope of its own', async (t) => {
    await assert.rejects(load(t, { file: { budget: { labels: { task: 'x' } } } }), {
      code: 'ARGUMENT_INVALID',
    });
  });
});

it('a deadline of more than a year is refused before anything is written', async (t) => {
  await assert.rejects(load(t, { file: { policy: { escalationMs: 1e15 } } }), {
    code: 'ARGUMENT_INVALID',
  });
});

it('a cap of a scope that nothing counts in is refused', async (t) => {
  await assert.rejects(load(t, { file: { budget: { scopesUsd: { 'banana:x': 1 } } } }), {
    code: 'ARGUMENT_INVALID',
    message: /scopesUsd/,
  });
});
