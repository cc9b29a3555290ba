import type { DiffLine, FileChange, Hunk } from './types.ts';

export type TrimOptions = {
  /** Lines of context that stay in front of a changed line, and behind it. */
  readonly before: number;
  readonly after: number;
  /** Places that stay to be seen, as they are printed: what people point at. `endLine` is inclusive. */
  readonly keep?: readonly {
    readonly path: string;
    readonly line: number;
    readonly endLine: number;
  }[];
};

/** Removed lines that are shown even where nothing takes their place: a check that is gone is short. */
const shownRemovalMax = 3;

/**
 * The same change with less around it. Context is cut to some lines in front of what changed and fewer
 * behind; a hunk that only removes more than three lines is left with the first of them and a note of how
 * many more there are. Every line keeps its numbers, every file its name, and every place of `keep` its
 * lines. More context makes reviews worse, not better (SWE-PRBench, arXiv 2603.26130); cut as in pr-agent.
 */
export function trimChange(files: readonly FileChange[], options: TrimOptions): FileChange[] {
  return files.map((file) => {
    const isKept = keeper(file, options);
    return { ...file, hunks: file.hunks.flatMap((hunk) => trimHunk(hunk, isKept, options)) };
  });
}

type IsKept = (line: DiffLine) => boolean;

function keeper({ path, status }: FileChange, { keep = [] }: TrimOptions): IsKept {
  const places = keep.filter((place) => place.path === path);
  return ({ oldLine, newLine }) => {
    const shown = status === 'deleted' ? oldLine : newLine;
    return shown !== null && places.some(({ line, endLine }) => line <= shown && shown <= endLine);
  };
}

function trimHunk(hunk: Hunk, isKept: IsKept, { before, after }: TrimOptions): Hunk[] {
  const { lines } = hunk;
  const kept = lines.some(isKept);
  const removed = lines.filter(({ op }) => op === '-');
  const onlyRemoves = removed.length > 0 && lines.every(({ op }) => op !== '+');
  if (onlyRemoves && removed.length > shownRemovalMax && !kept) return [removalNote(hunk, removed)];
  if (!kept && lines.every(({ op }) => op === ' ')) return [hunk];

  const shown = lines.map(() => false);
  for (const [at, line] of lines.entries()) {
    if (line.op !== ' ' || isKept(line)) shown.fill(true, Math.max(0, at - before), at + after + 1);
  }
  return runsOf(shown).map(([from, to]) => part(hunk, from, to));
}

/** Runs of true: index of the first, and of the one behind the last. */
function runsOf(shown: readonly boolean[]): [from: number, to: number][] {
  const runs: [number, number][] = [];
  for (const [at, isShown] of shown.entries()) {
    const last = runs.at(-1);
    if (!isShown) continue;
    if (last?.[1] === at) last[1] = at + 1;
    else runs.push([at, at + 1]);
  }
  return runs;
}

function removalNote(hunk: Hunk, removed: readonly DiffLine[]): Hunk {
  const [first] = removed;
  const at = hunk.lines.findIndex((line) => line === first);
  const where = hunk.section === '' ? '' : `, in ${hunk.section}`;
  const section = `… ${removed.length - 1} more lines are removed here${where}`;
  return { ...part(hunk, at, at + 1), section };
}

/** A part of a hunk as a hunk of its own. */
function part(hunk: Hunk, from: number, to: number): Hunk {
  const lines = hunk.lines.slice(from, to);
  const front = hunk.lines.slice(0, from);
  const side = (start: number, count: number, other: DiffLine['op']): [number, number] => {
    const of = (some: readonly DiffLine[]): number => some.filter(({ op }) => op !== other).length;
    // A side without lines starts at the line in front of it.
    const next = (count > 0 ? start : start + 1) + of(front);
    return of(lines) > 0 ? [next, of(lines)] : [next - 1, 0];
  };
  const [oldStart, oldLines] = side(hunk.oldStart, hunk.oldLines, '+');
  const [newStart, newLines] = side(hunk.newStart, hunk.newLines, '-');
  return { oldStart, oldLines, newStart, newLines, section: sectionOf(hunk, front), lines };
}

const sectionCharsMax = 80;

/** As git finds it: the last line in front, on the old side, that begins like a declaration. */
function sectionOf(hunk: Hunk, front: readonly DiffLine[]): string {
  const heading = front.findLast(({ op, text }) => op !== '+' && /^[A-Za-z_$]/.test(text));
  return heading?.text.slice(0, sectionCharsMax).toWellFormed().trimEnd() ?? hunk.section;
}
