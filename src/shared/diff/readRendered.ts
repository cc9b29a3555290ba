import { gutter, noHunksNote, noNewlineNote } from './annotate.ts';
import { Cursor } from './cursor.ts';
import { HunkFiller, readHunkHead } from './hunks.ts';
import { namesLengthMax } from './names.ts';
import type { FileChange, FileStatus, Hunk } from './types.ts';
import { unquote } from './visible.ts';

const name = String.raw`"(?:[^"\\]|\\.)*"|(?!")(?:(?! \(|, ).)+`;
const header = new RegExp(
  String.raw`^## (?<path>${name}) \((?<status>added|deleted|modified|renamed|copied)` +
    String.raw`(?:, from (?<from>${name}))?` +
    String.raw`(?:, mode (?<oldMode>\d{6}|none)(?: -> (?<newMode>\d{6}|none))?)?` +
    String.raw`(?<binary>, binary)?(?<crlf>, CRLF)?\)$`,
);

const ops = [' ', '-', '+'] as const;
const statuses = ['added', 'deleted', 'modified', 'renamed', 'copied'] as const;

const unlike = (cursor: Cursor): Error =>
  cursor.invalid('a rendered change has no such line; render the change again');

/** Reads what may be a JSON string; null when it looks like one and is none. */
function plainText(shown: string): string | null {
  return shown.startsWith('"') ? unquote(shown) : shown;
}

function modeOf(shown: string | undefined): string | null {
  return shown === undefined || shown === 'none' ? null : shown;
}

function oldPathOf(status: FileStatus, path: string, from: string | undefined): string | null {
  if (from !== undefined) return plainText(from);
  return status === 'added' ? null : path;
}

type Headed = { file: FileChange; crlf: boolean };

function readHeader(cursor: Cursor): Headed {
  const line = cursor.peek() ?? '';
  // Every character of two names may be an escape of six; a longer line would overflow the regex engine.
  const facts = line.length > 13 * namesLengthMax ? undefined : header.exec(line)?.groups;
  const status = statuses.find((known) => known === facts?.['status']);
  const path = plainText(facts?.['path'] ?? '""') ?? '';
  if (facts === undefined || status === undefined || path === '') throw unlike(cursor);
  const oldMode = modeOf(facts['oldMode']);
  const file = {
    path,
    oldPath: oldPathOf(status, path, facts['from']),
    status,
    binary: facts['binary'] !== undefined,
    oldMode,
    newMode: facts['newMode'] === undefined ? oldMode : modeOf(facts['newMode']),
    hunks: [],
  };
  cursor.next();
  return { file, crlf: facts['crlf'] !== undefined };
}

function takeLine(filler: HunkFiller, line: string): boolean {
  if (line === noNewlineNote) return filler.endWithoutNewline();
  for (const op of ops) {
    const front = gutter(op, filler.oldLine, filler.newLine);
    if (!line.startsWith(front)) continue;
    const shown = line.slice(front.length);
    const text = shown.startsWith(' ')
      ? shown.slice(1)
      : shown.startsWith('"')
        ? unquote(shown)
        : null;
    return text !== null && filler.add(op, text);
  }
  return false;
}

function readHunk(cursor: Cursor): Hunk {
  const hunk = readHunkHead(cursor.peek() ?? '');
  const section = plainText(hunk?.section ?? '');
  if (hunk === null || section === null) throw unlike(cursor);
  cursor.next();
  const filler = new HunkFiller({ ...hunk, section });
  while (!filler.full || cursor.peek() === noNewlineNote) {
    if (!takeLine(filler, cursor.peek() ?? '')) throw unlike(cursor);
    cursor.next();
  }
  return filler.hunk;
}

function expect(cursor: Cursor, line: string): void {
  if (cursor.peek() !== line) throw unlike(cursor);
  cursor.next();
}

function readFile(cursor: Cursor): FileChange {
  const { file, crlf } = readHeader(cursor);
  while (cursor.peek()?.startsWith('@@ ')) file.hunks.push(readHunk(cursor));
  if (file.hunks.length === 0) expect(cursor, noHunksNote(file));
  if (crlf) {
    for (const line of file.hunks.flatMap((hunk) => hunk.lines)) {
      if (!line.noNewline) line.text += '\r';
    }
  }
  return file;
}

/**
 * Reads back what `renderChange` made: all that `parseDiff` gives is kept. Anything else is a Refusal
 * with DIFF_INVALID and the line.
 */
export function parseRenderedChange(text: string): FileChange[] {
  const cursor = new Cursor(text);
  const files: FileChange[] = [];
  while (cursor.peek() !== undefined) {
    files.push(readFile(cursor));
    if (cursor.peek() !== undefined) expect(cursor, '');
  }
  return files;
}
