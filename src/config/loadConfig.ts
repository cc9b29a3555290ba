import { basename, join } from 'node:path';
import { scopeKinds } from '../../events/index.ts';
import { gitRoot } from './gitRoot.ts';
import { environmentLayer, fileLayer, flagLayer, type Start } from './layers.ts';
import { flatten, nest, type Layer, type Leaf, type Leaves } from './leaves.ts';
import { misfit } from './problem.ts';
import { settings, sources, type Settings } from './settings.ts';

/** The settings in effect. Paths are absolute, money is integer micro-dollars. */
export type Config = Omit<Settings, 'budget' | 'llm'> & {
  readonly budget: {
    /** Caps by scope (`role:architect`) or kind of scope (`task`); null for a kind without one of its own. */
    readonly limitsMicroUsd: Readonly<Record<string, number | null>>;
    readonly labels: Readonly<Record<string, string>>;
    readonly alertsPct: readonly number[];
    readonly holdMs: number;
  };
  readonly llm: Omit<Settings['llm'], 'provider' | 'model'> & {
    readonly provider: 'offline' | 'openai';
  };
};

/** A setting in effect: `from` is the file, variable or option that it came from. */
export type Explanation = {
  readonly path: string;
  readonly value: unknown;
  readonly layer: Layer;
  readonly from: string;
};

/**
 * The settings in effect: defaults, then the file, then the environment, then the command line. Refusal
 * ARGUMENT_INVALID names the place, the setting and what was expected, never the value.
 */
export async function loadConfig(start: Start): Promise<Config> {
  const { budget, llm, ...rest } = parse(await readLayers(start));
  const { provider, model: _model, ...models } = llm;
  return {
    ...rest,
    budget: {
      limitsMicroUsd: limitsOf(budget),
      labels: budget.labels,
      alertsPct: budget.alertsPct,
      holdMs: budget.holdMs,
    },
    llm: { ...models, provider: provider === 'openai' ? 'openai' : 'offline' },
  };
}

/** Each setting in effect and where it came from, without secrets: what `bzzz config show` prints. */
export async function explainConfig(start: Start): Promise<Explanation[]> {
  const leaves = await readLayers(start);
  return flatten(parse(leaves)).map(([path, value]) => {
    const { layer, from } = leaves.get(path) ?? byDefault(value);
    return { path, value: shown(path, value), layer, from };
  });
}

async function readLayers(start: Start): Promise<Leaves> {
  const root = await gitRoot(start.cwd);
  const leaves = new Map<string, Leaf>([
    ['project', byDefault(nameOf(root))],
    ['data', byDefault(join(root, '.bzzz'))],
    ...(await fileLayer(start, root)),
    ...environmentLayer(start),
    ...flagLayer(start),
  ]);
  for (const [tier, leaf] of unnamedTiers(leaves)) leaves.set(tier, leaf);
  const provider = leaves.get('llm.provider');
  if (provider === undefined || provider.value === 'auto')
    leaves.set('llm.provider', foundProvider(leaves));
  return leaves;
}

function byDefault(value: unknown): Leaf {
  return { value, layer: 'default', from: 'default' };
}

/**
 * A server of one's own does not have OpenAI's models: there, a tier that nobody named a model for has that
 * of the nearest tier with one.
 */
function unnamedTiers(leaves: Leaves): [path: string, leaf: Leaf][] {
  if (!leaves.has('llm.baseUrl')) return [];
  const order = ['economy', 'standard', 'premium'].map((tier) => `llm.models.${tier}`);
  return order.flatMap((path, at) => {
    const nearest = order
      .toSorted((a, b) => Math.abs(order.indexOf(a) - at) - Math.abs(order.indexOf(b) - at))
      .flatMap((other) => leaves.get(other) ?? [])[0];
    return nearest && !leaves.has(path) ? [[path, nearest] as [string, Leaf]] : [];
  });
}

/** What `auto` means here, and because of what. */
function foundProvider(leaves: Leaves): Leaf {
  const reason =
    leaves.get('llm.apiKey') ?? leaves.get('llm.keysFile') ?? leaves.get('llm.baseUrl');
  return reason ? { ...reason, value: 'openai' } : byDefault('offline');
}

/** The last part of a path, made fit for an address. */
function nameOf(path: string): string {
  const name = basename(path)
    .replaceAll(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 64);
  return name || 'project';
}

function parse(leaves: Leaves): Settings {
  const { success, data, error } = settings.safeParse(nest(leaves));
  if (success) return data;
  const at = error.issues[0]?.path.join('.') ?? '';
  const leaf = [...leaves].find(([path]) => `${at}.`.startsWith(`${path}.`));
  throw misfit(leaf?.[1].from ?? 'configuration', error);
}

function limitsOf({ scopesUsd, ...caps }: Settings['budget']): Record<string, number | null> {
  const kinds = scopeKinds.map((kind): [string, number | null] => {
    const cap = caps[`${kind}Usd`];
    return [kind, cap === null ? null : microUsd(cap)];
  });
  const single = Object.entries(scopesUsd).map(([scope, cap]) => [scope, microUsd(cap)] as const);
  return Object.fromEntries([...kinds, ...single]);
}

/** Exact: the schema lets no more than six decimals and nine digits through. */
function microUsd(usd: number | string): number {
  const [whole = '', fraction = ''] = String(usd).split('.');
  return Number(whole + fraction.padEnd(6, '0'));
}

function shown(path: string, value: unknown): unknown {
  if (sources.some((source) => source.path === path && source.secret))
    return value === null ? 'not set' : 'set';
  return typeof value === 'string' && path.toLowerCase().endsWith('url') && URL.canParse(value)
    ? withoutLogin(new URL(value))
    : value;
}

/** Where a URL points, without the name, password and options that may be in it. */
function withoutLogin({ protocol, host, pathname }: URL): string {
  return `${protocol}//${host}${pathname}`;
}
