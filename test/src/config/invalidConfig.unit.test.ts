import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadConfig } from '../../../src/config/index.ts';
import type { Start } from '../../../src/config/layers.ts';
import { workTree } from './workTree.ts';

const cases: Readonly<
  Record<string, { file?: unknown; env?: Start['env']; flags?: Start['flags'] }>
> = {
  'bzzz.json: expected JSON': { file: '{"llm": ' },
  'bzzz.json: expected an object': { file: [] },
  'bzzz.json: unknown key "__proto__"; known here: project, node, data, roles, roleFiles, policy, review, budget, llm, redact, checkpoint, views':
    { file: '{"__proto__": {"data": "x"}}' },
  'bzzz.json: node: unknown key "nmae"; known here: name': { file: { node: { nmae: 'a' } } },
  'bzzz.json: policy: expected an object': { file: { policy: 3 } },
  'bzzz.json: policy.rule: expected one of majority, supermajority, unanimity, weighted': {
    file: { policy: { rule: 'loudest' } },
  },
  'bzzz.json: policy.quorumPct: expected at most 100': { file: { policy: { quorumPct: 101 } } },
  'bzzz.json: policy.weights.reviewer: expected a whole number': {
    file: { policy: { weights: { reviewer: 0.5 } } },
  },
  'bzzz.json: project: expected a name: letters, digits and ._- , up to 64': {
    file: { project: 'a b' },
  },
  'bzzz.json: data: must not be empty': { file: { data: '' } },
  'bzzz.json: roles: must not be empty': { file: { roles: [] } },
  'bzzz.json: roles.1: expected a text': { file: { roles: ['reviewer', 3] } },
  'bzzz.json: roles: expected each role once': { file: { roles: ['reviewer', 'reviewer'] } },
  'bzzz.json: llm.apiKey: a secret does not belong in a file: set OPENAI_API_KEY': {
    file: { llm: { apiKey: 'sk-secret' } },
  },
  'bzzz.json: llm.baseUrl: expected an http or https URL': {
    file: { llm: { baseUrl: 'file:///etc/passwd' } },
  },
  'OPENAI_BASE_URL: llm.baseUrl: expected an http or https URL': {
    env: { OPENAI_BASE_URL: 'sk-secret' },
  },
  'BZZZ_REVIEW_DEADLINE_MS: review.deadlineMs: expected a number': {
    env: { BZZZ_REVIEW_DEADLINE_MS: '30m' },
  },
  'BZZZ_VIEWS_URL: views.url: expected sqlite or a postgres:// URL': {
    env: { BZZZ_VIEWS_URL: 'mysql://me:sk-secret@host/db' },
  },
  '--rule: policy.rule: expected one of majority, supermajority, unanimity, weighted': {
    file: { policy: { rule: 'unanimity' } },
    flags: { rule: 'loudest' },
  },
  '--model: llm.models.economy: must not be empty': { flags: { model: '' } },
  '--config: there is no file other.json': { flags: { config: 'other.json' } },
};

describe('a setting that cannot be used', () => {
  for (const [message, { file, env = {}, flags = {} }] of Object.entries(cases))
    it(`is refused: ${message}`, async (t) => {
      const cwd = await workTree(t, file === undefined ? {} : { 'bzzz.json': file });
      await assert.rejects(loadConfig({ cwd, env, flags }), {
        name: 'Refusal',
        code: 'ARGUMENT_INVALID',
        message,
      });
    });

  it('is told by line and column where JSON says so, without the text around it', async (t) => {
    const cwd = await workTree(t, { 'bzzz.json': '{\n  "llm": {"apiKey": "sk-secret",}\n}' });
    await assert.rejects(loadConfig({ cwd, env: {}, flags: {} }), {
      message: 'bzzz.json: line 2 column 33: expected JSON',
    });
  });

  it('does not show a secret that stands where JSON ends', async (t) => {
    const cwd = await workTree(t, { 'bzzz.json': '{"llm": sk-secret}' });
    await assert.rejects(loadConfig({ cwd, env: {}, flags: {} }), {
      message: 'bzzz.json: expected JSON',
    });
  });

  it('is refused when the file is a folder', async (t) => {
    const cwd = await workTree(t, { 'bzzz.json/x': '' });
    await assert.rejects(loadConfig({ cwd, env: {}, flags: {} }), {
      message: 'bzzz.json: cannot be read (EISDIR)',
    });
  });
});
