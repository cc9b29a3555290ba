import { z } from 'zod';
import { name, type Usage } from './values.ts';

/**
 * What a model costs, as the ledger records it: whole micro-dollars per 1M tokens. Recorded in clear with
 * the first hold that uses it, so that anyone can compute every hold and settlement again.
 */

export const serviceTier = z.enum(['flex', 'standard', 'priority']);
export type ServiceTier = z.infer<typeof serviceTier>;

/** Over any real price, and small enough that every product below stays exact. */
const rate = z.int().min(0).max(1e12);

const rates = z.strictObject({
  input: rate,
  /** Input read from the provider's cache. */
  cachedInput: rate,
  /** Input written to the provider's cache. */
  cacheWrite: rate,
  output: rate,
  /** Output that is thought and not shown; the same as output with most providers. */
  reasoning: rate,
});
export type Rates = z.infer<typeof rates>;

/** `long` holds for the whole call once its input is longer than `longAboveTokens`. */
const tierRates = z.strictObject({ base: rates, long: rates.nullable() });

export const modelPrice = z.strictObject({
  /** Costs nothing because somebody said so, never because a price is missing. */
  free: z.boolean(),
  longAboveTokens: z.int().min(1).nullable(),
  tiers: z.strictObject({
    flex: tierRates.optional(),
    standard: tierRates,
    priority: tierRates.optional(),
  }),
  /** Percent on top of everything for a call that is processed in a region. */
  upliftPct: z.record(name, z.int().min(0).max(1000)),
});
export type ModelPrice = z.infer<typeof modelPrice>;

/** What decides which of a model's rates a call is billed at, besides its length. */
export type BillingTerms = { readonly serviceTier: ServiceTier; readonly region: string | null };

/**
 * The most that a call can cost, in micro-dollars, rounded up: every token of the prompt at the dearest
 * rate of input, every token of the answer at the dearest of output. The rates for long input are never
 * below the others, so a shorter prompt is not dearer. Null when the model is not sold on those terms.
 */
export function worstCaseMicroUsd(
  price: ModelPrice,
  { promptTokens, maxTokens }: { readonly promptTokens: number; readonly maxTokens: number },
  terms: BillingTerms,
): number | null {
  const found = ratesFor(price, promptTokens, terms);
  if (!found) return null;
  const { rates: at, upliftPct } = found;
  const input = BigInt(promptTokens) * BigInt(Math.max(at.input, at.cachedInput, at.cacheWrite));
  const output = BigInt(maxTokens) * BigInt(Math.max(at.output, at.reasoning));
  return microUsd(input + output, upliftPct);
}

/**
 * What a usage costs, in micro-dollars, rounded up. Input whose way through the cache was not reported
 * counts as written to it, where that is dearer. Null when the model is not sold on those terms, or the
 * parts of the usage are more than the whole.
 */
export function costMicroUsd(price: ModelPrice, usage: Usage, terms: BillingTerms): number | null {
  const { inputTokens, cachedInputTokens, cacheWriteTokens, outputTokens, reasoningTokens } = usage;
  const found = ratesFor(price, inputTokens, terms);
  if (!found) return null;
  const { rates: at, upliftPct } = found;
  const fresh = inputTokens - cachedInputTokens;
  const written = cacheWriteTokens ?? (at.cacheWrite > at.input ? fresh : 0);
  if (fresh < 0 || written > fresh || reasoningTokens > outputTokens) return null;
  return microUsd(
    BigInt(cachedInputTokens) * BigInt(at.cachedInput) +
      BigInt(written) * BigInt(at.cacheWrite) +
      BigInt(fresh - written) * BigInt(at.input) +
      BigInt(reasoningTokens) * BigInt(at.reasoning) +
      BigInt(outputTokens - reasoningTokens) * BigInt(at.output),
    upliftPct,
  );
}

function ratesFor(
  { longAboveTokens, tiers, upliftPct }: ModelPrice,
  inputTokens: number,
  terms: BillingTerms,
): { rates: Rates; upliftPct: number } | null {
  const tier = tiers[terms.serviceTier];
  if (!tier) return null;
  const isLong = longAboveTokens !== null && inputTokens > longAboveTokens;
  const uplift = terms.region === null ? 0 : upliftPct[terms.region];
  return { rates: (isLong ? tier.long : null) ?? tier.base, upliftPct: uplift ?? 0 };
}

const tokensPerRate = 1_000_000n;

function microUsd(total: bigint, upliftPct: number): number {
  const divisor = tokensPerRate * 100n;
  return Number((total * BigInt(100 + upliftPct) + divisor - 1n) / divisor);
}
