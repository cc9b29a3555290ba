/** Names that say that a value is a secret, in the spellings of code. No flag `i`: `Pass` in `dbPass` counts, `pass` in `bypass` does not. */
const passwords = [
  '[Pp]ass(?:[Ww]or[dt]|wd|[Pp]hrase)|PASS(?:WOR[DT]|WD|_?PHRASE)|pass_phrase',
  '(?<![A-Za-z])[Pp]ass(?![a-z])|(?<![A-Z])PASS(?![A-Z])|(?<=[a-z])Pass(?![a-z])|requirepass',
  '(?<![a-z])[Pp]wd(?![a-z])|PWD|(?<![A-Za-z])[Pp]w(?![A-Za-z])|(?<![A-Z])PW(?![A-Z])|IDENTIFIED BY|identified by',
];
const others = [
  '[Ss]ecret|SECRET|[Tt]oken|TOKEN|[Kk]ey(?![a-z])|KEY(?![A-Z])|[Cc]redentials?|CREDENTIALS?',
  '[Ss]ignature|SIGNATURE|[Ss]ession[_-]?[Ii]d|SESSION_?ID|(?<![A-Za-z])_?auth(?![A-Za-z])',
];

/** A new one each time: it keeps its place. */
export const namePattern = (): RegExp => new RegExp([...passwords, ...others].join('|'), 'g');
const passwordPattern = new RegExp(passwords.join('|'));

/** Keys that are meant to be seen. */
const openKey = /(?:public|primary|foreign|sort|cache|partition|idempot\w*|pub)[_-]?key/i;
/** Last words of names about a secret rather than of one: how long it lives, where it lies, what it is called. */
const about = new Set(
  (
    'id ids file path name names ref url uri count type size len length limit ttl expiry expires expiration in at ' +
    'arn field label hint placeholder policy regex pattern index version prefix suffix issuer audience alg ' +
    'algorithm format encoding status error message title text hash code class manager store provider'
  ).split(' '),
);

function isAbout(name: string): boolean {
  if (/session[_-]?id$/i.test(name)) return false;
  const last = /(?:[A-Z]?[a-z]+|[A-Z]+)$/.exec(name)?.[0];
  return openKey.test(name) || /manager$/i.test(name) || about.has(last?.toLowerCase() ?? '');
}

const nameCharsMax = 40;

export type Name = {
  /** The name to where its word ends, `DB_PASSWORD_2`. */
  readonly text: string;
  readonly from: number;
  readonly to: number;
  readonly isPassword: boolean;
  /** Nothing but `key`, which much is called. */
  readonly isVague: boolean;
};

/** The whole name around a word of it, or null where it names no secret. */
export function nameAround(text: string, from: number, to: number): Name | null {
  let start = from;
  while (start > 0 && from - start < nameCharsMax && isNameChar(text.charCodeAt(start - 1)))
    start -= 1;
  let end = to;
  while (end < text.length && end - to < nameCharsMax && isNameChar(text.charCodeAt(end))) end += 1;
  const name = text.slice(start, end);
  if (isAbout(name)) return null;
  return {
    text: name,
    from: start,
    to: end,
    isPassword: passwordPattern.test(text.slice(from, to)),
    isVague: /^(?:.*\.)?_?key\d*$/i.test(name),
  };
}

const dash = 45;
const underscore = 95;

function isNameChar(code: number): boolean {
  return (
    (code >= 97 && code <= 122) ||
    (code >= 65 && code <= 90) ||
    (code >= 48 && code <= 57) ||
    code === underscore ||
    code === dash
  );
}
