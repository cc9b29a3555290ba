import { isSequence, shannonBits, wordShare } from './entropy.ts';

/** What people write where a secret belongs: references, templates, and words that say so. */
const standIn = new RegExp(
  [
    'example|change[-_ ]?(?:me|it|this)|placeholder|dummy|sample|your[-_ .]|^your|redacted|replace[-_ ]?',
    'insert[-_ ]|todo|fixme|fake|mock|xxxx|foo_?bar|not[-_]?(?:a[-_])?(?:real|secret)|goes[-_]here',
    String.raw`^<[^>]*>?$|\$\{|\{\{|#\{|^\$[A-Za-z_(]|^%[\w(]|(?:^|[^A-Za-z0-9])%s|\*{3}|\.{3}|…|•{3}|^\{\w*\}$|^&|(.)\1{5}`,
    String.raw`process\.env|os\.environ|getenv|^(?:ENC\[|\{cipher\}|!|arn:|op:\/\/|vault:|ref\+)`,
  ].join('|'),
  'i',
);
const common = new Set(
  (
    'password passwort passwd pass pwd secret secrets token key apikey test tests testing tester admin ' +
    'administrator root user username guest default letmein welcome qwerty monkey dragon hunter iloveyou abc ' +
    'foo bar baz qux none null nil undefined true false string str text value number boolean object any ' +
    'required optional empty blank postgres postgresql mysql mariadb redis mongo mongodb rabbitmq guest sa ' +
    'minio minioadmin elastic kafka oracle tiger scott dev development prod production staging local ' +
    'localhost demo hello world bearer basic auth digest hidden masked unset missing invalid wrong bad good ' +
    'correct new old my the super very not real'
  ).split(' '),
);

/** True for a text that stands where a secret would, and is none. */
export function isStandIn(value: string): boolean {
  return standIn.test(value) || isSequence(value) || isCommon(value);
}

// p@ssw0rd, Password123!, test_secret: words of the list with a short number behind.
function isCommon(value: string): boolean {
  const plain = value
    .replaceAll('@', 'a')
    .replaceAll('$', 's')
    .replaceAll(/(?<=[a-z])0(?=[a-z])/gi, 'o')
    .replace(/[\d\W_]{0,6}$/, '');
  const words = plain.match(/[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+/g) ?? [];
  return words.every((word) => common.has(word.toLowerCase()) || /^\d$/.test(word));
}

/**
 * True for a value that may well be a secret. A quoted value behind the name of a password may be as weak as
 * people make them (`lenient`); everything else has to look drawn at random.
 */
export function looksSecret(value: string, lenient: boolean): boolean {
  if (value.length < (lenient ? 6 : 8) || value.length > 4096 || isStandIn(value)) return false;
  if (/\s/.test(value)) return lenient && /^[a-z]{4}(?: [a-z]{4}){3}$/.test(value);
  if (/^[a-z][a-z0-9+.-]*:\/\/|^[A-Za-z]:\\|^[A-Za-z_$][\w$.:]*\(/i.test(value)) return false;
  if (/^#[0-9a-f]{3,8}$|^[\^~]?v?\d+(?:\.\d+)+(?:[-+].*)?$|^\d{4}-\d\d-\d\d(?!\d)/i.test(value))
    return false;
  if (/^(?:ssh|ecdsa)-/.test(value)) return false;
  const share = wordShare(value);
  if (share >= (lenient ? (isMixed(value) ? 0.9 : 0.75) : 0.6)) return false;
  if (/^(?:\.{1,2}|~)?\//.test(value) && share >= 0.4) return false;
  const letters = /[a-z]/i.test(value);
  const digits = /\d/.test(value);
  if (lenient) return (letters || value.length >= 8) && shannonBits(value) >= 2;
  // x-csrf-token-2: names of headers and of test data.
  if (/^[a-z]+(?:-[a-z]+)+(?:-\d{1,2})?$/.test(value)) return false;
  if (!letters || (!digits && value.length < 12)) return false;
  return shannonBits(value) >= (value.length < 16 ? 2.5 : 3);
}

/** `blauer_Wolf#931`: words, made harder the way people do. */
function isMixed(value: string): boolean {
  return /\d\d/.test(value) && /[A-Z!#$%*+=?@~]/.test(value);
}

/** True for `config.db.pgPwd` and `startedWithTick`: what an unquoted value mostly is in code. */
export function isReference(value: string): boolean {
  if (/^[A-Za-z_$]+$/.test(value) && (value.length < 32 || wordShare(value) >= 0.3)) return true;
  return (
    /^[A-Za-z_$][\w$]*(?:\??\.[A-Za-z_$][\w$]*)+$/.test(value) &&
    (value.length < 32 || !/\d/.test(value))
  );
}
