import type { Report } from './kinds.ts';

const apart = String.raw`[ \u00a0./-]`;
const before = String.raw`(?<![\w.,:/=%#@$&\\+-]|[\w)\]][ ]?[+*/-][ ]?|\d[ ])`;
const after = String.raw`(?![\w%@=]|[.:,/-]\d|[ ][ ]?\d|-\w)`;

/** Ways to write a number, E.164 and the common national ones. Each has separators or a plus. */
const forms = [
  // +49 30 5557 1234, +1 (212) 555-0187, +14155552671
  String.raw`\+(?:[1-9]\d{0,2})(?:${apart}?\(0?\d{1,4}\))?(?:${apart}{0,2}\d{1,12}){1,6}`,
  // (415) 555-2671, 415-555-2671, 1-800-555-0199; a four digit end, as in North America
  String.raw`(?:1[ .-])?(?:\([2-9]\d\d\)[ ]?|[2-9]\d\d[-.])[2-9]\d\d[-.]\d{4}`,
  // 030 / 55571234, 0171-5557123, 089/55571234
  String.raw`0[1-9]\d{1,3}(?:[ ]?[/-][ ]?|[ ])\d{6,9}`,
  // 0171 555 7123, 020 7946 0958
  String.raw`0[1-9]\d{1,3}[ ]\d{3,4}[ ]\d{3,4}`,
  // 06 12 34 56 78
  String.raw`0[1-9](?:([ .])\d\d)(?:\1\d\d){3}`,
];
const written = new RegExp(`${before}(?:${forms.join('|')})${after}`, 'g');
/** Behind a word that says so, digits alone will do. */
const labelled =
  /(?:[Pp]hone|PHONE|[Mm]obile?|[Tt]el(?:efon)?|[Ff]ax|[Mm]sisdn|[Ww]hats[Aa]pp)(?:_?(?:no|number|nr))?\W{1,6}(\+?\d{8,15})(?![\w.-])/g;

/** Finds phone numbers. Plain digits are none: they are ids, sizes and times far more often. */
export function findPhones(text: string, report: Report): void {
  for (const match of text.matchAll(written)) {
    const [number] = match;
    if (!isPlausible(text, match.index, number)) continue;
    report(match.index, match.index + number.length, 'phone');
  }
  for (const match of text.matchAll(labelled)) {
    const number = match[1] ?? '';
    const to = match.index + match[0].length;
    report(to - number.length, to, 'phone');
  }
}

function isPlausible(text: string, from: number, number: string): boolean {
  const digits = number.replaceAll(/\D/g, '');
  if (digits.length < 8 || digits.length > 15) return false;
  if (!number.startsWith('+')) return !/^0[0-7]{3}[ ]/.test(number) || !isMode(number);
  // `+1767225600` at the start of a line is a number that a diff adds.
  if (/^\+\d+$/.test(number) && (from === 0 || text[from - 1] === '\n')) return false;
  if (!number.startsWith('+1')) return digits.length >= 9;
  return /^1[2-9]\d\d[2-9]\d{6}$/.test(digits);
}

/** `0644 1048576`, as in a listing of files. */
function isMode(number: string): boolean {
  return /^0[467][0-7]{2}[ ]/.test(number);
}
