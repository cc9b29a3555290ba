import type { Source } from '../code/source.ts';
import { redactedSecrets, standsForSecret } from './redacted.ts';
import type { Hit, Rule } from './rule.ts';

/** Formats that nothing but a credential has. Prefixes as their issuers document them. */
const formats: readonly [pattern: RegExp, what: string][] = [
  [/\bAKIA[0-9A-Z]{16}\b/, 'An AWS access key id'],
  [/\bgh[pousr]_[A-Za-z0-9]{36}\b|\bgithub_pat_\w{50,}/, 'A GitHub token'],
  [/\bglpat-[\w-]{20}/, 'A GitLab token'],
  [/\bxox[abprs]-[\w-]{10,}/, 'A Slack token'],
  [/\b[rs]k_live_[0-9A-Za-z]{16,}/, 'A live Stripe key'],
  [/\bsk-(?:ant-|proj-)[\w-]{24,}/, 'A model provider key'],
  [/\bAIza[\w-]{35}\b/, 'A Google API key'],
  [/\bnpm_[A-Za-z0-9]{36}\b/, 'An npm token'],
  [/-----BEGIN (?:[A-Z]{2,9} ){0,2}PRIVATE KEY-----/, 'A private key'],
];
const urlPassword =
  /\b(?:https?|ftps?|sftp|postgres(?:ql)?|mysql|mariadb|mssql|mongodb(?:\+srv)?|rediss?|amqps?|nats|smtps?|ldaps?):\/\/([^\s:@/'"`]{1,64}):(\[REDACTED:[a-z\d:-]{3,60}\]|[^\s:@/'"`]{3,100})@/;
const assigned =
  /(?<![\w$])([A-Za-z_$][\w$-]*)["']?\]?\s*(?::\s*[A-Za-z.]+\s*)?(?::=|=>|[=:])\s*[a-zA-Z]?$/;
const unquoted = /^\s*(?:export\s+)?([A-Za-z_][\w.-]*)\s*[=:]\s*([^\s'"#]{8,})\s*$/;
const sensitive =
  /(?:password|passwd|pwd|passphrase|secret|(?:api|access|private|signing|encryption|secret|auth|master)key|token|credentials?)(?:prod|live|dev|staging|value)?$/;
const placeholder =
  /example|placeholder|change-?me|your|dummy|sample|x{4}|redacted|todo|insert|replace|fake|test|foobar|[<>]|\*{3}|\.{3}|\$\{|\{\{|^\$|%s|(.)\1{5}/i;

/** True for text that stands where a credential would, unless a credential was taken out of it. */
function isStandIn(value: string): boolean {
  return !standsForSecret(value) && placeholder.test(value);
}

/** True for names that hold a credential: `dbPassword`, `API_KEY`, not `tokenUrl`. */
function isSensitiveName(name: string): boolean {
  return sensitive.test(name.replace(/[-_.]/g, '').toLowerCase());
}

/** True for text that may well be a credential, and not a word, a path or a placeholder. */
function looksSecret(value: string): boolean {
  if (!/^[\x21-\x7e]{8,200}$/.test(value) || placeholder.test(value)) return false;
  if (/^(?:[a-z]+:\/\/|[./~])/i.test(value)) return false;
  const wordy = /^[a-z]+(?:[-_.:/][a-z0-9]+)*$/i.test(value);
  if (wordy) return value.replace(/\D/g, '').length >= 4;
  return /[a-z]/i.test(value) && /[\d!@#$%^&*+=]/.test(value) && !/[()]/.test(value);
}

const consequence =
  'Whoever can read the repository, its history or a build has the credential, and deleting the line later does not take it back.';

export const secret: Rule = {
  kind: 'secret',
  family: 'security',
  also: ['structure'],
  severity: 'critical',
  confidencePct: 92,
  suggestion:
    'Read it from the environment or a secret store, and revoke this value: it has to count as leaked.',
  find: (source) =>
    isTemplate(source.path)
      ? []
      : [
          ...byFormat(source),
          ...redacted(source, true),
          ...byUrl(source),
          ...byName(source),
          ...redacted(source, false),
        ],
};

// The change comes with its secrets taken out. What was taken out is what this rule would have found.
function redacted(source: Source, known: boolean): Hit[] {
  if (!known && (source.purpose === 'test' || source.purpose === 'prose')) return [];
  return redactedSecrets(source)
    .filter(({ byFormat: isKnown }) => isKnown === known)
    .map(({ at, what }) => hitOf(at, what));
}

function hitOf(at: number, what: string): Hit {
  const detail = `The text has the format of one. ${consequence}`;
  return { at, title: `${what} is committed`, detail };
}

function byFormat(source: Source): Hit[] {
  return source.lines.flatMap(({ added, text }, at) => {
    if (!added) return [];
    return formats.flatMap(([pattern, what]) => {
      const found = pattern.exec(text)?.[0];
      if (found === undefined || placeholder.test(found)) return [];
      return [hitOf(at, what)];
    });
  });
}

function byUrl(source: Source): Hit[] {
  if (source.purpose === 'test') return [];
  return source.lines.flatMap(({ added, text }, at) => {
    const [, user = '', password = ''] = (added && urlPassword.exec(text)) || [];
    if (password === '' || password === user || isStandIn(password)) return [];
    if (/^(?:pass|password|secret|postgres|root|admin)$/i.test(password)) return [];
    const title = `The URL holds the password of \`${user}\``;
    return [
      { at, title, detail: `A connection string with a password is a credential. ${consequence}` },
    ];
  });
}

function byName(source: Source): Hit[] {
  if (source.purpose === 'test' || source.purpose === 'prose') return [];
  const hits: Hit[] = [];
  const add = (at: number, name: string, value: string): void => {
    if (!isSensitiveName(name) || !(standsForSecret(value) || looksSecret(value))) return;
    const detail = `\`${name}\` is given a literal value. ${consequence}`;
    hits.push({ at, title: `\`${name}\` is hard-coded`, detail });
  };
  for (const { at, endAt, column, text } of source.literals) {
    const line = source.lines[at];
    if (line?.added !== true || endAt !== at) continue;
    const name = assigned.exec(line.text.slice(Math.max(0, column - 80), column))?.[1];
    if (name !== undefined) add(at, name, text);
  }
  if (source.language === 'hash') {
    source.lines.forEach(({ added, text }, at) => {
      const [, name, value] = (added && unquoted.exec(text)) || [];
      if (name !== undefined && value !== undefined) add(at, name, value);
    });
  }
  return hits;
}

function isTemplate(path: string): boolean {
  return /\.(?:example|sample|template|dist)$|\.(?:example|sample|template)\.\w+$/.test(path);
}
