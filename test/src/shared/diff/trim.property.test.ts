import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import {
  changePlaces,
  parseRenderedChange,
  renderChange,
  trimChange,
  type FileChange,
} from '../../../../src/shared/diff/index.ts';
import { fileChanges } from './arbitraries.ts';

const sizes = { before: fc.nat(5), after: fc.nat(3) };
const options = fc.record(sizes);
const linesOf = (files: readonly FileChange[]) =>
  files.flatMap(({ hunks }) => hunks.flatMap(({ lines }) => lines));

describe('a trimmed change', () => {
  it('is read back by parseRenderedChange with nothing lost', () => {
    fc.assert(
      fc.property(fileChanges, options, (files, how) => {
        const trimmed = trimChange(files, how);
        assert.deepEqual(parseRenderedChange(renderChange(trimmed)), trimmed);
      }),
      { numRuns: 400 },
    );
  });

  it('has every file, every added line, and no line or number that was not there', () => {
    fc.assert(
      fc.property(fileChanges, options, (files, how) => {
        const trimmed = trimChange(files, how);
        assert.deepEqual(
          trimmed.map(({ hunks: _hunks, ...file }) => file),
          files.map(({ hunks: _hunks, ...file }) => file),
        );
        const known = new Set(linesOf(files));
        const left = linesOf(trimmed);
        assert.ok(left.every((line) => known.has(line)));
        const added = (some: typeof left) => some.filter(({ op }) => op === '+');
        assert.deepEqual(added(left), added(linesOf(files)));
      }),
      { numRuns: 400 },
    );
  });

  it('numbers its hunks by the lines in them', () => {
    fc.assert(
      fc.property(fileChanges, options, (files, how) => {
        for (const { oldStart, oldLines, newStart, newLines, lines } of trimChange(
          files,
          how,
        ).flatMap(({ hunks }) => hunks)) {
          const numbers = (of: 'oldLine' | 'newLine') =>
            lines.flatMap((line) => (line[of] === null ? [] : [line[of]]));
          const span = (start: number, count: number) =>
            Array.from({ length: count }, (_, at) => start + at);
          assert.deepEqual(numbers('oldLine'), span(oldStart, oldLines));
          assert.deepEqual(numbers('newLine'), span(newStart, newLines));
        }
      }),
      { numRuns: 400 },
    );
  });

  it('shows every line of a kept place that was shown before', () => {
    const places = fc.array(fc.record({ at: fc.nat(), line: fc.nat(30), more: fc.nat(4) }));
    fc.assert(
      fc.property(fileChanges, places, fc.record(sizes), (files, drawn, how) => {
        const keep = drawn.map(({ at, line, more }) => {
          const { path = '' } = files[at % files.length] ?? {};
          return { path, line: line + 1, endLine: line + 1 + more };
        });
        const isShown = (some: readonly FileChange[], path: string, line: number): boolean =>
          changePlaces(some).some(
            (place) =>
              place.path === path && place.ranges.some(([from, to]) => from <= line && line <= to),
          );
        const trimmed = trimChange(files, { ...how, keep });
        for (const { path, line, endLine } of keep) {
          for (let each = line; each <= endLine; each++)
            assert.equal(isShown(trimmed, path, each), isShown(files, path, each));
        }
      }),
      { numRuns: 400 },
    );
  });

  it('has no more context than asked for', () => {
    fc.assert(
      fc.property(fileChanges, (files) => {
        const only = (op: string) => op !== ' ';
        const bare = trimChange(files, { before: 0, after: 0 });
        assert.ok(linesOf(bare).every(({ op }) => only(op)));
      }),
    );
  });
});
