/**
 * File names as git and GNU diff print them. Formats: git's "Generating patch text with -p" and its
 * quote.c, the GNU diffutils manual on the unified format.
 */

/** A name behind `---` or `+++`, and whether it says that the file is not there. */
export type Mark = { name: string; absent: boolean };

/** Linux paths end at 4096 bytes; two of them, with each byte an octal escape, take 32 kB. */
export const namesLengthMax = 40_000;

const quotedName = /^"((?:[^"\\]|\\(?:[abfnrtv"\\]|[0-3][0-7]{2}))+)"/;
const escapes = /((?:\\[0-3][0-7]{2})+)|\\(.)/g;
const letters: Record<string, string> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decodeOctal(run: string): string {
  const bytes = run.slice(1).split('\\');
  return utf8.decode(Uint8Array.from(bytes, (digits) => Number.parseInt(digits, 8)));
}

/** Undoes C quoting. A name that is not UTF-8 keeps its escapes, which keeps it distinct. */
function unescape(body: string): string {
  try {
    return body.replace(escapes, (_, octal: string | undefined, letter: string) =>
      octal === undefined ? (letters[letter] ?? letter) : decodeOctal(octal),
    );
  } catch {
    return body;
  }
}

type Found = { name: string; rest: string };

/** No file has an empty name or a NUL in its name. */
function found(name: string, rest: string): Found | null {
  return name === '' || name.includes('\0') ? null : { name, rest };
}

function readQuoted(text: string): Found | null {
  const [whole, body] = quotedName.exec(text) ?? [];
  return whole === undefined || body === undefined
    ? null
    : found(unescape(body), text.slice(whole.length));
}

/** Reads the name at the start of the text, which unless quoted goes on to a tab or the end. */
function readFirst(text: string): Found | null {
  if (text.length > namesLengthMax) return null; // It would overflow the stack of the regex engine.
  if (text.startsWith('"')) return readQuoted(text);
  const [name = ''] = text.split('\t', 1);
  return found(name, text.slice(name.length));
}

/** Reads a name that takes the whole text, quoted or not; null when it is none. */
export function readName(text: string): string | null {
  const first = readFirst(text);
  return first?.rest === '' ? first.name : null;
}

/** GNU diff -N prints a file that is not there with the time 0, in the local time zone. */
function isEpoch(stamp: string): boolean {
  const [, day, time, hours, minutes] =
    /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.0{1,9})? ([+-]\d\d)(\d\d)$/.exec(stamp) ?? [];
  return day !== undefined && Date.parse(`${day}T${time}${hours}:${minutes}`) === 0;
}

/** Reads what follows `--- ` or `+++ `: a name, then perhaps a tab and a time; null when it is none. */
export function readMark(text: string): Mark | null {
  const first = readFirst(text);
  if (first === null || (first.rest !== '' && !first.rest.startsWith('\t'))) return null;
  return { name: first.name, absent: first.name === '/dev/null' || isEpoch(first.rest.slice(1)) };
}
