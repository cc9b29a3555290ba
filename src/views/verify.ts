import { CompiledQuery, sql } from 'kysely';
import type { Projection, Row, TableDef } from '../../projections/index.ts';
import { snapshot } from './ask.ts';
import { loadBuilds, positionOf, tableName, type Build } from './builds.ts';
import type { Target } from './batch.ts';
import type { Db, ReadEngine } from './database.ts';
import { list } from './schema.ts';
import type { Drift, DriftedRow } from './types.ts';

/** Rows shown of a table that differs. */
const shownMax = 10;

type Pair = { readonly projection: Projection; readonly kept: Build; readonly rebuilt: Build };
/** What a comparison of builds found. */
export type Comparison = {
  readonly tables: number;
  readonly rows: number;
  readonly drift: Drift[];
};

/** Compares each shadow with the active build; null if they do not hold the same events. */
export async function compareBuilds(
  engine: ReadEngine,
  shadows: readonly Target[],
): Promise<Comparison | null> {
  return await snapshot(engine, async (db) => {
    const builds = await loadBuilds(db);
    const pairs: Pair[] = [];
    for (const { build, projection } of shadows) {
      const rebuilt = builds.get(build.id);
      const kept = [...builds.values()].find(
        ({ projection: name, state }) => name === projection.name && state === 'active',
      );
      if (!rebuilt || !kept || !sameEvents(kept, rebuilt)) return null;
      pairs.push({ projection, kept, rebuilt });
    }
    return await comparePairs(db, pairs);
  });
}

function sameEvents(a: Build, b: Build): boolean {
  return (
    a.version === b.version &&
    a.checkpoints.size === b.checkpoints.size &&
    [...a.checkpoints].every(([log, { position }]) => position === positionOf(b, log))
  );
}

async function comparePairs(db: Db, pairs: readonly Pair[]): Promise<Comparison> {
  const drift: Drift[] = [];
  let tables = 0;
  let rows = 0;
  for (const { projection, kept, rebuilt } of pairs) {
    for (const def of projection.tables) {
      const names = { kept: tableName(kept, def.name), rebuilt: tableName(rebuilt, def.name) };
      tables += 1;
      rows += await count(db, `select count(*) as rows from "${names.rebuilt}"`);
      const found = await compareTable(db, def, names.kept, names.rebuilt);
      if (found) drift.push({ projection: projection.name, table: def.name, ...found });
    }
  }
  return { tables, rows, drift };
}

async function compareTable(
  db: Db,
  def: TableDef,
  kept: string,
  rebuilt: string,
): Promise<Pick<Drift, 'rows' | 'first'> | null> {
  const keys = list(['log', ...def.key]);
  const only = (a: string, b: string): string =>
    `select ${keys} from (select * from "${a}" except select * from "${b}") as different`;
  const differing = `${only(kept, rebuilt)} union ${only(rebuilt, kept)}`;
  const rows = await count(db, `select count(*) as rows from (${differing}) as keys`);
  if (rows === 0) return null;
  const first: DriftedRow[] = [];
  for (const key of await read(db, `${differing} order by ${keys} limit ${shownMax}`)) {
    first.push({ key, kept: await rowOf(db, kept, key), rebuilt: await rowOf(db, rebuilt, key) });
  }
  return { rows, first };
}

async function rowOf(db: Db, table: string, key: Row): Promise<Row | null> {
  const tests = Object.entries(key).map(([name, value]) => sql`${sql.ref(name)} = ${value}`);
  const where = sql.join(tests, sql` and `);
  const { rows } = await sql<Row>`select * from ${sql.table(table)} where ${where}`.execute(db);
  return rows[0] ?? null;
}

async function read(db: Db, text: string): Promise<Row[]> {
  return (await db.executeQuery<Row>(CompiledQuery.raw(text))).rows;
}

async function count(db: Db, text: string): Promise<number> {
  return Number((await read(db, text))[0]?.['rows']);
}
