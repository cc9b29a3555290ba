import { invalidDiff, type Cursor } from './cursor.ts';
import type { DiffLine, Hunk } from './types.ts';

// Nine digits keep every sum of them exact, and no file has more lines.
const hunkHead = /^@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@/;

/** Reads `@@ -1,2 +3,4 @@ section` into a hunk without lines; null when it is not one that can be. */
export function readHunkHead(text: string): Hunk | null {
  const [whole, oldStart, oldLines = 1, newStart, newLines = 1] = hunkHead.exec(text) ?? [];
  if (whole === undefined) return null;
  const hunk = {
    oldStart: Number(oldStart),
    oldLines: Number(oldLines),
    newStart: Number(newStart),
    newLines: Number(newLines),
    section: text.slice(whole.length).replace(/^ /, ''),
    lines: [],
  };
  const possible =
    hunk.oldLines + hunk.newLines > 0 &&
    (hunk.oldStart > 0 || hunk.oldLines === 0) &&
    (hunk.newStart > 0 || hunk.newLines === 0);
  return possible ? hunk : null;
}

/** Numbers the lines of a hunk as they come and holds them to the counts of its head. */
export class HunkFiller {
  readonly hunk: Hunk;
  oldLine: number;
  newLine: number;
  readonly #oldEnd: number;
  readonly #newEnd: number;

  constructor(hunk: Hunk) {
    this.hunk = hunk;
    this.oldLine = hunk.oldStart;
    this.newLine = hunk.newStart;
    this.#oldEnd = hunk.oldStart + hunk.oldLines;
    this.#newEnd = hunk.newStart + hunk.newLines;
  }

  get full(): boolean {
    return this.oldLine === this.#oldEnd && this.newLine === this.#newEnd;
  }

  /** Adds a line; false when its side has all its lines already. */
  add(op: DiffLine['op'], text: string): boolean {
    const [inOld, inNew] = [op !== '+', op !== '-'];
    if ((inOld && this.oldLine === this.#oldEnd) || (inNew && this.newLine === this.#newEnd)) {
      return false;
    }
    const oldLine = inOld ? this.oldLine++ : null;
    const newLine = inNew ? this.newLine++ : null;
    this.hunk.lines.push({ op, oldLine, newLine, text });
    return true;
  }

  /** Notes that the last line so far has no line end; false when there is none to note it on. */
  endWithoutNewline(): boolean {
    const last = this.hunk.lines.at(-1);
    if (last !== undefined) last.noNewline = true;
    return last !== undefined;
  }
}

const isEndMark = (line: string | undefined): boolean => line?.startsWith('\\ ') ?? false;

function takeLine(filler: HunkFiller, line: string): boolean {
  switch (line[0]) {
    case '+':
    case '-':
    case ' ':
      return filler.add(line[0], line.slice(1));
    case undefined: // An empty context line: diff.suppressBlankEmpty, or a mailer cut the blank.
      return filler.add(' ', '');
    default:
      return isEndMark(line) && filler.endWithoutNewline();
  }
}

function readHunk(cursor: Cursor): Hunk {
  const start = cursor.line;
  const hunk = readHunkHead(cursor.peek() ?? '');
  if (hunk === null) throw cursor.invalid('no hunk can begin like this; make the diff again');
  cursor.next();

  const filler = new HunkFiller(hunk);
  while (!filler.full) {
    const line = cursor.peek();
    if (line === undefined || !takeLine(filler, line)) {
      throw cursor.invalid(
        `the hunk of line ${start} promises ${hunk.oldLines} old and ${hunk.newLines} new lines, ` +
          'but they end here; give the whole diff, unedited',
      );
    }
    cursor.next();
  }
  if (isEndMark(cursor.peek()) && filler.endWithoutNewline()) cursor.next();
  return hunk;
}

/** Whether a hunk begins where the one before it has not been, on one side. */
function isBehind(start: number, lines: number, lastStart: number, lastLines: number): boolean {
  const first = lines > 0 ? start : start + 1; // An empty side starts at the line in front of it.
  return first >= (lastLines > 0 ? lastStart + lastLines : lastStart + 1);
}

function follows(hunk: Hunk, last: Hunk): boolean {
  return (
    isBehind(hunk.oldStart, hunk.oldLines, last.oldStart, last.oldLines) &&
    isBehind(hunk.newStart, hunk.newLines, last.newStart, last.newLines)
  );
}

/** A line that would belong to a hunk if its head had promised more. */
function isLeftOver(cursor: Cursor): boolean {
  const line = cursor.peek() ?? '';
  if (line === '--' || line === '-- ') return false; // The signature of git format-patch.
  if (line.startsWith('--- ')) return !cursor.peek(1)?.startsWith('+++ ');
  return /^[-+ \\]/.test(line);
}

/** Reads hunks up to the first line that is none of theirs: counts decide, not what lines look like. */
export function readHunks(cursor: Cursor): Hunk[] {
  const hunks: Hunk[] = [];
  while (cursor.peek()?.startsWith('@@ ')) {
    const start = cursor.line;
    const hunk = readHunk(cursor);
    const last = hunks.at(-1);
    if (last !== undefined && !follows(hunk, last)) {
      throw invalidDiff(start, 'this hunk goes back behind the last one; make the diff again');
    }
    hunks.push(hunk);
  }
  if (hunks.length > 0 && isLeftOver(cursor)) {
    throw cursor.invalid('the hunk above promises fewer lines; give the diff unedited');
  }
  return hunks;
}
