import { z } from 'zod';
import type { ModelPrice, Rates } from '../../../events/index.ts';
import { parseEntry, priceOf, type PriceEntry, type ShapeProblem } from './entry.ts';

/**
 * What makes no sense in a table of prices: slips of the decimal point, swapped columns, forgotten fields.
 * Real tables have had them all. A price that is plausible and wrong is not found this way.
 */

export type PriceRule =
  | 'shape' /** Not what an entry looks like, or a price that is not a decimal text. */
  | 'unknownField'
  | 'maxTokens' /** Limits are whole numbers above 0. */
  | 'dates' /** Several entries of a model each have a date, and follow each other. */
  | 'zero' /** A price of 0 is said with `free`. */
  | 'cachedInput' /** Never dearer than input. */
  | 'cacheWrite' /** Never cheaper than input, and dearer everywhere if it is so in the standard tier. */
  | 'output' /** Never cheaper than input. */
  | 'reasoning' /** Never cheaper than output. */
  | 'longContext' /** Never cheaper than a short one, and known for every tier or for none. */
  | 'tierOrder'; /** Flex is never dearer than standard, priority never cheaper. */

/** `model` is null for what is wrong with the book itself. */
export type PriceProblem = {
  readonly model: string | null;
  readonly rule: PriceRule;
  readonly message: string;
};

/** What a book says besides its prices. */
export const bookHeader = z.strictObject({
  version: z.string().min(1),
  /** The day on which its entries without a date were looked up. */
  effectiveFrom: z.iso.date(),
  unit: z.literal('USD per 1M tokens'),
  source: z.string().min(1),
  notes: z.array(z.string()).optional(),
  models: z.record(z.string(), z.unknown()),
});

/** Everything that is wrong with a book of the form of prices.json; nothing for a good one. */
export function lintPriceBook(book: unknown): readonly PriceProblem[] {
  const { success, data, error } = bookHeader.safeParse(book);
  if (!success)
    return error.issues.map(({ code, path, message }) => ({
      model: null,
      rule: code === 'unrecognized_keys' ? 'unknownField' : 'shape',
      message: [...path, ''].join(': ') + message,
    }));
  return Object.entries(data.models).flatMap(
    ([model, written]) => readModel(model, written).problems,
  );
}

/** The entries of a model, oldest first, and what is wrong with them. One entry may stand for the list. */
export function readModel(
  model: string,
  written: unknown,
): { entries: readonly PriceEntry[]; problems: readonly PriceProblem[] } {
  const list: readonly unknown[] = Array.isArray(written) ? written : [written];
  const read = list.map(parseEntry);
  const entries = read.flatMap(({ entry }) => entry ?? []);
  const found: (readonly [PriceRule, string])[] = [
    ...(list.length === 0 ? [['shape', 'an empty list is no price'] as const] : []),
    ...read.flatMap(({ problems }) => problems.map((problem) => shapeRule(problem))),
    ...entries.flatMap((entry) => [...nonsense(priceOf(entry))]),
    ...(Array.isArray(written) ? datesOf(entries) : []),
  ];
  return { entries, problems: found.map(([rule, message]) => ({ model, rule, message })) };
}

function shapeRule({ field, message }: ShapeProblem): readonly [PriceRule, string] {
  if (field === 'unknown') return ['unknownField', message];
  return [/^max(?:In|Out)putTokens$/.test(field) ? 'maxTokens' : 'shape', message];
}

function* datesOf(entries: readonly PriceEntry[]): Iterable<readonly [PriceRule, string]> {
  let before = '';
  for (const { effectiveFrom } of entries) {
    if (effectiveFrom === undefined) yield ['dates', 'each entry of a list needs effectiveFrom'];
    else if (effectiveFrom <= before)
      yield ['dates', `effectiveFrom ${effectiveFrom} does not follow ${before}`];
    before = effectiveFrom ?? before;
  }
}

function* nonsense(price: ModelPrice): Iterable<readonly [PriceRule, string]> {
  if (price.free) return;
  const { flex, standard, priority } = price.tiers;
  const writesCostMore = standard.base.cacheWrite > standard.base.input;
  for (const [name, tier] of Object.entries({ flex, standard, priority })) {
    if (!tier) continue;
    yield* nonsenseOf(name, tier.base, writesCostMore);
    if ((tier.long === null) !== (price.longAboveTokens === null))
      yield ['longContext', `${name}: give longContext for every tier or for none`];
    if (tier.long === null) continue;
    yield* nonsenseOf(`${name}, long context`, tier.long, writesCostMore);
    yield* cheaper('longContext', [`${name}, long context`, tier.long], [name, tier.base]);
  }
  for (const length of ['base', 'long'] as const) {
    const at = standard[length];
    if (at && flex?.[length]) yield* cheaper('tierOrder', ['standard', at], ['flex', flex[length]]);
    if (at && priority?.[length])
      yield* cheaper('tierOrder', ['priority', priority[length]], ['standard', at]);
  }
}

function* nonsenseOf(
  where: string,
  { input, cachedInput, cacheWrite, output, reasoning }: Rates,
  writesCostMore: boolean,
): Iterable<readonly [PriceRule, string]> {
  if (Math.min(input, cachedInput, cacheWrite, output, reasoning) === 0)
    yield ['zero', `${where}: a price of 0 has to be said with "free": true`];
  if (cachedInput > input)
    yield ['cachedInput', `${where}: cached input cannot be dearer than input`];
  if (cacheWrite < input)
    yield ['cacheWrite', `${where}: a cache write cannot be cheaper than input`];
  if (writesCostMore && cacheWrite === input)
    yield ['cacheWrite', `${where}: cacheWrite is missing, and dearer than input elsewhere`];
  if (output < input) yield ['output', `${where}: output cannot be cheaper than input`];
  if (reasoning < output) yield ['reasoning', `${where}: reasoning cannot be cheaper than output`];
}

const components = ['input', 'cachedInput', 'cacheWrite', 'output', 'reasoning'] as const;
type Named = readonly [name: string, rates: Rates];

/** The components in which what should be the dearer one is not. */
function* cheaper(
  rule: PriceRule,
  [dearName, dear]: Named,
  [cheapName, cheap]: Named,
): Iterable<readonly [PriceRule, string]> {
  for (const component of components)
    if (dear[component] < cheap[component])
      yield [rule, `${dearName}: ${component} cannot be cheaper than in ${cheapName}`];
}
