import type { EventOf, ModelPrice, ScopeState } from '../../events/index.ts';

type Held = Extract<EventOf<'budget'>, { type: 'budget.held' }>;
type Terms = NonNullable<Held['terms']>;

export type Hold = {
  scopes: string[];
  amountMicroUsd: number;
  expiresAt: string;
  /** What it is billed by; absent in a hold of version 1. */
  billing?: { priceBook: string; model: string; terms: Terms };
};

/** A project's ledger: totals per scope, open holds, limits. All money in integer micro-dollars. */
export type Ledger = {
  project: string;
  /** Limits by scope (`task:pr-42`) or by kind of scope (`task`), for those without one of their own. */
  limits: Record<string, number>;
  /** Spent per scope; `spentIn` reads it together with `spentBefore`. */
  spent: Record<string, number>;
  held: Record<string, number>;
  holds: Record<string, Hold>;
  /** Scope and threshold of every alert raised. */
  alerts: string[];
  // What later versions record is absent until it happens, so that old logs lead to the states they led to.
  /**
   * Totals of scopes that nothing was spent in lately: a charge copies `spent`, which would else grow with
   * every task of a project.
   */
  spentBefore?: Record<string, number>;
  /** The latest day that money was held in, `YYYY-MM-DD`, UTC. */
  latestDay?: string;
  /** Prices that were recorded, by price book and model. */
  prices?: Record<string, ModelPrice>;
  /** Percent of a limit at which an alert is raised. */
  thresholdsPct?: number[];
};

export function emptyLedger(): Ledger {
  return { project: '', limits: {}, spent: {}, held: {}, holds: {}, alerts: [] };
}

/** The limit of a scope; null when it has none, neither its own nor its kind's. */
export function limitOf(ledger: Ledger, scope: string): number | null {
  return ledger.limits[scope] ?? ledger.limits[scope.slice(0, scope.indexOf(':'))] ?? null;
}

/** Those of the scopes that have a limit. */
export function capped(ledger: Ledger, scopes: readonly string[]): string[] {
  return scopes.filter((scope) => limitOf(ledger, scope) !== null);
}

/** What was spent in a scope so far. */
export function spentIn({ spent, spentBefore }: Ledger, scope: string): number {
  return spent[scope] ?? spentBefore?.[scope] ?? 0;
}

export function scopeState(ledger: Ledger, scope: string): ScopeState {
  return {
    scope,
    limitMicroUsd: limitOf(ledger, scope) ?? 0,
    spentMicroUsd: spentIn(ledger, scope),
    heldMicroUsd: ledger.held[scope] ?? 0,
  };
}

/** An open hold; by own member only, because every object has a `constructor`. */
export function holdOf(ledger: Ledger, id: string): Hold | undefined {
  return Object.hasOwn(ledger.holds, id) ? ledger.holds[id] : undefined;
}

/** What may still be held in all of the scopes at once; null when none of them has a limit. */
export function leftIn(ledger: Ledger, scopes: readonly string[]): number | null {
  const room = capped(ledger, scopes).map((scope) => {
    const { limitMicroUsd, spentMicroUsd, heldMicroUsd } = scopeState(ledger, scope);
    return limitMicroUsd - spentMicroUsd - heldMicroUsd;
  });
  return room.length === 0 ? null : Math.min(...room);
}

/** One decision over all scopes at once: what was spent, what is held and what is asked for stay in every cap. */
export function fits(ledger: Ledger, scopes: readonly string[], amountMicroUsd: number): boolean {
  const left = leftIn(ledger, scopes);
  return left !== null && amountMicroUsd <= left;
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

/** The day among the scopes of a hold: all windows follow from it. */
export function dayOf(scopes: readonly string[]): string | undefined {
  return scopes.find((scope) => scope.startsWith('day:'))?.slice('day:'.length);
}

/** False when the clock has gone back to a window that is over: its cap would be spent twice. */
export function inTime({ latestDay }: Ledger, scopes: readonly string[]): boolean {
  const day = dayOf(scopes);
  const month = scopes.find((scope) => scope.startsWith('month:'))?.slice('month:'.length);
  if (day !== undefined && month !== undefined && month !== day.slice(0, 7)) return false;
  return day === undefined || latestDay === undefined || day >= latestDay;
}

export function addHold(ledger: Ledger, event: Held): Partial<Ledger> {
  const { hold, amountMicroUsd, expiresAt, priceBook, model, terms } = event;
  const scopes = [...new Set(event.scopes)];
  const opened: Hold = {
    scopes,
    amountMicroUsd,
    expiresAt,
    ...(terms && { billing: { priceBook, model, terms } }),
  };
  const day = terms ? dayOf(scopes) : undefined;
  return {
    held: add(ledger.held, scopes, amountMicroUsd),
    holds: { ...ledger.holds, [hold]: opened },
    ...(day !== undefined && { latestDay: day }),
  };
}

/** Ends a hold; `chargedMicroUsd` of it is spent, the rest is free again. */
export function endHold(ledger: Ledger, id: string, chargedMicroUsd: number): Partial<Ledger> {
  const { [id]: hold, ...holds } = ledger.holds;
  if (!hold) return {};
  return {
    holds,
    held: add(ledger.held, hold.scopes, -hold.amountMicroUsd),
    ...(chargedMicroUsd > 0 && spend(ledger, hold.scopes, chargedMicroUsd)),
  };
}

const recentScopesMax = 256;

function spend(
  ledger: Ledger,
  scopes: readonly string[],
  amountMicroUsd: number,
): Pick<Ledger, 'spent' | 'spentBefore'> {
  const spent = { ...ledger.spent };
  for (const scope of scopes) spent[scope] = spentIn(ledger, scope) + amountMicroUsd;
  return Object.keys(spent).length > recentScopesMax
    ? { spent: {}, spentBefore: { ...ledger.spentBefore, ...spent } }
    : { spent };
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
