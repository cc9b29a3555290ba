import type { SnapshotFrom } from 'xstate';
import { Refusal, type EventOf, type Usage } from '../../events/index.ts';
import type { ActorType, CommandBase, Fact } from '../actor.ts';
import {
  alertKey,
  endHold,
  holdOf,
  limitOf,
  refusalOf,
  rings,
  scopeState,
  settlementOf,
  type Ledger,
} from './ledger.ts';
import { budgetMachine } from './machine.ts';

export type { Ledger } from './ledger.ts';

type BudgetEvent = EventOf<'budget'>;
type Facts = readonly Fact<BudgetEvent>[];
type HoldRequest = {
  hold: string;
  scopes: readonly string[];
  amountMicroUsd: number;
  /** How long the hold may stay without an outcome before it is charged. */
  expiresInMs: number;
  thread: string;
  agent: string;
  model: string;
  priceBook: string;
};

export type BudgetCommand = CommandBase &
  (
    | { type: 'open'; project: string }
    | { type: 'setLimit'; scope: string; limitMicroUsd: number; by: string }
    | ({ type: 'hold' } & HoldRequest)
    | {
        type: 'settle';
        hold: string;
        /** What the reported usage costs; null when the provider reported none. */
        reportedMicroUsd: number | null;
        usage: Usage | null;
        priceBook: string;
      }
    | { type: 'release'; hold: string; reason: string }
    | { type: 'charge'; hold: string; reason: 'interrupted' | 'failed' }
    | { type: 'expire' }
  );

/** Percent of a limit at which an alert is raised, once each per scope. */
const alertThresholdsPct = [50, 80, 100] as const;

function decideBudget(command: BudgetCommand, snapshot: SnapshotFrom<typeof budgetMachine>): Facts {
  const ledger = snapshot.context;
  switch (command.type) {
    case 'open':
      return ledger.project ? [] : facts({ type: 'budget.opened', project: command.project });
    case 'setLimit': {
      const { scope, limitMicroUsd, by } = command;
      if (ledger.limits[scope] === limitMicroUsd) return [];
      return facts({ type: 'budget.limit.set', scope, limitMicroUsd, by });
    }
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
  const { scopes, amountMicroUsd, expiresInMs, thread, agent, model } = request;
  const unlimited = scopes.find((scope) => limitOf(ledger, scope) === null);
  if (unlimited) {
    throw new Refusal('BUDGET_NEVER_FITS', `no limit is set for ${unlimited}: bzzz budget set it`);
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
      scopes: scopes.map((scope) => scopeState(ledger, scope)),
    });
  }
  return facts({
    type: 'budget.held',
    hold: request.hold,
    scopes: [...scopes],
    amountMicroUsd,
    expiresAt: new Date(nowMs + expiresInMs).toISOString(),
    thread,
    agent,
    model,
    priceBook: request.priceBook,
  });
}

function settle(ledger: Ledger, command: Extract<BudgetCommand, { type: 'settle' }>): Facts {
  const hold = holdOf(ledger, command.hold);
  if (!hold) throw new Refusal('NOT_FOUND', `no open hold ${command.hold}`);
  const settlement = settlementOf(hold, command.reportedMicroUsd);
  const settled: BudgetEvent = {
    type: 'budget.settled',
    hold: command.hold,
    ...settlement,
    usage: command.usage,
    priceBook: command.priceBook,
  };
  return facts(settled, ...alerts(ledger, command.hold, settlement.amountMicroUsd));
}

function chargeInFull(
  ledger: Ledger,
  holds: readonly string[],
  reason: 'expired' | 'interrupted' | 'failed',
): Facts {
  const after = { ...ledger };
  const charged: BudgetEvent[] = [];
  for (const hold of holds) {
    const amountMicroUsd = holdOf(after, hold)?.amountMicroUsd;
    if (amountMicroUsd === undefined) continue;
    const rung = alerts(after, hold, amountMicroUsd);
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

function alerts(
  ledger: Ledger,
  hold: string,
  chargedMicroUsd: number,
): Extract<BudgetEvent, { type: 'budget.alert.raised' }>[] {
  const after: Ledger = { ...ledger, ...endHold(ledger, hold, chargedMicroUsd) };
  const scopes = holdOf(ledger, hold)?.scopes ?? [];
  return scopes.flatMap((scope) => {
    const { spentMicroUsd, limitMicroUsd } = scopeState(after, scope);
    return alertThresholdsPct
      .filter((thresholdPct) => rings(after, scope, thresholdPct))
      .map((thresholdPct) => ({
        type: 'budget.alert.raised' as const,
        scope,
        thresholdPct,
        spentMicroUsd,
        limitMicroUsd,
      }));
  });
}

function facts(...events: BudgetEvent[]): Facts {
  return events.map((event) => ({ event }));
}

/** The ledger of a project: holds before spending, settles afterwards, never lets a cap be passed. */
export const budget: ActorType<'budget', typeof budgetMachine, BudgetCommand> = {
  kind: 'budget',
  version: 1,
  machine: budgetMachine,
  decide: decideBudget,
  due: () => [],
};
