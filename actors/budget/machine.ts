import { assign, setup } from 'xstate';
import type { EventOf } from '../../events/index.ts';
import { sameJson } from '../equal.ts';
import { alertKey, rings } from './alerts.ts';
import { addPrice, amountOf, mayRecord, settledAsReported, settlementOf } from './billing.ts';
import {
  addHold,
  capped,
  emptyLedger,
  endHold,
  fits,
  holdOf,
  inTime,
  limitOf,
  refusalOf,
  scopeState,
  spentIn,
  type Ledger,
} from './ledger.ts';

const { createMachine } = setup({
  types: { context: {} as Ledger, events: {} as EventOf<'budget'> },
});

/**
 * Folds facts into the ledger of a project. Its guards are the cap: a hold that does not fit every scope
 * cannot be appended, a charge above its hold cannot, and neither can an amount that the recorded price
 * does not lead to.
 */
export const budgetMachine = createMachine({
  id: 'budget',
  context: emptyLedger,
  initial: 'new',
  states: {
    new: {
      on: {
        'budget.opened': {
          target: 'open',
          actions: assign(({ event }) => ({ project: event.project })),
        },
      },
    },
    open: {
      on: {
        'budget.limit.set': {
          actions: assign(({ context, event }) => ({
            limits: { ...context.limits, [event.scope]: event.limitMicroUsd },
          })),
        },
        'budget.limit.removed': {
          guard: ({ context, event }) => Object.hasOwn(context.limits, event.scope),
          actions: assign(({ context, event }) => {
            const { [event.scope]: _removed, ...limits } = context.limits;
            return { limits };
          }),
        },
        'budget.alerts.set': {
          actions: assign(({ event }) => ({ thresholdsPct: event.thresholdsPct })),
        },
        'budget.clock.reset': { actions: assign(({ event }) => ({ latestDay: event.day })) },
        'budget.price.recorded': {
          guard: ({ context, event }) => mayRecord(context, event),
          actions: assign(({ context, event }) => addPrice(context, event)),
        },
        'budget.held': {
          guard: ({ context, event }) => mayHold(context, event),
          actions: assign(({ context, event }) => addHold(context, event)),
        },
        'budget.settled': {
          guard: ({ context, event }) => maySettle(context, event),
          actions: assign(({ context, event }) =>
            endHold(context, event.hold, event.amountMicroUsd),
          ),
        },
        'budget.released': {
          guard: ({ context, event }) => holdOf(context, event.hold) !== undefined,
          actions: assign(({ context, event }) => endHold(context, event.hold, 0)),
        },
        'budget.hold.charged': {
          guard: ({ context, event }) =>
            event.amountMicroUsd === holdOf(context, event.hold)?.amountMicroUsd,
          actions: assign(({ context, event }) =>
            endHold(context, event.hold, event.amountMicroUsd),
          ),
        },
        'budget.refused': {
          // What fits must not be refused either.
          guard: ({ context, event }) => mayRefuse(context, event),
          actions: assign({}),
        },
        'budget.alert.raised': {
          guard: ({ context, event }) =>
            rings(context, event.scope, event.thresholdPct) &&
            event.spentMicroUsd === spentIn(context, event.scope) &&
            event.limitMicroUsd === limitOf(context, event.scope),
          actions: assign(({ context, event }) => ({
            alerts: [...context.alerts, alertKey(event.scope, event.thresholdPct)],
          })),
        },
      },
    },
  },
});

type Fact<Type extends string> = Extract<EventOf<'budget'>, { type: Type }>;

function mayHold(ledger: Ledger, fact: Fact<'budget.held'>): boolean {
  return (
    !holdOf(ledger, fact.hold) &&
    fact.amountMicroUsd === amountOf(ledger, fact) &&
    (fact.terms === null || inTime(ledger, fact.scopes)) &&
    fits(ledger, fact.scopes, fact.amountMicroUsd)
  );
}

function maySettle(ledger: Ledger, fact: Fact<'budget.settled'>): boolean {
  const hold = holdOf(ledger, fact.hold);
  if (!hold) return false;
  const { amountMicroUsd, reportedMicroUsd, basis, usage } = fact;
  // Version 1 did not record prices: what it reported has to be taken for true.
  const settlement = hold.billing
    ? settlementOf(hold, ledger, usage, fact.serviceTier)
    : settledAsReported(hold.amountMicroUsd, basis === 'hold' ? null : reportedMicroUsd, usage);
  return (
    (!hold.billing || hold.billing.priceBook === fact.priceBook) &&
    sameJson({ amountMicroUsd, reportedMicroUsd, basis, usage }, settlement)
  );
}

function mayRefuse(ledger: Ledger, fact: Fact<'budget.refused'>): boolean {
  const scopes = fact.scopes.map(({ scope }) => scope);
  return (
    scopes.length > 0 &&
    capped(ledger, scopes).length === scopes.length &&
    fact.refusal === refusalOf(ledger, scopes, fact.amountMicroUsd) &&
    sameJson(
      fact.scopes,
      scopes.map((scope) => scopeState(ledger, scope)),
    )
  );
}
