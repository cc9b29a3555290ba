import { CompiledQuery } from 'kysely';
import type { Changes, Row, RowOp, TableDef, Value } from '../../projections/index.ts';
import type { Db, Engine } from './database.ts';
import { list } from './schema.ts';

/** Rows per statement: few sizes, so that few statements are ever prepared. */
const chunkSizes = [128, 16, 1] as const;

type Change = Extract<RowOp, { op: 'change' }>;
type Pending = { readonly log: string; readonly op: RowOp };

/** What a batch of events does to one table, folded so that each row is written once. */
export class PendingRows {
  readonly #table: string;
  readonly #def: TableDef;
  readonly #postgres: boolean;
  readonly #columns: readonly string[];
  readonly #upserts = new Map<number, string>();
  #log = '';
  /** Rows of the log under way, by key; rows of different logs never meet. */
  #open = new Map<Value, RowOp>();
  #closed: Pending[] = [];

  constructor(dialect: Engine['dialect'], table: string, def: TableDef) {
    this.#table = table;
    this.#def = def;
    this.#postgres = dialect === 'postgres';
    this.#columns = Object.keys(def.columns);
  }

  /** What follows comes from this log. */
  startLog(log: string): void {
    for (const op of this.#open.values()) this.#closed.push({ log: this.#log, op });
    this.#open.clear();
    this.#log = log;
  }

  apply(op: RowOp): void {
    const key = this.#keyOf(op.op === 'put' ? op.row : op.key);
    const before = this.#open.get(key);
    this.#open.set(key, op.op === 'put' || !before ? op : merge(before, op));
  }

  /** Writes everything, in the transaction of `db`, and is empty afterwards. */
  async write(db: Db): Promise<void> {
    this.startLog(this.#log);
    const rows: Value[][] = [];
    for (const { log, op } of this.#closed) {
      if (op.op === 'change') await this.#update(db, log, op);
      else rows.push(this.#bound([log, ...this.#columns.map((name) => cell(op.row, name))]));
    }
    this.#closed = [];
    for (let at = 0; at < rows.length;) {
      const size = chunkSizes.find((chunk) => chunk <= rows.length - at) ?? 1;
      const values = rows.slice(at, at + size).flat();
      await db.executeQuery(CompiledQuery.raw(this.#upsert(size), values));
      at += size;
    }
  }

  #keyOf(row: Row): Value {
    const { key } = this.#def;
    const [first] = key;
    if (first === undefined) return null;
    return key.length === 1 ? cell(row, first) : JSON.stringify(key.map((name) => cell(row, name)));
  }

  #upsert(rows: number): string {
    const known = this.#upserts.get(rows);
    if (known !== undefined) return known;
    const { key } = this.#def;
    const columns = ['log', ...this.#columns];
    const tuples = Array.from({ length: rows }, (_, row) => {
      const holes = columns.map((_name, index) => this.#hole(row * columns.length + index));
      return `(${holes.join(', ')})`;
    });
    const rest = this.#columns.filter((name) => !key.includes(name));
    const set = rest.map((name) => `${list([name])} = excluded.${list([name])}`).join(', ');
    const text = `insert into "${this.#table}" (${list(columns)}) values ${tuples.join(', ')} on conflict (${list(['log', ...key])}) do update set ${set}`;
    this.#upserts.set(rows, text);
    return text;
  }

  async #update(db: Db, log: string, { key, set, add }: Change): Promise<void> {
    const values: Value[] = [];
    const hole = (value: Value): string => this.#hole(values.push(value) - 1);
    const changes: string[] = [];
    for (const [name, value] of Object.entries(set))
      if (value !== undefined) changes.push(`${list([name])} = ${hole(value)}`);
    for (const [name, amount = 0] of Object.entries(add))
      changes.push(`${list([name])} = ${list([name])} + ${hole(amount)}`);
    const where = [
      `"log" = ${hole(log)}`,
      ...this.#def.key.map((name) => `${list([name])} = ${hole(cell(key, name))}`),
    ];
    const text = `update "${this.#table}" set ${changes.join(', ')} where ${where.join(' and ')}`;
    await db.executeQuery(CompiledQuery.raw(text, this.#bound(values)));
  }

  #hole(index: number): string {
    return this.#postgres ? `$${index + 1}` : '?';
  }

  // Text in PostgreSQL cannot hold U+0000, and an event may.
  #bound(values: Value[]): Value[] {
    if (!this.#postgres) return values;
    return values.map((value) =>
      typeof value === 'string' ? value.replaceAll('\0', '\uFFFD') : value,
    );
  }
}

/** One operation that does what two did. A column is either set or added to, so their order is kept. */
function merge(before: RowOp, { set, add }: Change): RowOp {
  if (before.op === 'change')
    return { ...before, set: overlay(before.set, set), add: sum(before.add, add) };
  const row: Record<string, Value> = { ...before.row };
  for (const [name, value] of Object.entries(set)) if (value !== undefined) row[name] = value;
  for (const [name, amount = 0] of Object.entries(add)) row[name] = Number(row[name]) + amount;
  return { ...before, row };
}

function overlay(a: Changes<Value>, b: Changes<Value>): Changes<Value> {
  const values: Record<string, Value | undefined> = { ...a };
  for (const [name, value] of Object.entries(b)) if (value !== undefined) values[name] = value;
  return values;
}

function sum(a: Changes<number>, b: Changes<number>): Changes<number> {
  const sums: Record<string, number | undefined> = { ...a };
  for (const [name, amount = 0] of Object.entries(b)) sums[name] = (sums[name] ?? 0) + amount;
  return sums;
}

function cell(row: Row, name: string): Value {
  const value = row[name];
  if (value === undefined) throw new TypeError(`a row has no ${name}`);
  return value;
}
