import { CompiledQuery, sql } from 'kysely';
import type { ColumnType, TableDef } from '../../projections/index.ts';
import type { Db, Engine } from './database.ts';
import { schemaName } from './postgres.ts';

/** Writers that set up the same database at the same time wait for each other. */
const setupLock = 0x627a7a7a;

// Text sorts by code point in both engines, so that a view and its rebuild compare alike anywhere.
const sqlTypes = {
  sqlite: { text: 'text', int: 'integer' },
  postgres: { text: 'text collate "C"', int: 'bigint' },
} as const;

const buildColumns = {
  id: 'text',
  projection: 'text',
  version: 'int',
  generation: 'int',
  state: ['active', 'building', 'shadow'],
  tables: 'text',
  revision: 'int',
} as const;
const checkpointColumns = { build: 'text', log: 'text', position: 'int', root: 'text' } as const;

/** Makes the tables of the runner itself, if they are not there. */
export async function setUp({ dialect, writer }: Engine): Promise<void> {
  await writer.transaction().execute(async (db) => {
    if (dialect === 'postgres') {
      await sql`select pg_advisory_xact_lock(${setupLock})`.execute(db);
      await run(db, `create schema if not exists "${schemaName}"`);
    }
    await run(db, createTable(dialect, 'builds', buildColumns, ['id']));
    await run(db, createTable(dialect, 'checkpoints', checkpointColumns, ['build', 'log']));
  });
}

/** Makes a table of a projection under the given name, without indexes. */
export async function makeTable(
  db: Db,
  dialect: Engine['dialect'],
  name: string,
  def: TableDef,
): Promise<void> {
  const columns = { log: 'text', ...def.columns } as const;
  await run(db, createTable(dialect, name, columns, ['log', ...def.key]));
}

/** Indexes are made once a table is full: that takes a fraction of the time. */
export async function makeIndexes(db: Db, name: string, def: TableDef): Promise<void> {
  for (const columns of def.indexes ?? []) {
    const index = `${name}_by_${columns.map(columnName).join('_')}`;
    await run(db, `create index if not exists "${index}" on "${name}" (${list(columns)})`);
  }
}

/** Runs a statement as it is. */
export async function run(db: Db, text: string): Promise<void> {
  await db.executeQuery(CompiledQuery.raw(text));
}

/** Quoted names of columns, as they are in the database: `openedAt` is `opened_at`. */
export function list(columns: readonly string[]): string {
  return columns.map((name) => `"${columnName(name)}"`).join(', ');
}

function columnName(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function createTable(
  dialect: Engine['dialect'],
  name: string,
  columns: Readonly<Record<string, ColumnType>>,
  key: readonly string[],
): string {
  const lines = Object.entries(columns).map(
    ([column, type]) => `${list([column])} ${sqlType(dialect, type)}`,
  );
  const options = dialect === 'sqlite' ? ' strict, without rowid' : '';
  return `create table if not exists "${name}" (${lines.join(', ')}, primary key (${list(key)}))${options}`;
}

function sqlType(dialect: Engine['dialect'], type: ColumnType): string {
  if (typeof type !== 'string')
    return sqlTypes[dialect].text + (type.includes(null) ? '' : ' not null');
  const optional = type.endsWith('?');
  return sqlTypes[dialect][type.startsWith('int') ? 'int' : 'text'] + (optional ? '' : ' not null');
}
