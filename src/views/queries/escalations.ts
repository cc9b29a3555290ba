import type { SealedBody } from '../../../events/index.ts';
import type { Database, Db } from '../database.ts';
import { fromJson, sealed } from '../fromJson.ts';

/** A question to a person, and its answer once there is one. `thread` is the address of the thread. */
export type Escalation = Omit<Database['escalations'], 'log' | 'proposals' | 'note'> & {
  /** The items still undecided when it was asked. */
  readonly proposals: readonly string[];
  /** What the person added, sealed. */
  readonly note: SealedBody | null;
};

export type EscalationFilter = {
  /** True: those that wait for an answer; false: those that have one; left out: all. */
  readonly open?: boolean | undefined;
};

/** Escalations, those that are due first first. */
export async function listEscalations(db: Db, { open }: EscalationFilter): Promise<Escalation[]> {
  let query = db.selectFrom('escalations').selectAll().orderBy('deadlineAt').orderBy('thread');
  if (open !== undefined) query = query.where('state', open ? '=' : '!=', 'open');
  return (await query.execute()).map(escalationOf);
}

/** Escalations of one thread, by number. */
export async function escalationsOf(db: Db, log: string): Promise<Escalation[]> {
  const rows = await db
    .selectFrom('escalations')
    .selectAll()
    .where('log', '=', log)
    .orderBy('escalation')
    .execute();
  return rows.map(escalationOf);
}

function escalationOf({ log: _log, proposals, note, ...row }: Database['escalations']): Escalation {
  return { ...row, proposals: fromJson<string[]>(proposals), note: sealed(note) };
}
