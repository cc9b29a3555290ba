import { randomInt } from 'node:crypto';
import { sql } from 'kysely';
import type { Projection } from '../../projections/index.ts';
import type { BuildsTable, Db, Engine } from './database.ts';
import { fromJson } from './fromJson.ts';
import { makeIndexes, makeTable, run } from './schema.ts';

/** A position in a log, and the Merkle root over the events before it. */
export type Checkpoint = { readonly position: number; readonly root: string };

/**
 * One set of tables of a projection, with suffix `_v<version>_<generation>`. Readers see the active one of
 * each projection through database views without a suffix. `building`: of a new version, kept after an
 * interruption; `shadow`: of a rebuild or a verification, never gone on with.
 */
export type Build = {
  readonly id: string;
  readonly projection: string;
  readonly version: number;
  readonly generation: number;
  readonly state: BuildsTable['state'];
  readonly tables: readonly string[];
  revision: number;
  readonly checkpoints: Map<string, Checkpoint>;
};

/** Another process has written, switched or dropped the build: what is known of it here is old. */
export class Superseded extends Error {
  override readonly name = 'Superseded';
}

/** Name of a table of a build. */
export function tableName(build: Pick<Build, 'version' | 'generation'>, table: string): string {
  return `${table}_v${build.version}_${build.generation}`;
}

export function positionOf(build: Build, log: string): number {
  return build.checkpoints.get(log)?.position ?? 0;
}

/** Every build in the database, by id; those in `known` that did not change since are used again. */
export async function loadBuilds(
  db: Db,
  known: ReadonlyMap<string, Build> = new Map(),
): Promise<Map<string, Build>> {
  const rows = await db.selectFrom('builds').selectAll().orderBy('id').execute();
  const builds = new Map<string, Build>();
  for (const row of rows) {
    const same = known.get(row.id);
    const fresh = same?.revision === row.revision && same.state === row.state;
    builds.set(row.id, fresh ? same : await load(db, row));
  }
  return builds;
}

async function load(db: Db, row: BuildsTable): Promise<Build> {
  const checkpoints = await db
    .selectFrom('checkpoints')
    .select(['log', 'position', 'root'])
    .where('build', '=', row.id)
    .execute();
  return {
    ...row,
    tables: fromJson<string[]>(row.tables),
    checkpoints: new Map(checkpoints.map(({ log, ...checkpoint }) => [log, checkpoint])),
  };
}

/** Makes the empty tables of a build. Run in `restructure`. */
export async function createBuild(
  db: Db,
  dialect: Engine['dialect'],
  { name, version, tables }: Projection,
  state: 'building' | 'shadow',
): Promise<Build> {
  const { last } = await db
    .selectFrom('builds')
    .select((eb) => eb.fn.coalesce(eb.fn.max('generation'), sql<number>`0`).as('last'))
    .where('projection', '=', name)
    .executeTakeFirstOrThrow();
  const generation = last + 1;
  const id = `${name}_v${version}_${generation}`;
  // Not from 0: whoever still holds a dropped build of the same name must not take this one for it.
  const revision = randomInt(2 ** 47);
  const row = { id, projection: name, version, generation, state, revision };
  const names = tables.map((def) => def.name);
  await db
    .insertInto('builds')
    .values({ ...row, tables: JSON.stringify(names) })
    .execute();
  for (const def of tables) await makeTable(db, dialect, tableName(row, def.name), def);
  return { ...row, tables: names, checkpoints: new Map() };
}

/** Lets readers see this build instead of any other of its projection, and drops the others. */
export async function activate(db: Db, build: Build, { tables }: Projection): Promise<void> {
  await claim(db, build);
  for (const def of tables) await makeIndexes(db, tableName(build, def.name), def);
  for (const other of (await loadBuilds(db)).values())
    if (other.projection === build.projection && other.id !== build.id) await drop(db, other);
  for (const table of build.tables)
    await run(db, `create view "${table}" as select * from "${tableName(build, table)}"`);
  await db.updateTable('builds').set({ state: 'active' }).where('id', '=', build.id).execute();
}

/** Takes a build away, and if readers see it, what they see it through. Run in `restructure`. */
export async function drop(db: Db, build: Build): Promise<void> {
  for (const table of build.tables) {
    if (build.state === 'active') await run(db, `drop view "${table}"`);
    await run(db, `drop table "${tableName(build, table)}"`);
  }
  await db.deleteFrom('checkpoints').where('build', '=', build.id).execute();
  await db.deleteFrom('builds').where('id', '=', build.id).execute();
}

/** Counts a write, which must come first in its transaction: throws Superseded if somebody else wrote. */
export async function claim(db: Db, build: Build): Promise<void> {
  const { numUpdatedRows } = await db
    .updateTable('builds')
    .set({ revision: build.revision + 1 })
    .where('id', '=', build.id)
    .where('revision', '=', build.revision)
    .executeTakeFirst();
  if (numUpdatedRows !== 1n) throw new Superseded(`the build ${build.id} was changed elsewhere`);
}

/**
 * A transaction that makes, switches or drops builds, alone: it waits for those who write or read, and
 * they wait for it. All of it happens, or nothing.
 */
export async function restructure<T>(
  { dialect, writer }: Engine,
  work: (db: Db) => Promise<T>,
): Promise<T> {
  return await writer.transaction().execute(async (db) => {
    if (dialect === 'postgres') await run(db, 'lock table builds in access exclusive mode');
    return await work(db);
  });
}
