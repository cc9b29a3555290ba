import type { Recorded } from '../../events/index.ts';
import type { Projection, Row, RowOp, Value } from '../../projections/index.ts';

/** Rows of every table by its name, each with the log that it belongs to; in no particular order. */
export type Tables = Map<string, Row[]>;

/** What the tables should hold: every operation carried out by itself, one event after the other. */
export function tablesFrom(
  events: readonly Recorded[],
  projections: readonly Projection[],
): Tables {
  const tables: Tables = new Map();
  for (const { tables: defs, project } of projections) {
    for (const { name, key } of defs) {
      const rows = new Map<string, Record<string, Value>>();
      for (const recorded of events)
        for (const op of project(recorded))
          if (op.table === name) carryOut(rows, ['log', ...key], recorded.meta.stream, op);
      tables.set(name, [...rows.values()]);
    }
  }
  return tables;
}

function carryOut(
  rows: Map<string, Record<string, Value>>,
  key: readonly string[],
  log: string,
  op: RowOp,
): void {
  const named: Row = { ...(op.op === 'put' ? op.row : op.key), log };
  const id = JSON.stringify(key.map((name) => named[name]));
  if (op.op === 'put') {
    rows.set(id, { ...op.row, log });
    return;
  }
  const row = rows.get(id);
  if (!row) return;
  for (const [name, value] of Object.entries(op.set)) if (value !== undefined) row[name] = value;
  for (const [name, amount = 0] of Object.entries(op.add)) row[name] = Number(row[name]) + amount;
}

/** The same rows as texts that compare: columns and rows sorted, names as the database has them. */
export function comparable(rows: readonly Readonly<Record<string, unknown>>[]): string[] {
  return rows
    .map((row) => {
      const cells = Object.entries(row).map(([name, value]): [string, unknown] => [
        name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
        typeof value === 'string' || typeof value === 'number' ? textOf(value) : value,
      ]);
      return JSON.stringify(cells.toSorted(([a], [b]) => (a < b ? -1 : 1)));
    })
    .toSorted();
}

// 64-bit integers come as text from one of the engines, and it cannot store U+0000.
function textOf(value: string | number): string {
  return String(value).replaceAll('\0', '\uFFFD');
}
