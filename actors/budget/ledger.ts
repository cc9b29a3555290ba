import type { EventOf, ScopeState } from '../../events/index.ts';

export type Hold = { scopes: string[]; amountMicroUsd: number; expiresAt: string };

/** A project's ledger: totals per scope, open holds, limits. All money in integer micro-dollars. */
export type Ledger = {
  project: string;
  /** Limits by scope (`task:pr-42`) or by kind of scope (`task`), for those without one of their own. */
  limits: Record<string, number>;
  spent: Record<string, number>;
  held: Record<string, number>;
  holds: Record<string, Hold>;
  /** Scope and threshold of every alert raised. */
  alerts: string[];
};

export function emptyLedger(): Ledger {
  return { project: '', limits: {}, spent: {}, held: {}, holds: {}, alerts: [] };
}

/** The limit of a scope; null when none was ever set, and then nothing may be held in it. */
export function limitOf(ledger: Ledger, scope: string): number | null {
  return ledger.limits[scope] ?? ledger.limits[scope.slice(0, scope.indexOf(':'))] ?? null;
}

export function scopeState(ledger: Ledger, scope: string): ScopeState {
  return {
    scope,
    limitMicroUsd: limitOf(ledger, scope) ?? 0,
    spentMicroUsd: ledger.spent[scope] ?? 0,
    heldMicroUsd: ledger.held[scope] ?? 0,
  };
}

/** An open hold; by own member only, because every object has a `constructor`. */
export function holdOf(ledger: Ledger, id: string): Hold | undefined {
  return Object.hasOwn(ledger.holds, id) ? ledger.holds[id] : undefined;
}

/** One decision over all scopes at once: what was spent, what is held and what is asked for stay in every cap. */
export function fits(ledger: Ledger, scopes: readonly string[], amountMicroUsd: number): boolean {
  return scopes.every((scope) => {
    const { limitMicroUsd, spentMicroUsd, heldMicroUsd } = scopeState(ledger, scope);
    return spentMicroUsd + heldMicroUsd + amountMicroUsd <= limitMicroUsd;
  });
}

/** Why it may not be held: `transient` if it would fit once the holds of others end. Null when it may. */
export function refusalOf(
  ledger: Ledger,
  scopes: readonly string[],
  amountMicroUsd: number,
): 'transient' | 'neverFits' | null {
  if (fits(ledger, scopes, amountMicroUsd)) return null;
  return fits({ ...ledger, held: {} }, scopes, amountMicroUsd) ? 'transient' : 'neverFits';
}

/** What a settlement charges: what was reported, within the hold; without a report all of it. */
export function settlementOf(
  { amountMicroUsd }: Hold,
  reportedMicroUsd: number | null,
): Pick<
  Extract<EventOf<'budget'>, { type: 'budget.settled' }>,
  'amountMicroUsd' | 'reportedMicroUsd' | 'basis'
> {
  // The hold is a provable upper bound. A provider that reports more generated what was not asked for:
  // the cap stands, and the excess is on record.
  return {
    amountMicroUsd: Math.min(reportedMicroUsd ?? amountMicroUsd, amountMicroUsd),
    reportedMicroUsd: reportedMicroUsd ?? amountMicroUsd,
    basis: reportedMicroUsd === null ? 'hold' : 'usage',
  };
}

/** Key of an alert in the ledger: each threshold of a scope rings once. */
export function alertKey(scope: string, thresholdPct: number): string {
  return `${scope} ${thresholdPct}`;
}

/** True when spending has reached a threshold of the limit that has not rung yet. */
export function rings(ledger: Ledger, scope: string, thresholdPct: number): boolean {
  const { spentMicroUsd, limitMicroUsd } = scopeState(ledger, scope);
  return (
    spentMicroUsd > 0 &&
    spentMicroUsd * 100 >= limitMicroUsd * thresholdPct &&
    !ledger.alerts.includes(alertKey(scope, thresholdPct))
  );
}

export function addHold(
  ledger: Ledger,
  event: Extract<EventOf<'budget'>, { type: 'budget.held' }>,
) {
  const { hold, amountMicroUsd, expiresAt } = event;
  const scopes = [...new Set(event.scopes)];
  return {
    held: add(ledger.held, scopes, amountMicroUsd),
    holds: { ...ledger.holds, [hold]: { scopes, amountMicroUsd, expiresAt } },
  };
}

/** Ends a hold; `chargedMicroUsd` of it is spent, the rest is free again. */
export function endHold(ledger: Ledger, id: string, chargedMicroUsd: number): Partial<Ledger> {
  const { [id]: hold, ...holds } = ledger.holds;
  if (!hold) return {};
  return {
    holds,
    held: add(ledger.held, hold.scopes, -hold.amountMicroUsd),
    spent: chargedMicroUsd > 0 ? add(ledger.spent, hold.scopes, chargedMicroUsd) : ledger.spent,
  };
}

function add(
  totals: Record<string, number>,
  scopes: readonly string[],
  amountMicroUsd: number,
): Record<string, number> {
  const sums = { ...totals };
  for (const scope of scopes) {
    const sum = (sums[scope] ?? 0) + amountMicroUsd;
    if (sum === 0) delete sums[scope];
    else sums[scope] = sum;
  }
  return sums;
}
