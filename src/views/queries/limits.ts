import type { Database, Db } from '../database.ts';

/** A cap as somebody has set it: of a scope such as `role:architect`, or of each scope of a kind. */
export type Limit = Omit<Database['limits'], 'log' | 'limitMicroUsd'> & {
  readonly limitMicroUsd: number;
};
export type Alert = Omit<Database['alerts'], 'log'>;

/** Caps in force, by project and scope. */
export async function limitsOf(db: Db, project?: string): Promise<Limit[]> {
  let query = db
    .selectFrom('limits')
    .select(['project', 'scope', 'limitMicroUsd', 'by', 'setAt'])
    .where('limitMicroUsd', 'is not', null)
    .$narrowType<{ limitMicroUsd: number }>()
    .orderBy('project')
    .orderBy('scope');
  if (project !== undefined) query = query.where('project', '=', project);
  return await query.execute();
}

/** The cap that counts for a scope: its own, or that of its kind; null when it has none. */
export function capOf(limits: readonly Limit[], project: string, scope: string): number | null {
  const kind = scope.slice(0, scope.indexOf(':'));
  const of = (name: string): Limit | undefined =>
    limits.find((limit) => limit.project === project && limit.scope === name);
  return (of(scope) ?? of(kind))?.limitMicroUsd ?? null;
}

/** Alerts that were raised, the oldest first. */
export async function alertsOf(db: Db, project?: string): Promise<Alert[]> {
  let query = db
    .selectFrom('alerts')
    .select(['project', 'scope', 'thresholdPct', 'spentMicroUsd', 'limitMicroUsd', 'raisedAt'])
    .orderBy('raisedAt')
    .orderBy('scope')
    .orderBy('thresholdPct');
  if (project !== undefined) query = query.where('project', '=', project);
  return await query.execute();
}
