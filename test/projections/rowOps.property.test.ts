import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { projections, type RowOp, type TableDef } from '../../projections/index.ts';
import { anyEvent, anyRecorded } from '../support/actorArbitraries.ts';

const defs = new Map<string, TableDef>(
  projections.flatMap(({ tables }) => tables.map((def) => [def.name, def] as const)),
);

describe('a projection', () => {
  it('makes whole rows of its own tables out of any event, lawful or not', () => {
    const event = fc.oneof(...anyEvent.values());
    fc.assert(
      fc.property(anyRecorded(event), (recorded) => {
        for (const { name, tables, project } of projections)
          for (const op of project(recorded)) {
            const def = tables.find((table) => table.name === op.table);
            assert.ok(def, `${name} has no table ${op.table}`);
            check(def, op);
          }
      }),
      { numRuns: 1000 },
    );
  });

  it('is pure: the same event makes the same rows, and is left as it was', () => {
    const event = fc.oneof(...anyEvent.values());
    fc.assert(
      fc.property(anyRecorded(event), (recorded) => {
        const before = structuredClone(recorded);
        for (const { project } of projections) assert.deepEqual(project(recorded), project(before));
        assert.deepEqual(recorded, before);
      }),
    );
  });

  it('handles exactly the events that it makes rows of', () => {
    for (const [type, event] of anyEvent) {
      const samples = fc.sample(anyRecorded(event), { numRuns: 30, seed: 1 });
      for (const { name, handles, project } of projections) {
        const made = samples.some((recorded) => project(recorded).length > 0);
        const handled = handles.some((each) => each === type);
        assert.equal(made, handled, `${name} and ${type}`);
      }
    }
  });

  it('names each table once in all projections, and never a column `log`', () => {
    const names = projections.flatMap(({ tables }) => tables.map((def) => def.name));
    assert.equal(new Set(names).size, names.length);
    for (const { name, columns, key, indexes = [] } of defs.values()) {
      assert.ok(!('log' in columns), name);
      for (const column of [...key, ...indexes.flat()]) assert.ok(column in columns, column);
    }
  });

  it('never sets what it adds to', () => {
    const set = new Set<string>();
    const added = new Set<string>();
    const event = fc.oneof(...anyEvent.values());
    for (const recorded of fc.sample(anyRecorded(event), { numRuns: 2000, seed: 1 }))
      for (const op of projections.flatMap(({ project }) => project(recorded))) {
        if (op.op === 'put') continue;
        for (const column of Object.keys(op.set)) set.add(`${op.table}.${column}`);
        for (const column of Object.keys(op.add)) added.add(`${op.table}.${column}`);
      }
    assert.ok(added.size > 5);
    assert.deepEqual(added.intersection(set), new Set());
  });
});

function check({ name, columns, key }: TableDef, op: RowOp): void {
  const type = (column: string): unknown => columns[column];
  if (op.op === 'put') {
    for (const column of Object.keys(columns))
      checkCell(name, column, type(column), op.row[column]);
    return;
  }
  assert.deepEqual(Object.keys(op.key).toSorted(), [...key].toSorted(), name);
  for (const [column, value] of Object.entries({ ...op.key, ...op.set }))
    checkCell(name, column, type(column), value);
  for (const [column, amount] of Object.entries(op.add)) {
    assert.equal(type(column), 'int', `${name}.${column}`);
    assert.ok(Number.isSafeInteger(amount));
  }
}

function checkCell(table: string, column: string, type: unknown, value: unknown): void {
  const what = `${table}.${column}: ${String(value)}`;
  if (Array.isArray(type)) assert.ok(type.includes(value), what);
  else if (value === null) assert.ok(type === 'text?' || type === 'int?', what);
  else if (type === 'int' || type === 'int?') assert.ok(Number.isSafeInteger(value), what);
  else assert.equal(typeof value, 'string', what);
}
