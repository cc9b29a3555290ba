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
      if (line.comment === '') hits.push(hit(at, at, 'The rejection of a promise', match[0]));
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

function handler(source: Source, block: Block): Hit[] {
  const lines = source.lines.slice(Math.max(0, block.at), block.endAt + 1);
  const explained = lines.some(({ comment }) => comment !== '');
  const goEmpty = source.language === 'go' && /^if\b.*\berr\s*!=\s*nil$/.test(block.header);
  const swallows = block.kind === 'catch' && catchesAll.test(block.header);
  if (explained || !block.closed || !(swallows || goEmpty)) return [];
  if (block.body.trim() === '')
    return [hit(block.openAt, block.endAt, 'Every error', `${block.header} {}`)];
  if (goEmpty || !saysNothing.test(block.body)) return [];
  const what = block.body.trim().replace(/;$/, '');
  return [{ ...hit(block.openAt, block.endAt, 'Every error', what), confidencePct: 76 }];
}

function hit(at: number, endAt: number, what: string, code: string): Hit {
  return {
    at,
    endAt,
    title: `${what} is swallowed`,
    detail: `\`${code}\` drops it without a trace: the caller goes on as if all were well, and nobody can tell later why it was not.`,
  };
}
