import type { Database, Db } from '../database.ts';

/** That the texts of a subject were erased. `at` is RFC 3339, `seq` the event of the node's log. */
export type ErasedSubject = Omit<Database['erasures'], 'log'>;

export type ErasureFilter = {
  readonly subject?: string | undefined;
};

/** Erasures, the latest first. A subject may be erased more than once. */
export async function listErasures(db: Db, { subject }: ErasureFilter): Promise<ErasedSubject[]> {
  let query = db
    .selectFrom('erasures')
    .select(['seq', 'at', 'subject', 'reason', 'by'])
    .orderBy('at', 'desc')
    .orderBy('seq', 'desc');
  if (subject !== undefined) query = query.where('subject', '=', subject);
  return await query.execute();
}
