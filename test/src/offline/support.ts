import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createAnswerer } from '../../../src/offline/answer.ts';
import { readChange } from '../../../src/offline/code/change.ts';
import { examine, type Finding } from '../../../src/offline/examine.ts';
import {
  changePlaces,
  renderChange,
  type DiffLine,
  type FileChange,
} from '../../../src/shared/diff/index.ts';
import {
  ballotAnswer,
  discussionAnswer,
  renderPrompt,
  reviewAnswer,
  type AnswerName,
  type ProposalText,
  type Turn,
} from '../../../src/shared/prompt/index.ts';

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
function findingsIn(files: Files): Finding[] {
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

export const roleNames = ['architect', 'reviewer', 'documentation', 'performance'] as const;

type Asked = Partial<Pick<Turn, 'proposals' | 'positions' | 'memory'>>;

/** The prompt of a turn, as the review renders it. */
export function promptOf(
  answer: AnswerName,
  role: string,
  files: readonly FileChange[],
  { proposals = [], positions = [], memory = [] }: Asked = {},
): ReturnType<typeof renderPrompt> {
  const self = { name: role, title: `The ${role}`, prompt: 'You look at the change.' };
  return renderPrompt({
    answer,
    role: self,
    change: renderChange(files),
    memory,
    proposals,
    positions,
  });
}

const answerer = createAnswerer();

function answered(answer: AnswerName, ...[role, files, asked]: AskedArguments): unknown {
  return JSON.parse(answerer(promptOf(answer, role, files, asked), answer, () => true));
}
type AskedArguments = [role: string, files: readonly FileChange[], asked?: Asked];

/** What the offline model answers, parsed with the schema that the review parses it with. */
export const ask = {
  review: (...asked: AskedArguments) => reviewAnswer.parse(answered('bzzz_review', ...asked)),
  ballot: (...asked: AskedArguments) => ballotAnswer.parse(answered('bzzz_ballot', ...asked)),
  discussion: (...asked: AskedArguments) =>
    discussionAnswer.parse(answered('bzzz_discussion', ...asked)),
};

/** The findings of all roles, merged where kind and lines are the same, and who made them. */
export function proposalsOf(files: readonly FileChange[]): (ProposalText & { by: string[] })[] {
  const merged = new Map<string, ProposalText & { by: string[] }>();
  for (const role of roleNames) {
    for (const finding of ask.review(role, files).findings) {
      const key = `${finding.path}:${finding.line}:${finding.kind}`;
      const known = merged.get(key) ?? { ...finding, id: `p${merged.size + 1}`, by: [] };
      known.by.push(role);
      merged.set(key, known);
    }
  }
  return [...merged.values()];
}

/** Whether the change shows the lines, so that they may be pointed at. */
export function isShown(
  files: readonly FileChange[],
  path: string,
  line: number,
  endLine = line,
): boolean {
  return changePlaces(files).some(
    (place) =>
      place.path === path && place.ranges.some(([from, to]) => from <= line && endLine <= to),
  );
}
