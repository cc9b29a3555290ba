import { z } from 'zod';
import { address, hash, microUsd, name, reason, timestamp, usage } from './values.ts';

/** What can happen to the ledger of a project. All money is integer micro-dollars. */

/** A thing that has a cap: `task:pr-42`, `day:2026-11-23`. */
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
  }),
  z.strictObject({
    type: z.literal('budget.settled'),
    hold,
    amountMicroUsd: microUsd,
    /** What the reported usage costs; above the amount only if a provider generated more than was asked. */
    reportedMicroUsd: microUsd,
    usage: usage.nullable(),
    /** usage: by what the provider reported; hold: in full, because it reported nothing. */
    basis: z.enum(['usage', 'hold']),
    priceBook: hash,
  }),
  z.strictObject({ type: z.literal('budget.released'), hold, reason }),
  z.strictObject({
    type: z.literal('budget.hold.charged'),
    hold,
    amountMicroUsd: microUsd,
    reason: z.enum(['expired', 'interrupted', 'failed']),
  }),
  z.strictObject({
    type: z.literal('budget.refused'),
    refusal: z.enum(['transient', 'neverFits']),
    amountMicroUsd: microUsd,
    thread: address,
    agent: address,
    model: z.string(),
    scopes: z.array(scopeState),
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
