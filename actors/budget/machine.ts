import { assign, setup } from 'xstate';
import type { EventOf } from '../../events/index.ts';
import { addHold, emptyLedger, endHold, fits, limitOf, type Ledger } from './ledger.ts';

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
            !(event.hold in context.holds) &&
            event.scopes.every((scope) => limitOf(context, scope) !== null) &&
            fits(context, event.scopes, event.amountMicroUsd),
          actions: assign(({ context, event }) => addHold(context, event)),
        },
        'budget.settled': {
          guard: ({ context, event }) => mayCharge(context, event.hold, event.amountMicroUsd),
          actions: assign(({ context, event }) =>
            endHold(context, event.hold, event.amountMicroUsd),
          ),
        },
        'budget.released': {
          guard: ({ context, event }) => event.hold in context.holds,
          actions: assign(({ context, event }) => endHold(context, event.hold, 0)),
        },
        'budget.hold.charged': {
          guard: ({ context, event }) =>
            event.amountMicroUsd === context.holds[event.hold]?.amountMicroUsd,
          actions: assign(({ context, event }) =>
            endHold(context, event.hold, event.amountMicroUsd),
          ),
        },
        'budget.refused': {
          // What fits must not be refused either.
          guard: ({ context, event }) =>
            !fits(
              context,
              event.scopes.map(({ scope }) => scope),
              event.amountMicroUsd,
            ),
          actions: assign({}),
        },
        'budget.alert.raised': {
          guard: ({ context, event }) =>
            !context.alerts.includes(alertKey(event.scope, event.thresholdPct)) &&
            event.spentMicroUsd === context.spent[event.scope],
          actions: assign(({ context, event }) => ({
            alerts: [...context.alerts, alertKey(event.scope, event.thresholdPct)],
          })),
        },
      },
    },
  },
});

/** Key of an alert in the ledger: each threshold of a scope rings once. */
export function alertKey(scope: string, thresholdPct: number): string {
  return `${scope} ${thresholdPct}`;
}

function mayCharge(ledger: Ledger, hold: string, amountMicroUsd: number): boolean {
  const held = ledger.holds[hold];
  return held !== undefined && amountMicroUsd <= held.amountMicroUsd;
}
