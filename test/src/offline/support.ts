import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DiffLine, FileChange } from '../../../src/shared/diff/index.ts';
import { readChange } from '../../../src/offline/code/change.ts';
import { examine, type Finding } from '../../../src/offline/examine.ts';

/** A change as its files: path and text. */
export type Files = Record<string, string>;

/**
 * A file change from its text. Each line is added, but for those that begin with `~` and a blank
 * (context) or `<` and a blank (removed); a file with such lines is a modified one, from line 10 on.
 */
export function fileChange(path: string, text: string): FileChange {
  const rows = text.split('\n');
  const modified = rows.some((row) => /^[~<] /.test(row));
  let [oldLine, newLine] = modified ? [10, 10] : [0, 1];
  const shown = rows.map((row): DiffLine => {
    if (row.startsWith('~ '))
      return { op: ' ', oldLine: oldLine++, newLine: newLine++, text: row.slice(2) };
    if (row.startsWith('< '))
      return { op: '-', oldLine: oldLine++, newLine: null, text: row.slice(2) };
    return { op: '+', oldLine: null, newLine: newLine++, text: row };
  });
  const oldLines = shown.filter(({ op }) => op !== '+').length;
  const newLines = shown.filter(({ op }) => op !== '-').length;
  const starts = { oldStart: modified ? 10 : 0, newStart: modified ? 10 : 1 };
  return {
    path,
    oldPath: modified ? path : null,
    status: modified ? 'modified' : 'added',
    binary: false,
    oldMode: null,
    newMode: '100644',
    hunks: [{ ...starts, oldLines, newLines, section: '', lines: shown }],
  };
}

export function fileChanges(files: Files): FileChange[] {
  return Object.entries(files).map(([path, text]) => fileChange(path, text));
}

/** What the rule book says about the files. */
export function findingsIn(files: Files): Finding[] {
  return examine(readChange(fileChanges(files)));
}

/** A case in which a rule must speak: the files, and what its title must name. */
export type Found = [files: Files, names: string];

/** The cases of one kind: where it must be found, and where nothing of the kind may be. */
export function describeKind(
  kind: string,
  found: readonly Found[],
  spared: readonly Files[],
): void {
  const of = (files: Files): Finding[] =>
    findingsIn(files).filter((each) => each.rule.kind === kind);
  describe(kind, () => {
    for (const [i, [files, names]] of found.entries())
      it(`finds case ${i + 1}: ${names}`, () => {
        const titles = of(files).map(({ title }) => title);
        assert.ok(
          titles.some((title) => title.includes(names)),
          `${JSON.stringify(titles)} in ${JSON.stringify(files)}`,
        );
      });
    for (const [i, files] of spared.entries())
      it(`spares case ${i + 1}: ${Object.values(files)[0]?.split('\n')[0]?.trim()}`, () => {
        assert.deepEqual(
          of(files).map(({ title }) => title),
          [],
        );
      });
  });
}

/** Lines of a text, so that cases with quotes of all kinds stay readable. */
export function lines(...rows: string[]): string {
  return rows.join('\n');
}
