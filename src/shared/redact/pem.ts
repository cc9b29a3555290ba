import type { Report } from './kinds.ts';

const marker = /-----(BEGIN|END) (?:[A-Z0-9]{2,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----/g;

/** What may stand before a line of the block: the gutter of a diff, then blanks, a comment, a quote. */
const gutter = /^(?:[ \d]{13,} [-+ ] |[-+ ])?/;
const lead = /^[ \t]*(?:(?:\/\/|[#*>|])[ \t]*)?(?:\\?["'`])?/;
const base64 = /^(?:[A-Za-z0-9+/]+={0,2}|=[A-Za-z0-9+/]{4})/;
const tail = /^(?:\\{1,2}[nr])*(?:\\?["'`])?[ \t]*[-+,;.&_)\\]*$/;
/** RFC 1421 and RFC 4880 allow headers before the body. */
const header = /^(?:Proc-Type|DEK-Info|Version|Comment|Hash|Charset|MessageID):/;
const inlineBody = /(?:\\{1,2}[nrt]|[A-Za-z0-9+/=]|[ \t])+/y;

const linesMax = 2000;
const firstLineCharsMin = 16;
const lineCharsMax = 400;

/**
 * Finds the bodies of private keys. The lines that say BEGIN and END stay: they are no secret, and say what
 * was there. Each line of a body is a span of its own, so the text keeps its lines.
 */
export function findPrivateKeys(text: string, report: Report): void {
  const markers = Array.from(text.matchAll(marker), (match) => ({
    begins: match[1] === 'BEGIN',
    from: match.index,
    to: match.index + match[0].length,
  }));
  markers.forEach(({ begins, from, to }, at) => {
    if (begins) {
      if (!findInline(text, to, report)) walk(text, to, gutterBefore(text, from), 1, report);
    } else if (markers[at - 1]?.begins !== true)
      walk(text, from, gutterBefore(text, from), -1, report);
  });
}

/** A whole key on one line, its line ends escaped or gone. */
function findInline(text: string, from: number, report: Report): boolean {
  inlineBody.lastIndex = from;
  const body = inlineBody.exec(text)?.[0] ?? '';
  if (!/[A-Za-z0-9+/=]{16}/.test(body)) return false;
  const blank = /^(?:\\{1,2}[nrt]|[ \t])*/.exec(body)?.[0].length ?? 0;
  const end = body.trimEnd().replace(/(?<!\\)(?:\\{1,2}[nrt])+$/, '').length;
  report(from + blank, from + end, 'private-key');
  return true;
}

/** A line of base64 may begin with `+`: that is a gutter only where the marker has one too. */
function gutterBefore(text: string, at: number): boolean {
  const before = text.slice(Math.max(0, at - lineCharsMax), at);
  return /^[-+ ]|^[ \d]{13}/.test(before.slice(before.lastIndexOf('\n') + 1));
}

/** Goes from line to line, away from a marker, as long as they can belong to a key. */
function walk(text: string, from: number, hasGutter: boolean, step: 1 | -1, report: Report): void {
  let at = from;
  let taken = 0;
  for (let count = 0; count < linesMax; count += 1) {
    const line = step === 1 ? lineAfter(text, at) : lineBefore(text, at);
    if (line === null) return;
    at = line.from;
    const { column, body } = readLine(text.slice(line.from, line.to), hasGutter);
    if (body === null) return;
    if (body === '') continue;
    // Away from BEGIN the first line is a full one; back from END the last may be short.
    if (taken === 0 && step === 1 && body.length < firstLineCharsMin) return;
    if (step === -1 && taken > 0 && body.length < firstLineCharsMin) return;
    taken += 1;
    report(line.from + column, line.from + column + body.length, 'private-key');
  }
}

/** The base64 of a line and its column; '' in a line that may stand between, null in any other. */
function readLine(line: string, hasGutter: boolean): { column: number; body: string | null } {
  const before = hasGutter ? (gutter.exec(line)?.[0].length ?? 0) : 0;
  const column = before + (lead.exec(line.slice(before))?.[0].length ?? 0);
  const rest = line.slice(column).trimEnd();
  if (header.test(rest)) return { column, body: '' };
  const body = base64.exec(rest)?.[0] ?? '';
  return { column, body: tail.test(rest.slice(body.length)) ? body : null };
}

type Line = { from: number; to: number };

// Only so far as a line of a key can be long: the next line end may be a megabyte away.
function lineAfter(text: string, at: number): Line | null {
  const end = text.slice(at, at + lineCharsMax).indexOf('\n');
  if (end < 0) return null;
  const from = at + end + 1;
  const length = text.slice(from, from + lineCharsMax).indexOf('\n');
  if (length < 0 && text.length - from > lineCharsMax) return null;
  return from >= text.length ? null : { from, to: length < 0 ? text.length : from + length };
}

function lineBefore(text: string, at: number): Line | null {
  const low = Math.max(0, at - lineCharsMax);
  const back = text.slice(low, at).lastIndexOf('\n');
  if (back < 0) return null;
  const to = low + back;
  const start = Math.max(0, to - lineCharsMax);
  const from = text.slice(start, to).lastIndexOf('\n');
  if (from < 0 && start > 0) return null;
  return { from: from < 0 ? 0 : start + from + 1, to };
}
