import { canonicalJson, Refusal, sha256Hex, worstCaseMicroUsd } from '../../events/index.ts';
import type { BillingTerms, Json, ModelPrice } from '../../events/index.ts';
import type { ModelRequest, Quote } from '../ports.ts';
import shippedPrices from './prices.json' with { type: 'json' };
import { priceOf, type PriceEntry } from './prices/entry.ts';
import { bookHeader, readModel } from './prices/lint.ts';
import { promptTokenBound } from './tokens.ts';

/** What models cost, for whom: one service tier and one region. The arithmetic is that of the events. */
export type PriceBook = {
  /** Of the prices that ship with the program; the hash covers overrides too. */
  readonly version: string;
  /** SHA-256 over the canonical JSON of all prices in force. */
  readonly hash: string;
  has(model: string): boolean;
  /** Refusal MODEL_UNKNOWN if there is no price for the model. */
  price(model: string): ModelPrice;
  /**
   * The most that a request can cost: every prompt token that there may be, at the dearest rate of input,
   * and every token that the model may write. Refusal MODEL_UNKNOWN; ARGUMENT_INVALID if maxTokens is
   * more than the model can write, or the model is not sold in the service tier.
   */
  quote(request: ModelRequest): Omit<Quote, 'provider'>;
  /** All prices in force, by name of the model. */
  entries(): readonly PriceInForce[];
};

type PriceInForce = {
  readonly model: string;
  readonly price: ModelPrice;
  /** First day, UTC; null for an override without a date. */
  readonly effectiveFrom: string | null;
  /** Null where nobody has said. */
  readonly maxInputTokens: number | null;
  readonly maxOutputTokens: number | null;
  readonly api: PriceEntry['api'];
};

type Listed = { readonly inForce: PriceInForce; readonly encoding: PriceEntry['encoding'] };

/** Prices by model, as in prices.json: an entry, or several with dates, oldest first. */
export type PriceOverrides = Readonly<Record<string, unknown>>;

/**
 * The shipped prices with `overrides` on top, a whole model at a time. Of several entries that one is in
 * force whose day has come last at `nowMs`; without a time, the last. Refusal ARGUMENT_INVALID names the
 * override that is malformed or makes no sense, and why.
 */
export function createPriceBook(
  overrides: PriceOverrides,
  terms: BillingTerms,
  nowMs?: number,
): PriceBook {
  const shipped = bookHeader.parse(shippedPrices);
  const day = nowMs === undefined ? null : new Date(nowMs).toISOString().slice(0, 10);
  const listed = new Map<string, Listed>();
  const add = (models: PriceOverrides, effectiveFrom: string | null): void => {
    for (const [model, written] of Object.entries(models))
      listed.set(model, list(model, entryInForce(model, written, day), effectiveFrom));
  };
  add(shipped.models, shipped.effectiveFrom);
  add(overrides, null);

  const find = (model: string): Listed => {
    const entry = listed.get(model);
    if (entry === undefined) throw unknownModel(model);
    return entry;
  };
  const { version } = shipped;
  const hash = hashOf(version, [...listed.values()]);
  return {
    version,
    hash,
    has: (model) => listed.has(model),
    price: (model) => find(model).inForce.price,
    quote: (request) => ({ priceBook: hash, ...quoteOf(find(request.model), request, terms) }),
    entries: () =>
      [...listed.values()]
        .map(({ inForce }) => inForce)
        .toSorted((a, b) => (a.model < b.model ? -1 : 1)),
  };
}

/** The shipped book with `overrides` in it, as lintPriceBook takes it. */
export function bookWith(overrides: PriceOverrides): unknown {
  return { ...shippedPrices, models: { ...shippedPrices.models, ...overrides } };
}

function entryInForce(model: string, written: unknown, day: string | null): PriceEntry {
  const { entries, problems } = readModel(model, written);
  const begun = entries.filter(({ effectiveFrom = '' }) => day === null || effectiveFrom <= day);
  // The oldest price is the nearest to the truth about the time before it.
  const entry = begun.at(-1) ?? entries[0];
  if (entry === undefined || problems.length > 0)
    throw invalid(
      `the price of "${model}" cannot be used: ${problems.map(({ message }) => message).join('; ')}`,
    );
  return entry;
}

function list(model: string, entry: PriceEntry, effectiveFrom: string | null): Listed {
  const inForce = {
    model,
    price: priceOf(entry),
    effectiveFrom: entry.effectiveFrom ?? effectiveFrom,
    maxInputTokens: entry.maxInputTokens ?? null,
    maxOutputTokens: entry.maxOutputTokens ?? null,
    api: entry.api,
  };
  return { inForce, encoding: entry.encoding };
}

/** Of what decides about a quote, so not of since when that is so. */
function hashOf(version: string, listed: readonly Listed[]): string {
  const models: Record<string, Json> = {};
  for (const { inForce, encoding } of listed) {
    const { model, price, maxInputTokens, maxOutputTokens, api } = inForce;
    models[model] = { price, maxInputTokens, maxOutputTokens, api, encoding };
  }
  return sha256Hex(canonicalJson({ version, models }));
}

function quoteOf(
  { inForce: { model, price, maxInputTokens, maxOutputTokens }, encoding }: Listed,
  request: ModelRequest,
  terms: BillingTerms,
): Omit<Quote, 'provider' | 'priceBook'> {
  const { maxTokens } = request;
  if (maxTokens > (maxOutputTokens ?? Infinity))
    throw invalid(`${model} writes at most ${maxOutputTokens} tokens, not ${maxTokens}`);
  if (!price.tiers[terms.serviceTier]) throw notSold(model, price, terms);
  const tokens = { promptTokens: promptTokenBound(request, encoding), maxTokens };
  // Of many models this is all they have, for the answer as well; of the others little is lost.
  if (tokens.promptTokens + maxTokens > (maxInputTokens ?? Infinity))
    throw new Refusal(
      'PROMPT_TOO_LARGE',
      `a prompt of up to ${tokens.promptTokens} tokens and an answer of ${maxTokens} are too long for ${model}, which takes ${maxInputTokens}: choose a model that takes more, ask for less in review.maxTokens, or split the change`,
    );
  const costMicroUsd = worstCaseMicroUsd(price, tokens, terms);
  if (costMicroUsd === null) throw notSold(model, price, terms);
  return { price, terms: { ...terms, ...tokens }, costMicroUsd };
}

function notSold(model: string, { tiers }: ModelPrice, { serviceTier }: BillingTerms): Refusal {
  return invalid(
    `no price is known for "${model}" in the service tier ${serviceTier}, only in ${Object.keys(tiers).join(' and ')}: change llm.serviceTier or add the tier to llm.prices`,
  );
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
