import { z } from 'zod';
import { canonicalJson, Refusal, sha256Hex } from '../../events/index.ts';
import type { Usage } from '../../events/index.ts';
import type { ModelRequest } from '../ports.ts';
import shippedPrices from './prices.json' with { type: 'json' };
import { promptTokenBound } from './tokens.ts';

/**
 * What models cost. Prices are written as people read them, decimal USD per 1M tokens, and computed with
 * as integers: micro-dollars per 1M tokens, in BigInt, rounded up once at the end.
 */

const price = z.string().regex(/^\d{1,6}(?:\.\d{1,6})?$/, 'must be USD per 1M tokens, like "2.50"');
const tokenCount = z.int().min(1);
const common = {
  maxInputTokens: tokenCount.optional(),
  maxOutputTokens: tokenCount.optional(),
  encoding: z.enum(['o200k', 'bytes']).default('bytes'),
};

const rates = {
  input: price,
  /** Input read from the provider's cache. Absent: no discount is known, so none is counted on. */
  cachedInput: price.optional(),
  /** Input written to the cache, where that is dearer. Usage does not tell it apart from other input. */
  cacheWrite: price.optional(),
  /** Reasoning included. */
  output: price,
};

const paidModel = z.strictObject({
  ...rates,
  /** The rates of the whole call once its input is longer than that. */
  longContext: z.strictObject({ aboveInputTokens: tokenCount, ...rates }).optional(),
  ...common,
});

/** Costs nothing because somebody said so, never because a price is missing. */
const freeModel = z.strictObject({ free: z.literal(true), ...common });

type ModelPrice = z.infer<typeof paidModel> | z.infer<typeof freeModel>;

const shippedBook = z.object({
  version: z.string(),
  effectiveFrom: z.iso.date(),
  models: z.record(z.string(), paidModel),
});

type WorstCase = { promptTokens: number; maxTokens: number; costMicroUsd: number };

export type PriceBook = {
  /** Of the prices that ship with the program; the hash covers overrides too. */
  readonly version: string;
  /** SHA-256 over the canonical JSON of all prices in effect. */
  readonly hash: string;
  /** Refusal MODEL_UNKNOWN if there is no price for the model. */
  require(model: string): void;
  /**
   * The most that a request can cost: every prompt token that there may be, none of them cached, and
   * every token that the model may write. Refusal MODEL_UNKNOWN; ARGUMENT_INVALID if maxTokens is more
   * than the model can write.
   */
  worstCase(request: ModelRequest): WorstCase;
  /** What a usage costs, in micro-dollars, rounded up. Refusal MODEL_UNKNOWN. */
  cost(model: string, usage: Usage): number;
};

/**
 * The shipped prices with `overrides` on top: entries as in prices.json or `{ "free": true }`, by model.
 * Refusal ARGUMENT_INVALID names the entry that is malformed or makes no sense.
 */
export function createPriceBook(overrides: Readonly<Record<string, unknown>> = {}): PriceBook {
  const { version, effectiveFrom, models: shipped } = shippedBook.parse(shippedPrices);
  const models = new Map<string, ModelPrice>(Object.entries(shipped));
  for (const [model, entry] of Object.entries(overrides))
    models.set(model, parseEntry(model, entry));
  for (const [model, entry] of models) checkSense(model, entry);

  const find = (model: string): ModelPrice => {
    const entry = models.get(model);
    if (entry === undefined) throw unknownModel(model);
    return entry;
  };
  return {
    version,
    hash: sha256Hex(canonicalJson({ version, effectiveFrom, models: Object.fromEntries(models) })),
    require: (model) => void find(model),
    worstCase(request) {
      const { model, maxTokens } = request;
      const entry = find(model);
      if (maxTokens > (entry.maxOutputTokens ?? Infinity))
        throw invalid(`${model} writes at most ${entry.maxOutputTokens} tokens, not ${maxTokens}`);
      const promptTokens = promptTokenBound(request, entry.encoding);
      return { promptTokens, maxTokens, costMicroUsd: costOf(entry, promptTokens, 0, maxTokens) };
    },
    cost: (model, { inputTokens, cachedInputTokens, outputTokens }) =>
      costOf(find(model), inputTokens, cachedInputTokens, outputTokens),
  };
}

function costOf(entry: ModelPrice, input: number, cached: number, output: number): number {
  if ('free' in entry) return 0;
  const { longContext } = entry;
  const long = longContext !== undefined && input > longContext.aboveInputTokens;
  const rate = integers(long ? longContext : entry);
  const total =
    BigInt(input - cached) * rate.input +
    BigInt(cached) * rate.cached +
    BigInt(output) * rate.output;
  return Number((total + 999_999n) / 1_000_000n);
}

type Rates = z.infer<z.ZodObject<typeof rates>>;

function integers(of: Rates): { input: bigint; cached: bigint; output: bigint } {
  const input = microUsd(of.cacheWrite ?? of.input);
  return { input, cached: microUsd(of.cachedInput ?? of.input), output: microUsd(of.output) };
}

/** Micro-dollars per 1M tokens. */
function microUsd(usd: string): bigint {
  const [whole = '', fraction = ''] = usd.split('.');
  return BigInt(whole + fraction.padEnd(6, '0'));
}

function parseEntry(model: string, entry: unknown): ModelPrice {
  const isFree = typeof entry === 'object' && entry !== null && 'free' in entry;
  const { success, data, error } = (isFree ? freeModel : paidModel).safeParse(entry);
  if (!success) throw invalid(`the price of "${model}" is malformed: ${z.prettifyError(error)}`);
  return data;
}

/** Catches slips of the decimal point and swapped columns, which real price tables have had. */
function checkSense(model: string, entry: ModelPrice): void {
  if ('free' in entry) return;
  const { longContext = entry } = entry;
  const [base, long] = [integers(entry), integers(longContext)];
  const problem = [entry, longContext].map(nonsenseIn).find((text) => text !== undefined);
  if (problem !== undefined) throw invalid(`the price of "${model}" is off: ${problem}`);
  if (long.input < base.input || long.cached < base.cached || long.output < base.output)
    throw invalid(`the price of "${model}" is off: a long context cannot be cheaper`);
}

function nonsenseIn({
  input,
  cachedInput = input,
  cacheWrite = input,
  output,
}: Rates): string | undefined {
  if (microUsd(cachedInput) === 0n) return 'a price of 0 has to be said with "free": true';
  if (microUsd(cachedInput) > microUsd(input)) return 'cached input cannot be dearer than input';
  if (microUsd(cacheWrite) < microUsd(input)) return 'a cache write cannot be cheaper than input';
  if (microUsd(output) < microUsd(input)) return 'output cannot be cheaper than input';
  return undefined;
}

function unknownModel(model: string): Refusal {
  return new Refusal(
    'MODEL_UNKNOWN',
    `no price is known for the model "${model}", so it is not called: add one to llm.prices in the configuration, in USD per 1M tokens, as "${model}": {"input": "0.50", "output": "1.50"}, or {"free": true} if it costs nothing`,
    { data: { model } },
  );
}

function invalid(message: string): Refusal {
  return new Refusal('ARGUMENT_INVALID', message);
}
