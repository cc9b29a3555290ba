import type { ModelPrice, Rates, ServiceTier, Usage } from '../../events/index.ts';
import { Dice } from './dice.ts';

/** Models with random prices, and what a call to them really costs by the provider's own arithmetic. */

const priced = ['large', 'small', 'spare'] as const;
export type PaidModel = {
  readonly name: string;
  readonly price: ModelPrice;
  readonly terms: { readonly serviceTier: ServiceTier; readonly region: string | null };
};

/** What was really used, every token in one place. */
export type TrueUse = {
  readonly fresh: number;
  readonly cached: number;
  readonly written: number;
  readonly shown: number;
  readonly thought: number;
};

/** `isTiny`: a token costs a micro-dollar or two, so that sums meet caps to the last one. */
export function paidModels(seed: number, isTiny: boolean): Map<string, PaidModel> {
  return new Map(
    priced.map((name) => [name, paidModel(name, new Dice(seed, `price of ${name}`), isTiny)]),
  );
}

function paidModel(name: string, dice: Dice, isTiny: boolean): PaidModel {
  const base = isTiny ? times(oneEach, 100) : anyRates(dice);
  const long = dice.chance(50) ? times(base, dice.whole(100, 300)) : null;
  const longAboveTokens = long && dice.whole(50, 3000);
  const tier = (pct: number) => ({ base: times(base, pct), long: long && times(long, pct) });
  const tiers = {
    standard: { base, long },
    ...(dice.chance(50) && { flex: tier(50) }),
    ...(dice.chance(50) && { priority: tier(200) }),
  };
  const sold = (['standard', 'flex', 'priority'] as const).filter((it) => it in tiers);
  return {
    name,
    price: { free: false, longAboveTokens, tiers, upliftPct: { eu: dice.whole(0, 25) } },
    terms: {
      serviceTier: sold[dice.whole(0, sold.length - 1)] ?? 'standard',
      region: dice.one(null, 'eu', 'us'),
    },
  };
}

const oneEach: Rates = {
  input: 1_000_000,
  cachedInput: 1_000_000,
  cacheWrite: 1_000_000,
  output: 1_000_000,
  reasoning: 1_000_000,
};

/** Micro-dollars for 1M tokens, from a few cents to tens of dollars. */
function anyRates(dice: Dice): Rates {
  const input = dice.whole(30_000, 20_000_000);
  const output = dice.whole(input, 5 * input);
  return {
    input,
    cachedInput: dice.whole(1, input),
    cacheWrite: dice.whole(input, Math.ceil(1.25 * input)),
    output,
    reasoning: dice.chance(70) ? output : dice.whole(1, 2 * output),
  };
}

function times(rates: Rates, pct: number): Rates {
  const scaled = (rate: number): number => Math.max(1, Math.round((rate * pct) / 100));
  return {
    input: scaled(rates.input),
    cachedInput: scaled(rates.cachedInput),
    cacheWrite: scaled(rates.cacheWrite),
    output: scaled(rates.output),
    reasoning: scaled(rates.reasoning),
  };
}

/**
 * The provider's bill in micro-dollars, a part of one counted as a whole. Deliberately not the arithmetic of
 * events/prices.ts.
 */
export function billOf(model: PaidModel, tier: ServiceTier, use: TrueUse): number {
  const { tiers, longAboveTokens, upliftPct } = model.price;
  const rates = tiers[tier] ?? tiers.standard;
  const isLong = use.fresh + use.cached + use.written > (longAboveTokens ?? Infinity);
  const at = isLong && rates.long ? rates.long : rates.base;
  const items: readonly (readonly [tokens: number, perMillion: number])[] = [
    [use.fresh, at.input],
    [use.cached, at.cachedInput],
    [use.written, at.cacheWrite],
    [use.shown, at.output],
    [use.thought, at.reasoning],
  ];
  // In millionths of a cent of a micro-dollar, so that nothing is rounded before the end.
  const uplift = BigInt(100 + (upliftPct[model.terms.region ?? ''] ?? 0));
  let due = 0n;
  for (const [tokens, perMillion] of items) due += BigInt(tokens) * BigInt(perMillion) * uplift;
  const whole = due / 100_000_000n;
  return Number(whole * 100_000_000n === due ? whole : whole + 1n);
}

export function usageOf(use: TrueUse, tellsWrites: boolean): Usage {
  return {
    inputTokens: use.fresh + use.cached + use.written,
    cachedInputTokens: use.cached,
    cacheWriteTokens: tellsWrites ? use.written : null,
    outputTokens: use.shown + use.thought,
    reasoningTokens: use.thought,
  };
}

/** Any way in which a prompt and an answer of these sizes, in tokens, can be used. */
export function anyUse(dice: Dice, promptTokens: number, answerTokens: number): TrueUse {
  const cached = dice.chance(50) ? dice.whole(0, promptTokens) : 0;
  const written = dice.chance(50) ? dice.whole(0, promptTokens - cached) : 0;
  const thought = dice.chance(40) ? dice.whole(0, answerTokens) : 0;
  return {
    fresh: promptTokens - cached - written,
    cached,
    written,
    shown: answerTokens - thought,
    thought,
  };
}
