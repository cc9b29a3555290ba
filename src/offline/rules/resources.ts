import { eachMatch, functionAround, statementAt, type Source } from '../code/source.ts';
import type { Hit, Rule } from './rule.ts';

type Opener = { pattern: RegExp; close: string; always: RegExp | null };

/** How each language takes a resource, how it gives it back, and what makes that certain. */
const openers: Partial<Record<Source['language'], Opener[]>> = {
  ecma: [
    {
      pattern:
        /\b(?:const|let|var)\s+([A-Za-z_$][\w$]*)\s*=\s*await\s+[\w$.]*(?:pool|Pool)\.(?:connect|acquire)\(/,
      close: 'release',
      always: /\bfinally\b|\busing\b/,
    },
    {
      pattern:
        /\b(?:const|let|var)\s+([A-Za-z_$][\w$]*)\s*=\s*await\s+(?:fs\.|fsp\.|promises\.)?open\(/,
      close: 'close',
      always: /\bfinally\b|\busing\b/,
    },
  ],
  python: [
    {
      pattern:
        /^\s*([A-Za-z_]\w*)\s*=\s*(?:open|sqlite3\.connect|psycopg2?\.connect|socket\.socket)\(/,
      close: 'close',
      always: /\bfinally\b|\bclosing\(/,
    },
  ],
  go: [
    {
      pattern: /^\s*([A-Za-z_]\w*),\s*err\s*:?=\s*os\.(?:Open|Create|OpenFile)\(/,
      close: 'Close',
      always: /\bdefer\b/,
    },
    {
      pattern: /^\s*([A-Za-z_]\w*),\s*err\s*:?=\s*(?:http|client)\.(?:Get|Post|Do)\(/,
      close: 'Body.Close',
      always: /\bdefer\b/,
    },
  ],
};
const inlineOpen = /\bopen\([^()]*\)\.(?:read|write|readlines|writelines)\b/;

/** In a longer function it is not looked for where a resource is given back. */
const functionLinesMax = 200;

export const resourceLeak: Rule = {
  kind: 'resource-leak',
  family: 'correctness',
  also: ['performance'],
  severity: 'medium',
  confidencePct: 80,
  suggestion: 'Give it back on every way out: `finally`, `using`, `with` or `defer`.',
  find: (source) => {
    const hits: Hit[] = [];
    if (source.purpose === 'test') return hits;
    for (const { pattern, close, always } of openers[source.language] ?? [])
      eachMatch(source, pattern, ([, name = ''], at, line) => {
        if (inlineOpen.test(line.code)) return;
        const problem = leak(source, at, name, close, always);
        if (problem !== null)
          hits.push({ at, title: `\`${name}\` may stay open`, detail: problem });
      });
    if (source.language === 'python')
      eachMatch(source, inlineOpen, (match, at) => {
        const detail = `\`${match[0]}\` leaves it to the garbage collector when the file is closed.`;
        hits.push({ at, title: 'The opened file is never closed', detail, severity: 'low' });
      });
    return hits;
  },
};

/** What is wrong with how `name` is given back, as far as its function can be seen to the end. */
function leak(
  source: Source,
  at: number,
  name: string,
  close: string,
  always: RegExp | null,
): string | null {
  const around = functionAround(source.lines[at]?.block ?? null);
  const seen = around === null ? source.whole : around.closed;
  const end = around?.endAt ?? source.lines.length - 1;
  if (!seen || end - at > functionLinesMax) return null;
  const rest = source.lines.slice(at + 1, end + 1).map(({ code }) => code);
  const word = name.replaceAll('$', '\\$');
  // Who returns it or hands it on gives the duty away.
  const handedOn = new RegExp(
    `\\breturn\\s+${word}\\s*;?\\s*$|=\\s*${word}\\s*;?\\s*$|\\bwith\\s+${word}\\b|[{,]\\s*${word}\\s*[,}]|\\bdefer\\s+\\w+\\(${word}`,
  );
  if (rest.some((code) => handedOn.test(code))) return null;
  const closes = rest.findIndex((code) => code.includes(`${name}.${close}(`));
  if (closes < 0)
    return `Nothing in the function calls \`${name}.${close}()\`: each call leaves one behind.`;
  if (always === null || rest.some((code) => always.test(code))) return null;
  return `\`${name}.${close}()\` is skipped when anything before it throws or returns; after enough failures none is left.`;
}

const fetchCall = /(?<![\w$.])fetch\s*\(/;
const requestsCall = /\brequests\.(?:get|post|put|patch|delete|head|request)\s*\(/;
const goCall = /\bhttp\.(?:Get|Post|PostForm|Head|DefaultClient)\b/;

export const missingTimeout: Rule = {
  kind: 'missing-timeout',
  family: 'performance',
  also: ['correctness'],
  severity: 'medium',
  confidencePct: 80,
  suggestion: 'Set a timeout (AbortSignal.timeout, timeout=, a client with Timeout).',
  find: (source) => {
    const hits: Hit[] = [];
    if (source.purpose === 'test' || /\.[jt]sx$|\.vue$/.test(source.path)) return hits;
    const pattern =
      source.language === 'ecma'
        ? fetchCall
        : source.language === 'python'
          ? requestsCall
          : source.language === 'go'
            ? goCall
            : null;
    if (pattern === null) return hits;
    eachMatch(source, pattern, (match, at, line) => {
      const { code, endAt } = statementAt(source, at);
      if (/\bfunction\b|signal|timeout|\.\.\.|\*\*/i.test(code)) return;
      // A method of that name, and what never leaves the process.
      if (/fetch\s*\([^()]*\)\s*(?::[^;]*)?\{\s*$/.test(line.code)) return;
      if (/\(\s*['"`](?:data|about|blob):/.test(line.text.slice(match.index))) return;
      // Options that come in a variable cannot be judged from here.
      if (source.language === 'ecma' && /,\s*[A-Za-z_$][\w$.]*\s*,?\s*\)/.test(code)) return;
      const call = match[0].replace(/\s*\($/, '');
      const title = `\`${call}\` waits without a limit`;
      const detail = `When the other side accepts and then says nothing, \`${call}\` never returns and whoever waits for it hangs too.`;
      hits.push({ at, endAt, title, detail });
    });
    return hits;
  },
};
