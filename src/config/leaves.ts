/** From the least to the most particular. */
export type Layer = 'default' | 'file' | 'environment' | 'flag';

/** A setting as it was given: by which layer, and what people call the place. */
export type Leaf = { readonly value: unknown; readonly layer: Layer; readonly from: string };

/** Settings by path, such as `policy.rule`. */
export type Leaves = ReadonlyMap<string, Leaf>;

/** Objects that are one setting as a whole: their keys are not ours. */
const whole: ReadonlySet<string> = new Set([
  'policy.weights',
  'budget.scopesUsd',
  'budget.labels',
  'llm.prices',
  'llm.fallbacks',
  'llm.providers',
]);

/** The settings in a nested object, each with its path. */
export function flatten(value: object, above = ''): [path: string, value: unknown][] {
  return Object.entries(value).flatMap(([key, member]: [string, unknown]) => {
    const path = above + key;
    return isObject(member) && !whole.has(path) ? flatten(member, `${path}.`) : [[path, member]];
  });
}

/** The nested object of some settings. */
export function nest(leaves: Leaves): unknown {
  let nested: unknown = {};
  for (const [path, { value }] of leaves) {
    const branch = path.split('.').reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
    nested = merge(nested, branch);
  }
  return nested;
}

function merge(base: unknown, over: unknown): unknown {
  if (!isObject(base) || !isObject(over)) return over;
  const members = new Map<string, unknown>(Object.entries(base));
  for (const [key, member] of Object.entries(over))
    members.set(key, merge(members.get(key), member));
  return Object.fromEntries(members);
}

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
