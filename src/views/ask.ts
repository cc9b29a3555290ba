import { Unavailable } from '../../events/index.ts';
import type { Projection } from '../../projections/index.ts';
import type { Db, ReadEngine } from './database.ts';
import { run } from './schema.ts';

/** All reads of `work` see the database at one moment, and no switch of builds comes between them. */
export async function snapshot<T>(
  { dialect, reader }: ReadEngine,
  work: (db: Db) => Promise<T>,
): Promise<T> {
  if (dialect === 'sqlite') return await reader.transaction().execute(work);
  return await reader
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (db) => {
      // Comes before the moment is fixed: a table that is switched in later would look empty at that moment.
      await run(db, 'lock table builds in access share mode');
      return await work(db);
    });
}

/** Asks views that are of the version of this program. Throws Unavailable when they are not. */
export async function ask<T>(
  engine: ReadEngine,
  projections: readonly Projection[],
  work: (db: Db) => Promise<T>,
): Promise<T> {
  return await snapshot(engine, async (db) => {
    const active = await db
      .selectFrom('builds')
      .select(['projection', 'version'])
      .where('state', '=', 'active')
      .execute();
    for (const { name, version } of projections) {
      const found = active.find(({ projection }) => projection === name);
      if (found?.version !== version) throw notReady(name, found?.version);
    }
    return await work(db);
  });
}

function notReady(name: string, version: number | undefined): Unavailable {
  const what =
    version === undefined
      ? `the view ${name} was never built`
      : `the view ${name} is of another version of bzzz`;
  return new Unavailable('VIEWS_UNAVAILABLE', `${what}; run \`bzzz views rebuild\``);
}

/** Stops waiting, not the work itself, when the signal says so. */
export async function abortable<T>(work: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (!signal) return await work;
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
