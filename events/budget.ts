import { z } from 'zod';
import { modelPrice, serviceTier } from './prices.ts';
import { address, hash, microUsd, name, percent, reason, timestamp, usage } from './values.ts';

/** What can happen to the ledger of a project. All money is integer micro-dollars. */

/** The kinds of scope that every call is counted in; a project may name others, as labels. */
export const scopeKinds = ['task', 'thread', 'agent', 'role', 'project', 'day', 'month'] as const;

/** A thing that may have a cap: `task:pr-42`, `day:2026-11-23`, `month:2026-11`, `team:payments`. */
const scope = z.string().regex(/^[a-z]+:[A-Za-z0-9][A-Za-z0-9._:@*/-]{0,199}$/);

const hold = z.string().min(1).max(200);

export const scopeState = z.strictObject({
  scope,
  limitMicroUsd: microUsd,
  spentMicroUsd: microUsd,
  heldMicroUsd: microUsd,
});
export type ScopeState = z.infer<typeof scopeState>;

export const budgetEvent = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('budget.opened'), project: name }),
  z.strictObject({
    type: z.literal('budget.limit.set'),
    /** A scope, or a kind of scope such as `day` for each one that has no limit of its own. */
    scope: z.union([scope, name]),
    limitMicroUsd: microUsd,
    by: z.string().min(1).max(200),
  }),
  /** From here on the scope, or kind of scope, has no limit of its own. */
  z.strictObject({
    type: z.literal('budget.limit.removed'),
    scope: z.union([scope, name]),
    by: z.string().min(1).max(200),
  }),
  z.strictObject({
    type: z.literal('budget.held'),
    hold,
    scopes: z.array(scope).min(1),
    amountMicroUsd: microUsd,
    expiresAt: timestamp,
    thread: address,
    agent: address,
    model: z.string(),
    priceBook: hash,
    /** What the amount was computed from; null in a hold of version 1, which did not record it. */
    terms: z
      .strictObject({
        promptTokens: z.int().min(0),
        maxTokens: z.int().min(0),
        serviceTier,
        region: name.nullable(),
      })
      .nullable(),
  }),
  z.strictObject({
    type: z.literal('budget.price.recorded'),
    /** Hash of the price book that the price is from. */
    priceBook: hash,
    model: z.string(),
    price: modelPrice,
  }),
  z.strictObject({
    type: z.literal('budget.settled'),
    hold,
    amountMicroUsd: microUsd,
    /**
     * What the reported usage costs; above the amount only if a provider generated more than was asked, and
     * the caps have no room for it.
     */
    reportedMicroUsd: microUsd,
    usage: usage.nullable(),
    /** usage: by what the provider reported; hold: in full, because it reported nothing. */
    basis: z.enum(['usage', 'hold']),
    /** As the provider reported it; null when it did not, and then the one asked for counts. */
    serviceTier: serviceTier.nullable(),
    priceBook: hash,
  }),
  z.strictObject({ type: z.literal('budget.released'), hold, reason }),
  z.strictObject({
    type: z.literal('budget.hold.charged'),
    hold,
    amountMicroUsd: microUsd,
    reason: z.enum(['expired', 'interrupted', 'failed', 'aborted']),
  }),
  z.strictObject({
    type: z.literal('budget.refused'),
    refusal: z.enum(['transient', 'neverFits']),
    amountMicroUsd: microUsd,
    thread: address,
    agent: address,
    model: z.string(),
    /** The scopes that have a cap, at that moment. */
    scopes: z.array(scopeState),
    /** When to ask again at the latest: null for what never fits, and in version 1. */
    retryAfterMs: z.int().min(0).nullable(),
  }),
  z.strictObject({
    type: z.literal('budget.alerts.set'),
    thresholdsPct: z.array(percent.min(1)).max(20),
    by: z.string().min(1).max(200),
  }),
  /** A person vouches for the clock: windows begin at that day again, though a later one was seen. */
  z.strictObject({
    type: z.literal('budget.clock.reset'),
    day: z.iso.date(),
    by: z.string().min(1).max(200),
  }),
  z.strictObject({
    type: z.literal('budget.alert.raised'),
    scope,
    thresholdPct: z.int().min(1).max(100),
    spentMicroUsd: microUsd,
    limitMicroUsd: microUsd,
  }),
]);
export type BudgetEvent = z.infer<typeof budgetEvent>;
