import { sql } from 'kysely';
import type { Db } from '../database.ts';
import { capOf, limitsOf } from './limits.ts';
import { projectedMicroUsd, windowsAt, type Window } from './windows.ts';

/** What a window under way will have cost at its end. Money is integer micro-dollars. */
export type Forecast = {
  readonly project: string;
  readonly window: Window['kind'];
  /** `day:2026-11-24`, `month:2026-11`; always UTC. */
  readonly scope: string;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly spentMicroUsd: number;
  /** Null without a cap. */
  readonly limitMicroUsd: number | null;
  /** Linear in the time that is over; null while less than 1 % of it is, or nothing was spent. */
  readonly projectedMicroUsd: number | null;
  /** At this rate the cap is reached before the end, and calls will be refused. */
  readonly exceedsLimit: boolean;
};

export type ForecastFilter = { readonly project?: string | undefined; readonly nowMs: number };

/** The windows under way of one project, or of all that have a ledger: first the day, then the month. */
export async function forecast(
  db: Db,
  { project, nowMs }: ForecastFilter,
): Promise<readonly Forecast[]> {
  const limits = await limitsOf(db, project);
  const windows = windowsAt(nowMs);
  const spent: Spent[][] = [];
  for (const window of windows) spent.push(await spentIn(db, window));
  const known = [...limits, ...spent.flat()].map((row) => row.project);
  const projects = project === undefined ? [...new Set(known)].toSorted() : [project];
  return projects.flatMap((name) =>
    windows.map((window, index) => {
      const found = spent[index]?.find((row) => row.project === name);
      const spentMicroUsd = found?.spentMicroUsd ?? 0;
      const scope = `${window.kind}:${window.name}`;
      const limitMicroUsd = capOf(limits, name, scope);
      const projected = projectedMicroUsd(window, spentMicroUsd, nowMs);
      return {
        project: name,
        window: window.kind,
        scope,
        startsAt: new Date(window.startMs).toISOString(),
        endsAt: new Date(window.endMs).toISOString(),
        spentMicroUsd,
        limitMicroUsd,
        projectedMicroUsd: projected,
        exceedsLimit: projected !== null && limitMicroUsd !== null && projected > limitMicroUsd,
      };
    }),
  );
}

type Spent = { readonly project: string; readonly spentMicroUsd: number };

async function spentIn(db: Db, { kind, name }: Window): Promise<Spent[]> {
  return await db
    .selectFrom('holds')
    .select(['project', sql<number>`cast(sum(charged_micro_usd) as bigint)`.as('spentMicroUsd')])
    .where(kind, '=', name)
    .groupBy('project')
    .execute();
}
