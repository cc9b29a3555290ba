import { sql } from 'kysely';
import type { Database, Db } from '../database.ts';
import { fromJson } from '../fromJson.ts';
import { alertsOf, capOf, limitsOf, type Alert, type Limit } from './limits.ts';
import { windowsAt } from './windows.ts';

/** Something that money is counted in. Money is integer micro-dollars. */
export type ScopeUse = {
  readonly scope: string;
  /** Its own cap, or that of its kind; null without one. */
  readonly limitMicroUsd: number | null;
  readonly spentMicroUsd: number;
  readonly heldMicroUsd: number;
  /** What could still be held; null without a cap, never below 0. */
  readonly leftMicroUsd: number | null;
};

export type Budget = {
  readonly project: string;
  readonly limits: readonly Limit[];
  /**
   * Scopes in use, by name: those that have a cap of their own, those that hold money, and those that a
   * call of this month counts in; of days and months, those under way.
   */
  readonly scopes: readonly ScopeUse[];
  /** Percents of a cap at which an alert is raised; null while nobody has set any. */
  readonly thresholdsPct: readonly number[] | null;
  readonly alerts: readonly Alert[];
  readonly holds: readonly OpenHold[];
};

export type OpenHold = Pick<
  Database['holds'],
  | 'hold'
  | 'project'
  | 'thread'
  | 'agent'
  | 'role'
  | 'model'
  | 'heldMicroUsd'
  | 'heldAt'
  | 'expiresAt'
>;

/** The ledger of a project as it stands at a moment. */
export async function budget(db: Db, project: string, nowMs: number): Promise<Budget> {
  const limits = await limitsOf(db, project);
  const set = await db
    .selectFrom('thresholds')
    .select('thresholdsPct')
    .where('project', '=', project)
    .orderBy('setAt', 'desc')
    .executeTakeFirst();
  return {
    project,
    limits,
    scopes: await scopesInUse(db, project, limits, nowMs),
    thresholdsPct: set ? fromJson<number[]>(set.thresholdsPct) : null,
    alerts: await alertsOf(db, project),
    holds: await openHolds(db, project),
  };
}

/** Holds without an outcome yet; those that expire first first. */
export async function openHolds(db: Db, project?: string): Promise<OpenHold[]> {
  let query = db
    .selectFrom('holds')
    .select(['hold', 'project', 'thread', 'agent', 'role', 'model'])
    .select(['heldMicroUsd', 'heldAt', 'expiresAt'])
    .where('state', '=', 'open')
    .orderBy('expiresAt')
    .orderBy('hold');
  if (project !== undefined) query = query.where('project', '=', project);
  return await query.execute();
}

async function scopesInUse(
  db: Db,
  project: string,
  limits: readonly Limit[],
  nowMs: number,
): Promise<ScopeUse[]> {
  const windows = windowsAt(nowMs);
  const current = windows.map(({ kind, name }) => `${kind}:${name}`);
  const month = windows.find(({ kind }) => kind === 'month')?.name ?? '';
  const own = limits.map(({ scope }) => scope).filter((scope) => scope.includes(':'));
  const totals = new Map((await totalsOf(db, project)).map((total) => [total.scope, total]));
  const wanted = [...new Set([...own, ...current, ...totals.keys()])].filter((scope) => {
    const { heldMicroUsd = 0, lastMonth = '' } = totals.get(scope) ?? {};
    if (heldMicroUsd > 0 || current.includes(scope)) return true;
    return !/^(?:day|month):/.test(scope) && (own.includes(scope) || lastMonth >= month);
  });
  return wanted.toSorted().map((scope) => {
    const { spentMicroUsd = 0, heldMicroUsd = 0 } = totals.get(scope) ?? {};
    const limitMicroUsd = capOf(limits, project, scope);
    const left = limitMicroUsd === null ? null : limitMicroUsd - spentMicroUsd - heldMicroUsd;
    const leftMicroUsd = left === null ? null : Math.max(left, 0);
    return { scope, limitMicroUsd, spentMicroUsd, heldMicroUsd, leftMicroUsd };
  });
}

type Total = {
  readonly scope: string;
  readonly spentMicroUsd: number;
  readonly heldMicroUsd: number;
  readonly lastMonth: string;
};

async function totalsOf(db: Db, project: string): Promise<Total[]> {
  const open = sql`case when holds.state = 'open' then holds.held_micro_usd else 0 end`;
  return await db
    .selectFrom('scopes')
    .innerJoin('holds', (join) =>
      join.onRef('holds.log', '=', 'scopes.log').onRef('holds.hold', '=', 'scopes.hold'),
    )
    .select((eb) => [
      'scopes.scope',
      sql<number>`cast(sum(holds.charged_micro_usd) as bigint)`.as('spentMicroUsd'),
      sql<number>`cast(sum(${open}) as bigint)`.as('heldMicroUsd'),
      eb.fn.max('holds.month').as('lastMonth'),
    ])
    .where('holds.project', '=', project)
    .groupBy('scopes.scope')
    .execute();
}
