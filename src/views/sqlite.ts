import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import {
  CamelCasePlugin,
  Kysely,
  SqliteDialect,
  type SqliteDatabase,
  type SqliteStatement,
} from 'kysely';
import type { Database, Db, Engine, ReadEngine } from './database.ts';

/** How long a statement waits for another process that writes. */
const busyTimeoutMs = 5000;
/** Statements are few and alike; a flood of different ones must not fill the memory. */
const preparedMax = 256;
const nothingDone = { changes: 0, lastInsertRowid: 0 };

/** Opens a database file, made if it is not there: a connection that writes, and one that only reads. */
export function openSqlite(path: string): Engine {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const database = new DatabaseSync(path, { timeout: busyTimeoutMs });
  try {
    database.exec('pragma journal_mode = wal; pragma synchronous = normal');
    // Who reads first and writes later is refused when another process wrote in between; who says at once
    // that it will write, waits.
    return { ...readSqlite(path), writer: connect(database, 'begin immediate') };
  } catch (error) {
    database.close();
    throw error;
  }
}

export function readSqlite(path: string): ReadEngine {
  const database = new DatabaseSync(path, { timeout: busyTimeoutMs, readOnly: true });
  return { dialect: 'sqlite', name: path, reader: connect(database, 'begin') };
}

function connect(database: DatabaseSync, begin: string): Db {
  const dialect = new SqliteDialect({ database: adapt(database, begin) });
  return new Kysely<Database>({ dialect, plugins: [new CamelCasePlugin()] });
}

function adapt(database: DatabaseSync, begin: string): SqliteDatabase {
  const prepared = new Map<string, SqliteStatement>();
  return {
    close: () => database.close(),
    prepare(sql) {
      const known = prepared.get(sql);
      if (known) return known;
      if (prepared.size >= preparedMax) prepared.clear();
      const statement = database.prepare(sql === 'begin' ? begin : sql);
      const bound = (values: readonly unknown[]): SQLInputValue[] => values.map(inputValue);
      const adapted: SqliteStatement = {
        reader: statement.columns().length > 0,
        all: (values) => statement.all(...bound(values)),
        run(values) {
          // Some errors end a transaction by themselves, a full disk among them; the first is the one to tell.
          if (sql === 'rollback' && !database.isTransaction) return nothingDone;
          return statement.run(...bound(values));
        },
        iterate: (values) => statement.iterate(...bound(values)),
      };
      prepared.set(sql, adapted);
      return adapted;
    },
  };
}

// What SQLite cannot hold, it would bind as NULL without a word.
function inputValue(value: unknown): SQLInputValue {
  if (typeof value === 'string' || typeof value === 'number' || value === null) return value;
  throw new TypeError(`not a database value: ${typeof value}`);
}
