import { CompiledQuery } from 'kysely';
import { Unavailable } from '../../events/index.ts';
import type { Engine } from './database.ts';
import { run } from './schema.ts';

/**
 * Leaves nothing in the files of the database of rows and tables that are no longer in it. PostgreSQL removes
 * the files of a table with the table; what its own logs and backups keep is for whoever runs the server.
 */
export async function forgetDropped({ dialect, name, writer }: Engine): Promise<void> {
  if (dialect === 'postgres') return;
  await writer.connection().execute(async (db) => {
    await run(db, 'vacuum');
    const checkpoint = CompiledQuery.raw('pragma wal_checkpoint(truncate)');
    const { rows } = await db.executeQuery<{ busy: number }>(checkpoint);
    if (rows[0]?.busy === 0) return;
    throw new Unavailable(
      'VIEWS_UNAVAILABLE',
      `another process reads ${name}, so that old rows stay in its log; let it finish, then try again`,
    );
  });
}
