/** What a fake secret is made of. Nothing here is whole in the source: scanners of forges look there. */

/** Uniform integers below `n`, the same for the same seed (mulberry32 over an FNV-1a hash). */
export type Draw = (n: number) => number;

export function drawFrom(seed: string): Draw {
  let state = 0x811c9dc5;
  for (const char of seed) state = Math.imul(state ^ (char.codePointAt(0) ?? 0), 0x01000193);
  return (n) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % n;
  };
}

const digits = '0123456789';
const lower = 'abcdefghijklmnopqrstuvwxyz';
const upper = lower.toUpperCase();
const alphabets = {
  d: digits,
  l: lower,
  hex: `${digits}abcdef`,
  HEX: `${digits}ABCDEF`,
  AN: digits + upper,
  an: digits + lower + upper,
  nix: '0123456789abcdfghijklmnpqrsvwxyz',
  b64: `${digits}${lower}${upper}+/`,
  b64u: `${digits}${lower}${upper}-_`,
  aws: `${digits}${lower}${upper}+/`,
  dj: `${digits}${lower}!#%&*(-_=+)^@$`,
} as const;

/** Beginnings of tokens, in pieces. */
const prefixes: Readonly<Record<string, readonly string[]>> = {
  ghp: ['gh', 'p_'],
  gho: ['gh', 'o_'],
  ghu: ['gh', 'u_'],
  ghs: ['gh', 's_'],
  ghr: ['gh', 'r_'],
  ghpat: ['github', '_pat_'],
  glpat: ['gl', 'pat-'],
  glrt: ['gl', 'rt-'],
  AKIA: ['AK', 'IA'],
  ASIA: ['AS', 'IA'],
  AIza: ['AI', 'za'],
  GOCSPX: ['GOC', 'SPX-'],
  ya29: ['ya', '29.'],
  xoxb: ['xo', 'xb-'],
  xoxp: ['xo', 'xp-'],
  xapp: ['xa', 'pp-'],
  slackhook: ['hooks.sl', 'ack.com/ser', 'vices/'],
  discordhook: ['disc', 'ord.com/api/web', 'hooks/'],
  sklive: ['sk_', 'live_'],
  rklive: ['rk_', 'live_'],
  sktest: ['sk_', 'test_'],
  whsec: ['wh', 'sec_'],
  sk: ['s', 'k-'],
  skproj: ['sk-', 'proj-'],
  sksvc: ['sk-', 'svcacct-'],
  skant: ['sk-', 'ant-'],
  npm: ['np', 'm_'],
  pypi: ['py', 'pi-'],
  SG: ['S', 'G.'],
  AC: ['A', 'C'],
  SK: ['S', 'K'],
  dop: ['dop', '_v1_'],
  hf: ['h', 'f_'],
  shpat: ['shp', 'at_'],
  hvs: ['hv', 's.'],
  linapi: ['lin', '_api_'],
  gsk: ['gs', 'k_'],
  dckr: ['dckr', '_pat_'],
  glsa: ['gl', 'sa_'],
  NRAK: ['NR', 'AK-'],
  PMAK: ['PM', 'AK-'],
  rubygems: ['ruby', 'gems_'],
  mgkey: ['ke', 'y-'],
  age: ['AGE-SEC', 'RET-KEY-1'],
  dapi: ['da', 'pi'],
  atatt: ['ATA', 'TT3'],
  tskey: ['ts', 'key-auth-'],
};

const isAlphabet = (name: string): name is keyof typeof alphabets => Object.hasOwn(alphabets, name);

/** Text for `name:argument` of a template. @throws Error for a name that is not known */
export function generate(name: string, argument: string, draw: Draw): string {
  const parts = prefixes[name];
  if (parts !== undefined) return parts.join('');
  if (isAlphabet(name)) return drawn(alphabets[name], Number(argument), draw);
  const make = makers[name];
  if (make === undefined) throw new Error(`Nothing makes §${name}§.`);
  return make(draw, argument);
}

function drawn(alphabet: string, length: number, draw: Draw): string {
  for (;;) {
    const text = Array.from({ length }, () => alphabet[draw(alphabet.length)]).join('');
    // As issuers do: no key of one class only, which a long one does not happen to be anyway.
    if (length < 12 || !/\d.*[a-z]/i.test(alphabet) || (/\d/.test(text) && /[a-z]/i.test(text)))
      return text;
  }
}

function password(draw: Draw, length: string): string {
  const body = drawn(alphabets.an, Number(length) - 4, draw);
  return `${drawn(upper, 1, draw)}${drawn(digits, 1, draw)}${body}${drawn('!#%+_~', 1, draw)}${drawn(lower, 1, draw)}`;
}

const words = ['Sommer', 'blauer', 'Wolf', 'river', 'Hafen', 'tango', 'Kirsche', 'pixel', 'Nebel'];

function weak(draw: Draw): string {
  const word = () => words[draw(words.length)] ?? '';
  return (
    [
      () => `${word()}${drawn(digits, 4, draw)}!`,
      () => `${word()}_${word()}#${drawn(digits, 3, draw)}`,
      () => `${drawn(digits, 2, draw)}${word()}-${drawn(digits, 4, draw)}`,
    ][draw(3)]?.() ?? ''
  );
}

function jwt(draw: Draw): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const header = part({ alg: 'HS256', typ: 'JWT' });
  return `${header}.${part({ sub: drawn(digits, 8, draw) })}.${drawn(alphabets.b64u, 43, draw)}`;
}

function uuid(draw: Draw): string {
  const hex = (length: number) => drawn(alphabets.hex, length, draw);
  return `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`;
}

const ibanLengths: Readonly<Record<string, number>> = {
  DE: 18,
  FR: 23,
  GB: 18,
  NL: 14,
  AT: 16,
  ES: 20,
  CH: 17,
  BE: 12,
  PL: 24,
};

function iban(draw: Draw, country: string): string {
  const bank = ['GB', 'NL'].includes(country) ? drawn(upper, 4, draw) : '';
  const account = bank + drawn(digits, (ibanLengths[country] ?? 0) - bank.length, draw);
  const number = `${account}${country}00`.replaceAll(/[A-Z]/g, (letter) =>
    String(letter.charCodeAt(0) - 55),
  );
  return `${country}${String(98n - (BigInt(number) % 97n)).padStart(2, '0')}${account}`;
}

const cards: Readonly<Record<string, readonly [start: string, length: number]>> = {
  visa: ['45', 16],
  mc: ['53', 16],
  mc2: ['2510', 16],
  amex: ['37', 15],
  discover: ['6011', 16],
};

function card(draw: Draw, issuer: string): string {
  const [start, length] = cards[issuer] ?? ['4', 16];
  const body = start + drawn(digits, length - 1 - start.length, draw);
  let sum = 0;
  for (let i = 0; i < body.length; i += 1) {
    const digit = Number(body[body.length - 1 - i]) * (i % 2 === 0 ? 2 : 1);
    sum += digit > 9 ? digit - 9 : digit;
  }
  return body + String((10 - (sum % 10)) % 10);
}

const grouped = (number: string, separator: string): string =>
  number.length === 15
    ? [number.slice(0, 4), number.slice(4, 10), number.slice(10)].join(separator)
    : (number.match(/.{4}/g) ?? []).join(separator);

const makers: Readonly<Record<string, (draw: Draw, argument: string) => string>> = {
  pw: password,
  weak,
  jwt,
  uuid,
  iban,
  ibans: (draw, country) => iban(draw, country).replaceAll(/.{4}(?=.)/g, '$& '),
  card,
  cards: (draw, issuer) => grouped(card(draw, issuer), ' '),
  cardd: (draw, issuer) => grouped(card(draw, issuer), '-'),
  pct: (draw, length) => `${drawn(alphabets.an, Number(length) - 2, draw)}%2B`,
  basic: (draw) => Buffer.from(`ann:${password(draw, '12')}`).toString('base64'),
  pemb: (_draw, name) => marker('BEGIN', `${name}PRIVATE KEY`),
  peme: (_draw, name) => marker('END', `${name}PRIVATE KEY`),
  pgpb: () => marker('BEGIN', 'PGP PRIVATE KEY BLOCK'),
  pgpe: () => marker('END', 'PGP PRIVATE KEY BLOCK'),
};

function marker(side: string, what: string): string {
  return `${'-'.repeat(5)}${side} ${what}${'-'.repeat(5)}`;
}
