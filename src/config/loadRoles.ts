import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Refusal } from '../../events/index.ts';
import { roleSchema, type Role } from '../shared/prompt/index.ts';
import type { Config } from './loadConfig.ts';
import { invalid, misfit, readJson } from './problem.ts';

/**
 * The roles that take part, in the order of the configuration. A role file of the user replaces the
 * built-in one of the same name. Refusal ROLE_UNKNOWN for a name that no file has, also in the policy: a
 * veto that is misspelt would be none. Refusal ARGUMENT_INVALID for a file that is no role.
 */
export async function loadRoles(
  { roles, roleFiles, policy }: Pick<Config, 'roles' | 'roleFiles' | 'policy'>,
  builtInDir: string,
): Promise<Role[]> {
  const builtIn = (await readdir(builtInDir)).filter((file) => file.endsWith('.json')).toSorted();
  const files = [...builtIn.map((file) => join(builtInDir, file)), ...roleFiles];
  const known = new Map<string, Role>();
  for (const role of await Promise.all(files.map(readRole))) known.set(role.name, role);

  const find = (name: string): Role => known.get(name) ?? refuse(name, [...known.keys()]);
  for (const name of [...policy.vetoRoles, ...Object.keys(policy.weights)]) find(name);
  return roles.map(find);
}

async function readRole(file: string): Promise<Role> {
  const json = await readJson(file, file);
  if (json === undefined) throw invalid('roleFiles', '', `there is no file ${file}`);
  const { success, data, error } = roleSchema.safeParse(json);
  if (!success) throw misfit(file, error);
  return data;
}

function refuse(name: string, known: readonly string[]): never {
  throw new Refusal(
    'ROLE_UNKNOWN',
    `no role is called ${JSON.stringify(name)}; known are ${known.join(', ')}; add others with roleFiles`,
    { data: { name, known } },
  );
}
