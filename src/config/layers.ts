import { dirname, join, relative, resolve } from 'node:path';
import { tiers } from '../shared/prompt/index.ts';
import { flatten, isObject, type Layer, type Leaf, type Leaves } from './leaves.ts';
import { invalid, misfit, readJson } from './problem.ts';
import { settings, sources, type Source } from './settings.ts';

/** What a process is started with. */
export type Start = {
  /** Values of options by their long name without dashes; those that are no setting are left alone. */
  readonly flags: Readonly<Record<string, unknown>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
};

const fileSchema = settings.partial({ project: true, data: true });

/** The settings of the file that `--config` names, or of bzzz.json in `root` if there is one. */
export async function fileLayer({ flags, cwd }: Start, root: string): Promise<Leaves> {
  const named = flags['config'];
  const path = typeof named === 'string' ? resolve(cwd, named) : join(root, 'bzzz.json');
  const from = relative(cwd, path);
  const json = await readJson(path, from);
  if (json === undefined && named !== undefined)
    throw invalid('--config', '', `there is no file ${from}`);
  if (json === undefined) return new Map();
  const { error } = fileSchema.safeParse(json);
  if (error) throw misfit(from, error);
  const given = isObject(json) ? flatten(json) : [];
  refuseSecrets(from, given);
  return layer(
    'file',
    dirname(path),
    given.map(([at, value]) => [at, value, from]),
  );
}

function refuseSecrets(from: string, given: readonly [path: string, value: unknown][]): void {
  const secret = sources.find(
    (source) => source.secret && given.some(([at]) => at === source.path),
  );
  if (secret)
    throw invalid(from, secret.path, `a secret does not belong in a file: set ${secret.env}`);
}

/** The settings in environment variables. One that is empty counts as not set. */
export function environmentLayer({ env, cwd }: Start): Leaves {
  const given = sources.flatMap((source) => {
    const text = env[source.env]?.trim() ?? '';
    return text === '' ? [] : [[source.path, read(source, text), source.env] as const];
  });
  return layer('environment', cwd, given);
}

/** The settings among the options of the command line. */
export function flagLayer({ flags, cwd }: Start): Leaves {
  const given = sources.flatMap((source) => {
    const { path, flag } = source;
    const value = flag && flags[flag.slice(2)];
    return flag && value !== undefined ? [[path, read(source, value), flag] as const] : [];
  });
  return layer('flag', cwd, given);
}

function read(source: Source, value: unknown): unknown {
  return typeof value === 'string' && source.read ? source.read(value) : value;
}

const paths: ReadonlySet<string> = new Set([
  'data',
  'roleFiles',
  'llm.keysFile',
  'checkpoint.file',
]);

/** Makes relative paths absolute, and `llm.model` the model of each tier that has none of its own. */
function layer(
  name: Layer,
  folder: string,
  given: readonly (readonly [path: string, value: unknown, from: string])[],
): Leaves {
  const leaves = new Map<string, Leaf>();
  for (const [path, value, from] of given)
    leaves.set(path, {
      value: fromFolder(folder, path, value),
      layer: name,
      from,
    });
  const model = leaves.get('llm.model');
  leaves.delete('llm.model');
  const byTier = model ? tiers.map((tier) => [`llm.models.${tier}`, model] as const) : [];
  return new Map([...byTier, ...leaves]);
}

function fromFolder(folder: string, path: string, value: unknown): unknown {
  if (paths.has(path)) return absolute(folder, value);
  if (path !== 'llm.providers' || !isObject(value)) return value;
  const providers = Object.entries(value).map(([name, provider]: [string, unknown]) => {
    if (!isObject(provider) || !('keysFile' in provider)) return [name, provider] as const;
    return [name, { ...provider, keysFile: absolute(folder, provider.keysFile) }] as const;
  });
  return Object.fromEntries(providers);
}

function absolute(folder: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => absolute(folder, item));
  return typeof value === 'string' && value !== '' ? resolve(folder, value) : value;
}
