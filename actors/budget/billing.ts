import {
  costMicroUsd,
  worstCaseMicroUsd,
  type EventOf,
  type ModelPrice,
  type Rates,
  type ServiceTier,
  type Usage,
} from '../../events/index.ts';
import { sameJson } from '../equal.ts';
import { leftIn, type Hold, type Ledger } from './ledger.ts';

type Fact<Type extends string> = Extract<EventOf<'budget'>, { type: Type }>;

/** The price that was recorded for a model: what its holds and settlements are computed with. */
export function priceOf(ledger: Ledger, priceBook: string, model: string): ModelPrice | undefined {
  return ledger.prices?.[`${priceBook} ${model}`];
}

export function addPrice(ledger: Ledger, fact: Fact<'budget.price.recorded'>): Partial<Ledger> {
  const { priceBook, model, price } = fact;
  return { prices: { ...ledger.prices, [`${priceBook} ${model}`]: price } };
}

/** A price is recorded once; zero only for what is said to be free, and then throughout. */
export function mayRecord(ledger: Ledger, fact: Fact<'budget.price.recorded'>): boolean {
  const { flex, standard, priority } = fact.price.tiers;
  const all = [flex, standard, priority].flatMap((tier) => tier ?? []);
  const rates = all.flatMap(({ base, long }) => (long ? [base, long] : [base]));
  const sensible = fact.price.free ? rates.every(isZero) : rates.every(isPaid);
  return sensible && priceOf(ledger, fact.priceBook, fact.model) === undefined;
}

export function samePrice(a: ModelPrice, b: ModelPrice): boolean {
  return sameJson(a, b);
}

function isZero(rates: Rates): boolean {
  return Object.values(rates).every((rate) => rate === 0);
}

function isPaid(rates: Rates): boolean {
  return Object.values(rates).every((rate) => rate > 0);
}

/** The amount that a hold has to have; null when its price was not recorded, or is not sold like that. */
export function amountOf(ledger: Ledger, fact: Fact<'budget.held'>): number | null {
  // Version 1 recorded amounts only.
  if (fact.terms === null) return fact.amountMicroUsd;
  const price = priceOf(ledger, fact.priceBook, fact.model);
  return price ? worstCaseMicroUsd(price, fact.terms, fact.terms) : null;
}

type Settlement = Pick<
  Fact<'budget.settled'>,
  'amountMicroUsd' | 'reportedMicroUsd' | 'basis' | 'usage'
>;

/**
 * What a settlement charges: what was reported; without a report that can be used, all of the hold. A tier
 * that the model is not sold in counts as the one asked for. The hold is a provable upper bound of what was
 * asked for, so a provider that reports more did what it was not asked to: that is charged as far as the
 * caps have room, so that no more is asked of it, and what is beyond them is on record.
 */
export function settlementOf(
  { amountMicroUsd, billing, scopes }: Hold,
  ledger: Ledger,
  usage: Usage | null,
  serviceTier: ServiceTier | null,
): Settlement {
  const price = billing && priceOf(ledger, billing.priceBook, billing.model);
  const at = (tier: ServiceTier): number | null =>
    price && usage ? costMicroUsd(price, usage, { ...billing.terms, serviceTier: tier }) : null;
  const asked = billing ? at(billing.terms.serviceTier) : null;
  const due = (serviceTier === null ? null : at(serviceTier)) ?? asked;
  // More money than a number can tell exactly is no report that can be used.
  const reported = Number.isSafeInteger(due) ? due : null;
  const room = Math.max(0, leftIn(ledger, scopes) ?? Infinity);
  return settledBy(amountMicroUsd, amountMicroUsd + room, reported, usage);
}

/** A settlement in version 1, which charged no more than the hold and had its reports taken for true. */
export function settledAsReported(
  amountMicroUsd: number,
  reportedMicroUsd: number | null,
  usage: Usage | null,
): Settlement {
  return { ...settledBy(amountMicroUsd, amountMicroUsd, reportedMicroUsd, usage), usage };
}

function settledBy(
  amountMicroUsd: number,
  mostMicroUsd: number,
  reportedMicroUsd: number | null,
  usage: Usage | null,
): Settlement {
  return {
    amountMicroUsd:
      reportedMicroUsd === null ? amountMicroUsd : Math.min(reportedMicroUsd, mostMicroUsd),
    reportedMicroUsd: reportedMicroUsd ?? amountMicroUsd,
    basis: reportedMicroUsd === null ? 'hold' : 'usage',
    usage: reportedMicroUsd === null ? null : usage,
  };
}
