import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { loadConfig, loadRoles } from '../../../src/config/index.ts';
import type { Role } from '../../../src/shared/prompt/index.ts';
import { workTree } from './workTree.ts';

function role(name: string, title = `The ${name}`): Role {
  return {
    name,
    title,
    prompt: 'Look closely.',
    capabilities: ['review'],
    tier: 'economy',
    memory: { notes: 5 },
  };
}

async function roles(
  t: TestContext,
  file: object,
  files: Readonly<Record<string, unknown>> = {},
): Promise<Role[]> {
  const cwd = await workTree(t, {
    'bzzz.json': file,
    'built-in/reviewer.json': role('reviewer'),
    'built-in/architect.json': role('architect'),
    'built-in/README.md': 'not a role',
    ...files,
  });
  return loadRoles(await loadConfig({ cwd, env: {}, flags: {} }), join(cwd, 'built-in'));
}

describe('the roles of a review', () => {
  it('come in the order of the configuration', async (t) => {
    const found = await roles(t, { roles: ['reviewer', 'architect'] });
    assert.deepEqual(found, [role('reviewer'), role('architect')]);
  });

  it('may come from files of the user, also in place of a built-in one', async (t) => {
    const found = await roles(
      t,
      { roles: ['legal', 'reviewer'], roleFiles: ['mine/legal.json', 'mine/reviewer.json'] },
      { 'mine/legal.json': role('legal'), 'mine/reviewer.json': role('reviewer', 'Mine') },
    );
    assert.deepEqual(found, [role('legal'), role('reviewer', 'Mine')]);
  });

  for (const [where, file] of Object.entries({
    'list of roles': { roles: ['reviewer', 'secruity'] },
    vetoes: { roles: ['reviewer'], policy: { vetoRoles: ['secruity'] } },
    weights: { roles: ['reviewer'], policy: { weights: { secruity: 3 } } },
  }))
    it(`are refused when the ${where} names one that no file has`, async (t) => {
      await assert.rejects(roles(t, file), {
        code: 'ROLE_UNKNOWN',
        message:
          'no role is called "secruity"; known are architect, reviewer; add others with roleFiles',
      });
    });

  for (const [problem, content] of Object.entries({
    'tier: expected one of economy, standard, premium': { ...role('x'), tier: 'cheap' },
    'prompt: expected a text': { ...role('x'), prompt: undefined },
    'memory.notes: expected at most 100': { ...role('x'), memory: { notes: 101 } },
    'expected JSON': 'name: x',
  }))
    it(`are refused with the file and the field: ${problem}`, async (t) => {
      const files = { 'mine/x.json': content };
      await assert.rejects(roles(t, { roles: ['reviewer'], roleFiles: ['mine/x.json'] }, files), {
        code: 'ARGUMENT_INVALID',
        message: new RegExp(`/mine/x\\.json: ${problem}$`),
      });
    });

  it('are refused when a file is missing', async (t) => {
    await assert.rejects(roles(t, { roles: ['reviewer'], roleFiles: ['mine/x.json'] }), {
      code: 'ARGUMENT_INVALID',
      message: /^roleFiles: there is no file .*\/mine\/x\.json$/,
    });
  });
});
