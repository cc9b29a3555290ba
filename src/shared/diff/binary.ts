import type { Cursor } from './cursor.ts';
import { splitNames, type NamePair } from './pairs.ts';

const [linePrefix, lineEnd] = ['Binary files ', ' differ'];

/** Whether the line reads `Binary files X and Y differ`. */
export function isBinaryLine(line: string): boolean {
  return line.startsWith(linePrefix) && line.endsWith(lineEnd) && line.includes(' and ');
}

/** The names in such a line; null when it cannot be decided where one ends. */
export function binaryNames(line: string): NamePair | null {
  return splitNames(line.slice(linePrefix.length, -lineEnd.length), ' and ');
}

// A length letter and at most 52 bytes in base 85 (git's base85.c and diff.c).
const base85Line = /^[A-Za-z](?:[0-9A-Za-z!#$%&()*+;<=>?@^_`{|}~-]{5}){1,13}$/;
const blobStart = /^(?:literal|delta) \d{1,15}$/;

function skipBlob(cursor: Cursor): void {
  cursor.next();
  for (let line = cursor.peek(); line !== undefined && line !== ''; line = cursor.peek()) {
    if (!base85Line.test(line)) {
      throw cursor.invalid('this is no line of a git binary patch; give the diff unedited');
    }
    cursor.next();
  }
  cursor.next();
}

function skipPatch(cursor: Cursor): void {
  cursor.next();
  if (!blobStart.test(cursor.peek() ?? '')) {
    throw cursor.invalid('the git binary patch is cut off; give the whole diff');
  }
  while (blobStart.test(cursor.peek() ?? '')) skipBlob(cursor);
}

/** Steps over what stands for a binary content, which is not decoded; false when there is none. */
export function skipBinary(cursor: Cursor): boolean {
  const line = cursor.peek() ?? '';
  if (isBinaryLine(line)) cursor.next();
  else if (line === 'GIT binary patch') skipPatch(cursor);
  else return false;
  return true;
}
