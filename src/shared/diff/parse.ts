import { Cursor, invalidDiff } from './cursor.ts';
import { isBinaryLine } from './binary.ts';
import { readGitHeader, readPlainHeader, type Header } from './header.ts';
import { readHunks } from './hunks.ts';
import { pathsOf } from './paths.ts';
import type { FileChange, Hunk } from './types.ts';

/** What is wrong with a file of which header and hunks are read; null when nothing is. */
function flaw(header: Header, hunks: Hunk[]): string | null {
  const { status, binary, marks, oldMode, newMode } = header;
  if (hunks.length === 0 && !binary) {
    if (marks !== null) return 'the hunks of this file are missing; give the whole diff';
    if (status === 'modified' && oldMode === newMode) {
      return 'this file shows no change; give the whole diff';
    }
  }
  if (status === 'added' && hunks.some((hunk) => hunk.oldLines > 0)) {
    return 'a new file cannot have old lines; make the diff again';
  }
  if (status === 'deleted' && hunks.some((hunk) => hunk.newLines > 0)) {
    return 'a deleted file cannot have new lines; make the diff again';
  }
  return null;
}

function readFile(cursor: Cursor, readHeader: (cursor: Cursor) => Header): FileChange {
  const start = cursor.line;
  const header = readHeader(cursor);
  const hunks = header.binary ? [] : readHunks(cursor);
  const paths = pathsOf(header);
  if (paths === null) {
    throw invalidDiff(
      start,
      'the names of this file are unclear; use the default prefixes of git diff',
    );
  }
  const problem = flaw(header, hunks);
  if (problem !== null) throw invalidDiff(start, problem);
  const { status, binary, oldMode, newMode } = header;
  return { ...paths, status, binary, oldMode, newMode, hunks };
}

/** Lines that no text around a change may have: something of the change would get lost with them. */
const refusedLines: readonly (readonly [start: RegExp, problem: string])[] = [
  [/^(?:diff --(?:cc|combined) |@@@ )/, 'a merge has two old sides here; use git diff A B'],
  [/^@@ -\d+(?:,\d+)? \+\d+(?:,\d+)? @@/, 'a hunk has no file header; give the whole diff'],
];

/** What reads the header of the file that begins at the line ahead; null when that is only text. */
function headerReader(cursor: Cursor): ((cursor: Cursor) => Header) | null {
  const line = cursor.peek() ?? '';
  if (line.startsWith('diff --git ')) return readGitHeader;
  if (line.startsWith('--- ') && cursor.peek(1)?.startsWith('+++ ')) return readPlainHeader;
  if (isBinaryLine(line)) return readPlainHeader;
  for (const [start, problem] of refusedLines) if (start.test(line)) throw cursor.invalid(problem);
  return null;
}

/** Why the input has no change, likeliest first. */
function mishap(text: string): string {
  if (text.trim() === '') return 'there is nothing; give the output of git diff';
  if (text.includes('\0')) return 'there are NUL bytes, as in binary or UTF-16; save it as UTF-8';
  if (text.includes('\u001b[')) return 'there are colours; use git diff --no-color';
  return 'there is no change in unified format; give the output of git diff';
}

/** Bounds the memory that a hostile diff can take; no group of agents reads as much. */
const linesMax = 1_000_000;

/**
 * Reads git diffs and plain unified diffs, also several in a row and with text around them, such as
 * mail headers. Content is kept as it is, except that a diff with CRLF line ends of its own loses one
 * CR per line. Anything else, combined diffs included, is a Refusal with DIFF_INVALID and the line.
 */
export function parseDiff(text: string): FileChange[] {
  const cursor = new Cursor(text.startsWith('\uFEFF') ? text.slice(1) : text);
  if (cursor.lineCount > linesMax) {
    throw invalidDiff(linesMax + 1, `more than ${linesMax} lines; split the change`);
  }
  const files: FileChange[] = [];
  while (cursor.peek() !== undefined) {
    cursor.senseLineEnds();
    const readHeader = headerReader(cursor);
    if (readHeader === null) cursor.next();
    else files.push(readFile(cursor, readHeader));
  }
  if (files.length === 0) throw invalidDiff(1, mishap(text));
  return files;
}
