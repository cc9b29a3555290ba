import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { Refusal } from '../../../../events/index.ts';
import {
  changePlaces,
  parseDiff,
  parseRenderedChange,
  renderChange,
  type FileChange,
} from '../../../../src/shared/diff/index.ts';
import { anyText, edits, fileChanges } from './arbitraries.ts';
import { applyHunks, hunksOf, sideOf, writeGitDiff } from './diffModel.ts';

/** The changes of a diff, or null when it is refused as it has to be: with a place in one line. */
function parseOrRefuse(text: string): FileChange[] | null {
  try {
    return parseDiff(text);
  } catch (error) {
    assert.ok(error instanceof Refusal && error.code === 'DIFF_INVALID', String(error));
    assert.doesNotMatch(error.message, /[\n\r]/);
    const line = error.data['line'];
    assert.ok(typeof line === 'number' && line >= 1 && line <= text.split('\n').length + 1);
    return null;
  }
}

/** Breaks a diff: a piece of it is cut out, doubled or replaced by another text. */
const mutated = fc
  .record({
    files: fileChanges,
    cuts: fc.array(
      fc.record({
        at: fc.double({ min: 0, max: 1, noNaN: true }),
        length: fc.oneof(fc.nat(3), fc.nat(80)),
        by: fc.oneof(
          anyText(/$^/),
          fc.constantFrom('', '\n', '-', '+', '@@ -1 +1 @@\n', '"', '\\'),
        ),
        again: fc.boolean(),
      }),
      { minLength: 1, maxLength: 4 },
    ),
  })
  .map(({ files, cuts }) =>
    cuts.reduce((text, { at, length, by, again }) => {
      const start = Math.floor(at * text.length);
      const piece = text.slice(start, start + length);
      return text.slice(0, start) + (again ? piece + piece : by) + text.slice(start + length);
    }, writeGitDiff(files)),
  );

describe('parseDiff', () => {
  it('reads every change as git prints it, whatever names and contents are', () => {
    fc.assert(
      fc.property(fileChanges, fc.constantFrom('\n', '\r\n'), (files, lineEnd) => {
        assert.deepEqual(parseDiff(writeGitDiff(files, lineEnd)), files);
      }),
      { numRuns: 400 },
    );
  });

  it('gives hunks that turn the old text into the new one', () => {
    fc.assert(
      fc.property(edits, fc.nat(4), (steps, context) => {
        fc.pre(steps.some(({ op }) => op !== ' '));
        const hunks = hunksOf(steps, context);
        const change = { path: 'x', oldPath: 'x', status: 'modified', binary: false } as const;
        const [file] = parseDiff(
          writeGitDiff([{ ...change, oldMode: null, newMode: null, hunks }]),
        );
        const [oldText, newText] = (['+', '-'] as const).map((gone) =>
          sideOf(steps, gone)
            .map((line) => `${line}\n`)
            .join(''),
        );
        assert.equal(applyHunks(oldText ?? '', file?.hunks ?? []), newText);
      }),
    );
  });

  it('answers any text with changes or with a Refusal', () => {
    const anything = fc.oneof(anyText(/$^/, 200), fc.string({ unit: 'binary', maxLength: 200 }));
    fc.assert(fc.property(anything, (text) => void parseOrRefuse(text)));
  });

  it('answers broken diffs with changes that hold together or with a Refusal', () => {
    let [read, refused] = [0, 0];
    fc.assert(
      fc.property(mutated, (text) => {
        const files = parseOrRefuse(text);
        if (files === null) return void (refused += 1);
        read += 1;
        assert.deepEqual(parseRenderedChange(renderChange(files)), files);
      }),
      { numRuns: 1500 },
    );
    assert.ok(read > 0 && refused > 0, `${read} read, ${refused} refused`);
  });
});

describe('renderChange', () => {
  it('is read back by parseRenderedChange with nothing lost', () => {
    fc.assert(
      fc.property(fileChanges, (files) => {
        assert.deepEqual(parseRenderedChange(renderChange(files)), files);
      }),
      { numRuns: 400 },
    );
  });

  it('begins every line of content with its numbers, for every notion of a line', () => {
    const notContent =
      /^(?:$|## .+ \((?:added|deleted|modified|renamed|copied).*\)$|@@ -\d+,\d+ \+\d+,\d+ @@|\\ No newline at end of file$|\((?:binary|empty|same) )/;
    fc.assert(
      fc.property(fileChanges, (files) => {
        const text = renderChange(files);
        const lines = text.split(/[\n\v\f\r\x1c-\x1e\u0085\u2028\u2029]/);
        const content = lines.filter((line) => /^ *\d+ (?: *\d+ )? *[-+ ][ "]/.test(line));
        const other = lines.filter((line) => notContent.test(line));
        assert.ok(text.isWellFormed());
        assert.equal(content.length + other.length, lines.length);
        assert.equal(
          content.length,
          files.flatMap(({ hunks }) => hunks.flatMap((hunk) => hunk.lines)).length,
        );
      }),
      { numRuns: 400 },
    );
  });

  it('reads nothing else back: other texts are refused', () => {
    const broken = fc.tuple(fileChanges, fc.nat(), anyText(/$^/)).map(([files, at, by]) => {
      const text = renderChange(files);
      const start = at % text.length;
      return text.slice(0, start) + by + text.slice(start + 1);
    });
    fc.assert(
      fc.property(fc.oneof(broken, anyText(/$^/, 100)), (text) => {
        try {
          parseRenderedChange(text);
        } catch (error) {
          assert.ok(error instanceof Refusal && error.code === 'DIFF_INVALID', String(error));
        }
      }),
    );
  });
});

describe('changePlaces', () => {
  it('has exactly the lines that hunks show on the side that is left', () => {
    fc.assert(
      fc.property(fileChanges, (files) => {
        const places = changePlaces(files);
        const shown = new Set(
          files.flatMap(({ path, status, hunks }) =>
            hunks
              .flatMap((hunk) => hunk.lines)
              .map((line) => (status === 'deleted' ? line.oldLine : line.newLine))
              .filter((line) => line !== null)
              .map((line) => JSON.stringify([path, line])),
          ),
        );
        for (const { path } of files) {
          for (let line = 0; line < 40; line += 1) {
            const ranges = places.find((place) => place.path === path)?.ranges ?? [];
            const there = ranges.some(([start, end]) => start <= line && line <= end);
            assert.equal(there, shown.has(JSON.stringify([path, line])));
          }
        }
        for (const { ranges } of places) {
          ranges.forEach(([start, end], at) => {
            assert.ok(start <= end && start > (ranges[at - 1]?.[1] ?? -1) + 1);
          });
        }
      }),
    );
  });
});
