import type { SnapshotFrom } from 'xstate';
import { Refusal, Unavailable, worstCaseMicroUsd, type EventOf } from '../../events/index.ts';
import type { Fact } from '../actor.ts';
import { alertKey, alertsOnCharge, thresholdsOf } from './alerts.ts';
import { priceOf, samePrice, settlementOf } from './billing.ts';
import type { BudgetCommand, HoldRequest } from './commands.ts';
import {
  capped,
  dayOf,
  endHold,
  holdOf,
  inTime,
  refusalOf,
  scopeState,
  type Ledger,
} from './ledger.ts';
import type { budgetMachine } from './machine.ts';

type BudgetEvent = EventOf<'budget'>;
type Facts = readonly Fact<BudgetEvent>[];

/** Turns a command into facts about the money of a project, or throws a Refusal. */
export function decideBudget(
  command: BudgetCommand,
  snapshot: SnapshotFrom<typeof budgetMachine>,
): Facts {
  const ledger = snapshot.context;
  switch (command.type) {
    case 'open':
      return ledger.project ? [] : facts({ type: 'budget.opened', project: command.project });
    case 'setLimit': {
      const { scope, limitMicroUsd, by } = command;
      if (ledger.limits[scope] === limitMicroUsd) return [];
      return facts({ type: 'budget.limit.set', scope, limitMicroUsd, by });
    }
    case 'removeLimit': {
      const { scope, by } = command;
      if (!Object.hasOwn(ledger.limits, scope)) return [];
      return facts({ type: 'budget.limit.removed', scope, by });
    }
    case 'setAlerts': {
      const thresholdsPct = [...new Set(command.thresholdsPct)].toSorted((a, b) => a - b);
      if (thresholdsPct.join() === thresholdsOf(ledger).join()) return [];
      return facts({ type: 'budget.alerts.set', thresholdsPct, by: command.by });
    }
    case 'resetClock':
      return facts({
        type: 'budget.clock.reset',
        day: new Date(command.nowMs).toISOString().slice(0, 10),
        by: command.by,
      });
    case 'hold':
      return decideHold(ledger, command, command.nowMs);
    case 'settle':
      return settle(ledger, command);
    case 'release':
      return holdOf(ledger, command.hold)
        ? facts({ type: 'budget.released', hold: command.hold, reason: command.reason })
        : [];
    case 'charge':
      return chargeInFull(ledger, [command.hold], command.reason);
    case 'expire':
      return chargeInFull(ledger, expired(ledger, command.nowMs), 'expired');
  }
}

// A refusal is a fact too: an auditor sees what the cap has stopped, and why.
function decideHold(ledger: Ledger, request: HoldRequest, nowMs: number): Facts {
  const { hold, scopes, expiresInMs, thread, agent, model, priceBook, price, terms } = request;
  const amountMicroUsd = worstCaseMicroUsd(price, terms, terms);
  if (amountMicroUsd === null) {
    const message = `${model} is not sold in the service tier ${terms.serviceTier}: choose another`;
    throw new Refusal('ARGUMENT_INVALID', message);
  }
  requireInTime(ledger, scopes);
  const limited = capped(ledger, scopes);
  if (limited.length === 0) {
    const message = `nothing limits ${scopes.join(', ')}: set a cap with bzzz budget set`;
    throw new Refusal('BUDGET_NEVER_FITS', message);
  }
  const refusal = refusalOf(ledger, scopes, amountMicroUsd);
  if (refusal) {
    return facts({
      type: 'budget.refused',
      refusal,
      amountMicroUsd,
      thread,
      agent,
      model,
      scopes: limited.map((scope) => scopeState(ledger, scope)),
      retryAfterMs: refusal === 'transient' ? retryAfterMs(ledger, limited, nowMs) : null,
    });
  }
  const held: BudgetEvent = {
    type: 'budget.held',
    hold,
    scopes: [...scopes],
    amountMicroUsd,
    expiresAt: new Date(nowMs + expiresInMs).toISOString(),
    thread,
    agent,
    model,
    priceBook,
    terms,
  };
  const known = priceOf(ledger, priceBook, model);
  if (!known) return facts({ type: 'budget.price.recorded', priceBook, model, price }, held);
  if (samePrice(known, price)) return facts(held);
  throw new Refusal('EVENT_INVALID', `price book ${priceBook} has another price for ${model}`);
}

function requireInTime(ledger: Ledger, scopes: readonly string[]): void {
  if (inTime(ledger, scopes)) return;
  if (ledger.latestDay === undefined || dayOf(scopes) === undefined)
    throw new TypeError(`the windows ${scopes.join(', ')} are not of one day`);
  throw new Unavailable(
    'CLOCK_BACKWARDS',
    `money was held on ${ledger.latestDay} already, and the clock of this machine shows an earlier day: set the clock, or vouch for it with bzzz budget clock --by NAME`,
    { data: { latestDay: ledger.latestDay ?? null } },
  );
}

/** Long enough for a call to end, short enough to be there when it has. */
const askAgainMs = { min: 100, max: 5000 };

// By the first expiry at the latest one of the holds in the way has ended; a call takes seconds, though.
function retryAfterMs(ledger: Ledger, scopes: readonly string[], nowMs: number): number {
  const inTheWay = Object.values(ledger.holds).filter((hold) =>
    hold.scopes.some((scope) => scopes.includes(scope)),
  );
  const waits = inTheWay.map(({ expiresAt }) => Date.parse(expiresAt) - nowMs);
  return Math.max(askAgainMs.min, Math.min(askAgainMs.max, ...waits));
}

function settle(ledger: Ledger, command: Extract<BudgetCommand, { type: 'settle' }>): Facts {
  const hold = holdOf(ledger, command.hold);
  if (!hold) throw new Refusal('NOT_FOUND', `no open hold ${command.hold}`);
  const { usage, serviceTier } = command;
  const settlement = settlementOf(hold, ledger, usage, serviceTier);
  // A usage that cannot be priced, or a hold of version 1, which did not record prices.
  if (!hold.billing || (usage && settlement.basis === 'hold'))
    return chargeInFull(ledger, [command.hold], 'failed');
  const { priceBook } = hold.billing;
  return facts(
    { type: 'budget.settled', hold: command.hold, ...settlement, serviceTier, priceBook },
    ...alertsOnCharge(ledger, command.hold, settlement.amountMicroUsd),
  );
}

function chargeInFull(
  ledger: Ledger,
  holds: readonly string[],
  reason: Extract<BudgetEvent, { type: 'budget.hold.charged' }>['reason'],
): Facts {
  const after = { ...ledger };
  const charged: BudgetEvent[] = [];
  for (const hold of holds) {
    const amountMicroUsd = holdOf(after, hold)?.amountMicroUsd;
    if (amountMicroUsd === undefined) continue;
    const rung = alertsOnCharge(after, hold, amountMicroUsd);
    charged.push({ type: 'budget.hold.charged', hold, amountMicroUsd, reason }, ...rung);
    Object.assign(after, endHold(after, hold, amountMicroUsd), {
      alerts: [...after.alerts, ...rung.map((alert) => alertKey(alert.scope, alert.thresholdPct))],
    });
  }
  return facts(...charged);
}

function expired(ledger: Ledger, nowMs: number): string[] {
  const now = new Date(nowMs).toISOString();
  return Object.keys(ledger.holds).filter((hold) => (ledger.holds[hold]?.expiresAt ?? '~') <= now);
}

function facts(...events: BudgetEvent[]): Facts {
  return events.map((event) => ({ event }));
}
