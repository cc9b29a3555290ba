import { assign, setup } from 'xstate';
import type { EventOf } from '../../events/index.ts';
import { sameJson } from '../equal.ts';
import {
  addHold,
  alertKey,
  emptyLedger,
  endHold,
  fits,
  holdOf,
  limitOf,
  refusalOf,
  rings,
  scopeState,
  settlementOf,
  type Ledger,
} from './ledger.ts';

const { createMachine } = setup({
  types: { context: {} as Ledger, events: {} as EventOf<'budget'> },
});

/**
 * Folds facts into the ledger of a project. Its guards are the cap: a hold that does not fit every scope
 * cannot be appended, and a charge above its hold cannot either.
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
        'budget.held': {
          guard: ({ context, event }) =>
            !holdOf(context, event.hold) &&
            event.scopes.every((scope) => limitOf(context, scope) !== null) &&
            fits(context, event.scopes, event.amountMicroUsd),
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
            event.spentMicroUsd === context.spent[event.scope] &&
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

function maySettle(ledger: Ledger, fact: Fact<'budget.settled'>): boolean {
  const hold = holdOf(ledger, fact.hold);
  if (!hold) return false;
  const settlement = settlementOf(hold, fact.basis === 'hold' ? null : fact.reportedMicroUsd);
  return (
    fact.amountMicroUsd === settlement.amountMicroUsd &&
    fact.reportedMicroUsd === settlement.reportedMicroUsd
  );
}

function mayRefuse(ledger: Ledger, fact: Fact<'budget.refused'>): boolean {
  const scopes = fact.scopes.map(({ scope }) => scope);
  return (
    fact.refusal === refusalOf(ledger, scopes, fact.amountMicroUsd) &&
    sameJson(
      fact.scopes,
      scopes.map((scope) => scopeState(ledger, scope)),
    )
  );
}
