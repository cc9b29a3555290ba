import type { Block } from '../code/blocks.ts';
import { eachMatch, type Source } from '../code/source.ts';
import type { Hit, Rule } from './rule.ts';

/** A bare handler, or one for everything; `except FileNotFoundError: pass` is a decision. */
const catchesAll = /^(?:catch\b|rescue\s*$|except\s*$|except\s*\(?\s*(?:Base)?Exception\b)/;
const saysNothing =
  /^\s*(?:return\s*(?:null|undefined|None|nil|\[\s*\]|\{\s*\})?\s*;?|pass|continue;?|\.\.\.)\s*$/;

export const swallowedError: Rule = {
  kind: 'swallowed-error',
  family: 'correctness',
  also: ['structure'],
  severity: 'high',
  confidencePct: 85,
  suggestion:
    'Let it pass on, or handle the one error that is expected and log or rethrow the rest.',
  find: (source) => {
    if (source.purpose === 'test') return [];
    const hits = source.blocks.flatMap((block) => handler(source, block));
    eachMatch(source, promiseHandler, (match, at, line) => {
      if (line.comment !== '' || isDefault(source, at, match.index)) return;
      const told = hit(at, at, 'The rejection of a promise', match[0]);
      hits.push({ ...told, severity: 'medium', confidencePct: 74 });
    });
    if (source.language === 'go')
      eachMatch(source, discarded, ([, call = ''], at) =>
        hits.push(hit(at, at, `The error of \`${call}\``, `_ := ${call}(...)`)),
      );
    return hits;
  },
};

const promiseHandler =
  /\.catch\(\s*(?:\(\s*\w*\s*\)|\w+)\s*=>\s*(?:\{\s*\}|null|undefined|void 0)\s*\)/;
const discarded =
  /(?:,\s*_\s*:?=|^\s*_\s*=)\s*((?:strconv|json|os|io|ioutil|http|sql|time|xml|base64)\.(?!Getenv|Duration|Now|Since)\w+)\(/;

const cleansUp =
  /(?<![\w$])(?:close|rm|rmdir|unlink|release|destroy|cancel|stop|kill|end|abort|rollback)\w*\s*\(/i;

/**
 * True when the handler only gives a value for a failure that is expected: the result is used, or what
 * fails is an attempt to clean up.
 */
function isDefault({ lines }: Source, at: number, column: number): boolean {
  let from = at;
  while (/^\s*\./.test(lines[from]?.code ?? '') && from > 0 && at - from < 8) from -= 1;
  const before = lines
    .slice(from, at)
    .map(({ code }) => code)
    .concat(lines[at]?.code.slice(0, column) ?? '')
    .join(' ');
  const used = /[^=!<>]=[^=>]|\breturn\b|=>|\(\s*await\b/.test(before);
  return used || cleansUp.test(before);
}

function handler(source: Source, block: Block): Hit[] {
  const lines = source.lines.slice(Math.max(0, block.at), block.endAt + 1);
  const explained = lines.some(({ comment }) => comment !== '');
  const goEmpty = source.language === 'go' && /^if\b.*\berr\s*!=\s*nil$/.test(block.header);
  const swallows = block.kind === 'catch' && catchesAll.test(block.header);
  if (explained || !block.closed || !(swallows || goEmpty)) return [];
  if (block.body.trim() === '')
    return [hit(block.openAt, block.endAt, 'Every error', `${block.header} {}`)];
  if (goEmpty || !saysNothing.test(block.body) || triesOneThing(source, block)) return [];
  const what = block.body.trim().replace(/;$/, '');
  const told = hit(block.openAt, block.endAt, 'Every error', what);
  return [{ ...told, severity: 'medium', confidencePct: 76 }];
}

/** Where one call alone is tried, its failure is an answer: `return null` says so. */
function triesOneThing(source: Source, block: Block): boolean {
  const tried = source.blocks.findLast(
    ({ kind, parent, endAt }) =>
      kind === 'try' && parent === block.parent && endAt <= block.openAt && endAt >= block.at - 1,
  );
  const statements = (tried?.body.split(tried.body.includes(';') ? ';' : '\n') ?? [])
    .map((each) => each.trim())
    .filter((each) => each !== '');
  const isOne =
    statements.length === 1 || (statements.length === 2 && /^return\b/.test(statements[1] ?? ''));
  return isOne && /^\s*return\b/.test(block.body);
}

function hit(at: number, endAt: number, what: string, code: string): Hit {
  return {
    at,
    endAt,
    title: `${what} is swallowed`,
    detail: `\`${code}\` drops it without a trace: the caller goes on as if all were well, and nobody can tell later why it was not.`,
  };
}
