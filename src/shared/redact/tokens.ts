import { isStandIn } from './values.ts';
import { formats, type Format } from './formats.ts';
import type { Report } from './kinds.ts';

const byStart = new Map<string, Format[]>();
for (const each of formats)
  for (const start of each.starts) byStart.set(start, [...(byStart.get(start) ?? []), each]);

const literally = (text: string): string =>
  text.replaceAll(/[.+*?^${}()|[\]\\/]/g, String.raw`\$&`);
// The longest first: sk-ant- is not sk-. Not within a word; the letter of an escaped line end is none.
const anyStart = new RegExp(
  String.raw`(?:(?<![A-Za-z0-9])|(?<=\\[nrt]|%[0-9A-F]{2}))(?:${[...byStart.keys()]
    .toSorted((a, b) => b.length - a.length)
    .map(literally)
    .join('|')})`,
  'g',
);

const longChars = 60;

/** Finds tokens by how they begin. */
export function findTokens(text: string, report: Report): void {
  let done = 0;
  for (const match of text.matchAll(anyStart)) {
    const [start] = match;
    const from = match.index;
    if (from < done) continue;
    for (const { kind, body } of byStart.get(start) ?? []) {
      body.lastIndex = from + start.length;
      const found = body.exec(text)?.[0];
      if (found === undefined) continue;
      const to = from + start.length + found.length;
      // Not to be read again at each beginning within it.
      if (found.length >= longChars) done = to;
      if (isStandIn(found) || isWordy(kind, found)) continue;
      done = to;
      report(from, to, kind);
      findPartner(text, to, kind, report);
      break;
    }
  }
  findTelegram(text, report);
  findJwts(text, report);
}

// Prefixes that are words too: `key-`, `secret_`, `sk-` of a style sheet. A token without any digit is rare.
function isWordy(kind: string, body: string): boolean {
  return ['service-token', 'openai-key', 'slack-token'].includes(kind) && !/\d/.test(body);
}

const awsSecret = /[\s"',:;|]{1,8}([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])/y;
const twilioSecret = /["'`]?\s{0,4}[,:]\s{0,4}["'`]?([0-9a-f]{32})(?![A-Za-z0-9])/y;

/** The second half of a pair of credentials that are written one behind the other. */
function findPartner(text: string, at: number, kind: string, report: Report): void {
  const pattern =
    kind === 'aws-access-key' ? awsSecret : kind === 'twilio-key' ? twilioSecret : null;
  if (pattern === null) return;
  pattern.lastIndex = at;
  const found = pattern.exec(text);
  const partner = found?.[1];
  if (!found || partner === undefined || isStandIn(partner)) return;
  const to = at + found[0].length;
  report(to - partner.length, to, kind === 'twilio-key' ? 'twilio-key' : 'aws-secret-key');
}

/** `<bot id>:AA<33 more>`: found by its middle, because numbers are everywhere. */
function findTelegram(text: string, report: Report): void {
  for (const match of text.matchAll(/:AA[\w-]{33}(?![\w-])/g)) {
    const id = /(?:(?<![\w-])|(?<=\bbot|\\[nrt]))\d{8,10}$/.exec(
      text.slice(Math.max(0, match.index - 14), match.index),
    )?.[0];
    if (id === undefined) continue;
    report(match.index - id.length, match.index + match[0].length, 'telegram-token');
  }
}

/** JSON Web Tokens, RFC 7519: a header that decodes, a payload, a signature. */
function findJwts(text: string, report: Report): void {
  const header = /(?:(?<![\w-])|(?<=\\[nrt]))eyJ/g;
  for (let match = header.exec(text); match; match = header.exec(text)) {
    const from = match.index;
    const first = runEnd(text, from);
    header.lastIndex = first;
    if (text[first] !== '.') continue;
    const second = runEnd(text, first + 1);
    header.lastIndex = second;
    const signed = text[second] === '.' ? runEnd(text, second + 1) : second;
    header.lastIndex = signed;
    if (second - first < 8 || signed - second < 2 || !isHeader(text.slice(from, first))) continue;
    report(from, signed, 'jwt');
  }
}

const base64url = /[\w-]*/y;

function runEnd(text: string, from: number): number {
  base64url.lastIndex = from;
  base64url.test(text);
  return base64url.lastIndex;
}

function isHeader(part: string): boolean {
  if (part.length > 4096) return false;
  try {
    const header: unknown = JSON.parse(atob(part.replaceAll('-', '+').replaceAll('_', '/')));
    return typeof header === 'object' && header !== null && ('alg' in header || 'typ' in header);
  } catch {
    return false;
  }
}
