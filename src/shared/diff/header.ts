import type { Cursor } from './cursor.ts';
import { binaryNames, isBinaryLine, skipBinary } from './binary.ts';
import { readMark, readName, type Mark } from './names.ts';
import { splitNames, type NamePair } from './pairs.ts';
import type { FileStatus } from './types.ts';

/**
 * What stands above the hunks of a file. Formats: git's "Generating patch text with -p" for the
 * extended header, the GNU diffutils manual for the plain one.
 */
export type Header = {
  status: FileStatus;
  /** Names of the `diff --git` line; null when there is none or it does not decide. */
  names: NamePair | null;
  marks: { old: Mark; new: Mark } | null;
  /** Names of a rename or copy, which git prints without prefixes. */
  from: string | null;
  to: string | null;
  oldMode: string | null;
  newMode: string | null;
  binary: boolean;
};

const emptyHeader = (): Header => ({
  status: 'modified',
  names: null,
  marks: null,
  from: null,
  to: null,
  oldMode: null,
  newMode: null,
  binary: false,
});

const readMode = (text: string): string | null => (/^[0-7]{6}$/.test(text) ? text : null);

type Field = 'from' | 'to' | 'oldMode' | 'newMode';
type Setter = [field: Field, read: (text: string) => string | null, status?: FileStatus];

const setters: Record<string, Setter> = {
  'old mode ': ['oldMode', readMode],
  'new mode ': ['newMode', readMode],
  'new file mode ': ['newMode', readMode, 'added'],
  'deleted file mode ': ['oldMode', readMode, 'deleted'],
  'rename from ': ['from', readName, 'renamed'],
  'rename to ': ['to', readName, 'renamed'],
  'copy from ': ['from', readName, 'copied'],
  'copy to ': ['to', readName, 'copied'],
};
const setterStart =
  /^(?:old mode|new mode|new file mode|deleted file mode|(?:rename|copy) (?:from|to)) /;
const indexLine = /^index [0-9a-f]{4,64}\.\.[0-9a-f]{4,64}(?: ([0-7]{6}))?$/;
const similarityLine = /^(?:dis)?similarity index \d{1,3}%$/;
const extendedStart = new RegExp(`${setterStart.source}|^index |^(?:dis)?similarity index `);

/** Takes in one extended header line; false when it cannot be read or contradicts another. */
function applyExtended(header: Header, line: string): boolean {
  const start = setterStart.exec(line)?.[0] ?? '';
  const [field, read, status = header.status] = setters[start] ?? [];
  if (field !== undefined && read !== undefined) {
    const contradicts = header.status !== 'modified' && header.status !== status;
    if (contradicts || header[field] !== null) return false;
    header.status = status;
    header[field] = read(line.slice(start.length));
    return header[field] !== null;
  }
  const index = indexLine.exec(line);
  const mode = index?.[1] ?? null; // Git gives it here when both sides have the same.
  if (header.status !== 'added') header.oldMode ??= mode;
  if (header.status !== 'deleted') header.newMode ??= mode;
  return index !== null || similarityLine.test(line);
}

function readMarks(cursor: Cursor): Header['marks'] {
  const [oldLine = '', newLine = ''] = [cursor.peek(), cursor.peek(1)];
  if (!oldLine.startsWith('--- ')) return null;
  const oldMark = readMark(oldLine.slice(4));
  const newMark = newLine.startsWith('+++ ') ? readMark(newLine.slice(4)) : null;
  if (oldMark === null || newMark === null) {
    throw cursor.invalid('--- and +++ do not name a file here; give the diff unedited');
  }
  cursor.next();
  cursor.next();
  return { old: oldMark, new: newMark };
}

function withMarks(header: Header, marks: Header['marks']): Header {
  const status = marks?.old.absent ? 'added' : marks?.new.absent ? 'deleted' : 'modified';
  return { ...header, marks, status: header.status === 'modified' ? status : header.status };
}

/** Reads `diff --git` and all header lines below it, down to the first hunk. */
export function readGitHeader(cursor: Cursor): Header {
  const header = emptyHeader();
  header.names = splitNames((cursor.next() ?? '').slice('diff --git '.length), ' ');
  while (extendedStart.test(cursor.peek() ?? '')) {
    if (!applyExtended(header, cursor.peek() ?? '')) {
      throw cursor.invalid(
        'this header line cannot be read or contradicts another; give the diff unedited',
      );
    }
    cursor.next();
  }
  header.binary = skipBinary(cursor);
  return header.binary ? header : withMarks(header, readMarks(cursor));
}

/** Reads the header of a file without `diff --git`: `---` and `+++`, or one `Binary files` line. */
export function readPlainHeader(cursor: Cursor): Header {
  const line = cursor.peek() ?? '';
  if (!isBinaryLine(line)) return withMarks(emptyHeader(), readMarks(cursor));
  const names = binaryNames(line);
  if (names === null) throw cursor.invalid('these names are unclear; use git diff');
  cursor.next();
  const mark = (name: string): Mark => ({ name, absent: name === '/dev/null' });
  const marks = { old: mark(names.old), new: mark(names.new) };
  return { ...withMarks(emptyHeader(), marks), binary: true };
}
