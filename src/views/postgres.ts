import { CamelCasePlugin, Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import type { Database, Db, Engine, ReadEngine } from './database.ts';

const connectTimeoutMs = 5000;

// All our integers are safe ones; pg gives 64-bit integers as text unless told otherwise.
const types = new pg.TypeOverrides();
types.setTypeParser(pg.types.builtins.INT8, Number);

/** Everything lies in a schema of this name, away from other tenants of the database. */
export const schemaName = 'bzzz';
const inSchema = `-c search_path=${schemaName}`;

/** Connects to PostgreSQL 15 or later: a pool that writes, and one that can only read. */
export function openPostgres(url: string, name: string): Engine {
  return { ...readPostgres(url, name), writer: connect(url, inSchema, 2) };
}

export function readPostgres(url: string, name: string): ReadEngine {
  const readOnly = `${inSchema} -c default_transaction_read_only=on`;
  return { dialect: 'postgres', name, reader: connect(url, readOnly, 4) };
}

function connect(url: string, options: string, max: number): Db {
  const pool = new pg.Pool({
    connectionString: url,
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    options,
    max,
    types,
  });
  // A connection that breaks while idle is replaced by the pool; without a listener it ends the process.
  pool.on('error', () => {});
  return new Kysely<Database>({
    dialect: new PostgresDialect({ pool }),
    plugins: [new CamelCasePlugin()],
  });
}
