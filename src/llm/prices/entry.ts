import { z } from 'zod';
import { modelPrice } from '../../../events/index.ts';
import type { ModelPrice, Rates } from '../../../events/index.ts';

/**
 * One price of a model as people write it, decimal USD per 1M tokens, and its conversion to what is
 * computed with and recorded: whole micro-dollars per 1M tokens, exactly, never through floats.
 */

const usd = z.string().regex(/^\d{1,6}(?:\.\d{1,6})?$/, 'must be USD per 1M tokens, like "2.50"');
const tokenCount = z.int().min(1);

const rates = {
  input: usd,
  /** Input read from the provider's cache. Absent: no discount is known, so none is counted on. */
  cachedInput: usd.optional(),
  /** Input written to the provider's cache. Absent: costs what input costs. */
  cacheWrite: usd.optional(),
  output: usd,
  /** Output that is thought and not shown. Absent: costs what output costs. */
  reasoning: usd.optional(),
};
type WrittenRates = z.infer<z.ZodObject<typeof rates>>;

/** Rates of another service tier, which is not sold unless it is given. */
const tierRates = z.strictObject({ ...rates, longContext: z.strictObject(rates).optional() });

const common = {
  /** The first day, UTC, of an entry; it ends with the next one. The first of a model holds for ever before. */
  effectiveFrom: z.iso.date().optional(),
  maxInputTokens: tokenCount.optional(),
  maxOutputTokens: tokenCount.optional(),
  encoding: z.enum(['o200k', 'cl100k', 'bytes']).default('bytes'),
  /** responses: not offered over Chat Completions. */
  api: z.enum(['chat', 'responses']).default('chat'),
};

/** The rates at the top are those of the standard tier. */
const paidEntry = z.strictObject({
  ...rates,
  /** The rates of the whole call once its input is longer than that. */
  longContext: z.strictObject({ aboveInputTokens: tokenCount, ...rates }).optional(),
  flex: tierRates.optional(),
  priority: tierRates.optional(),
  upliftPct: modelPrice.shape.upliftPct.default({}),
  ...common,
});

/** Costs nothing because somebody said so, never because a price is missing. */
const freeEntry = z.strictObject({ free: z.literal(true), ...common });

export type PriceEntry = z.infer<typeof paidEntry> | z.infer<typeof freeEntry>;

export type ShapeProblem = { readonly field: string; readonly message: string };

/** The entry, or what is wrong with its shape; null stands for the entry then. */
export function parseEntry(written: unknown): {
  entry: PriceEntry | null;
  problems: readonly ShapeProblem[];
} {
  const isFree = typeof written === 'object' && written !== null && 'free' in written;
  const { success, data, error } = (isFree ? freeEntry : paidEntry).safeParse(written);
  if (success) return { entry: data, problems: [] };
  const problems = error.issues.map(({ code, path, message }) => ({
    field: code === 'unrecognized_keys' ? 'unknown' : path.join('.'),
    message: [...path, ''].join(': ') + message,
  }));
  return { entry: null, problems };
}

/** An entry as the ledger records it. What is free is so in every service tier. */
export function priceOf(entry: PriceEntry): ModelPrice {
  if ('free' in entry) {
    const tiers = { flex: nothing, standard: nothing, priority: nothing };
    return { free: true, longAboveTokens: null, tiers, upliftPct: {} };
  }
  const { longContext, flex, priority, upliftPct } = entry;
  return {
    free: false,
    longAboveTokens: longContext?.aboveInputTokens ?? null,
    tiers: {
      standard: tierOf(entry),
      ...(flex && { flex: tierOf(flex) }),
      ...(priority && { priority: tierOf(priority) }),
    },
    upliftPct,
  };
}

type TierRates = ModelPrice['tiers']['standard'];

const noRates: Rates = { input: 0, cachedInput: 0, cacheWrite: 0, output: 0, reasoning: 0 };
const nothing: TierRates = { base: noRates, long: null };

function tierOf(written: WrittenRates & { longContext?: WrittenRates | undefined }): TierRates {
  const { longContext } = written;
  return { base: ratesOf(written), long: longContext ? ratesOf(longContext) : null };
}

function ratesOf(written: WrittenRates): Rates {
  const { input, cachedInput, cacheWrite, output, reasoning } = written;
  return {
    input: microUsd(input),
    cachedInput: microUsd(cachedInput ?? input),
    cacheWrite: microUsd(cacheWrite ?? input),
    output: microUsd(output),
    reasoning: microUsd(reasoning ?? output),
  };
}

/** At most twelve digits, which a number holds exactly. */
function microUsd(written: string): number {
  const [whole = '', fraction = ''] = written.split('.');
  return Number(whole + fraction.padEnd(6, '0'));
}
