import type { Block } from '../code/blocks.ts';
import { eachMatch, loopAround, statementAt, type Source } from '../code/source.ts';
import type { Hit, Rule } from './rule.ts';

const chain = /(?<![\w$.])((?:[A-Za-z_$][\w$]*\??\.)+#?[A-Za-z_$][\w$]*)\s*(?:<[^()<>]*>)?\(/g;
const stores =
  /(?:^|\.)#?(?:\w*(?:db|pool|client|conn|connection|prisma|knex|cursor|cur|repo|repository|dao|api|gateway)|tx|trx|session|redis|axios|requests|http)$/i;
const storeVerb =
  /^(?:query\w*|exec|execute\w*|find\w*|get\w*|select\w*|insert\w*|update\w*|delete\w*|save\w*|load\w*|fetch(?!one|all|many)\w*|count\w*|create\w*|all|run|one|first|post|put|patch|request|send\w*|scan)$/i;
const plainFinder = /^(?:findById|findOne|findUnique|findFirst|findMany|findByPk|findAll)$/;
/** What goes in pieces already is not one at a time. */
const inPieces = /batch|chunk|\.slice\(/i;
const oneByOne = /batch|chunk|page|attempt|retr(?:y|ies)|backoff|poll/i;

/** The call on a line that leaves the process, such as `orders.findById`; null when there is none. */
function remoteCall({ language }: Source, code: string): string | null {
  const awaited = language !== 'ecma' || /\bawait\b|=>/.test(code);
  if (!awaited) return null;
  if (language === 'ecma' && /\bawait\s+fetch\s*\(/.test(code)) return 'fetch';
  for (const match of code.matchAll(chain)) {
    const name = (match[1] ?? '').replaceAll('?', '');
    const dot = name.lastIndexOf('.');
    const verb = name.slice(dot + 1);
    if (plainFinder.test(verb)) return name;
    if (storeVerb.test(verb) && stores.test(name.slice(0, dot))) return name;
  }
  return null;
}

export const queryInLoop: Rule = {
  kind: 'query-in-loop',
  family: 'performance',
  also: ['correctness'],
  severity: 'high',
  confidencePct: 82,
  suggestion: 'Ask once for all of them (IN, ANY, a join, a batch endpoint) and look up in memory.',
  find: (source) => {
    if (source.purpose === 'test') return [];
    // One remark per loop: where one call is batched, so are its neighbours.
    const told = new Set<Block | null>();
    return source.lines.flatMap((line, at): Hit[] => {
      const call = line.added ? remoteCall(source, line.code) : null;
      if (call === null) return [];
      const inline = inlineLoop(line.code);
      const block = inline === null ? loopAround(line.block) : null;
      const loop = inline ?? overData(source, block);
      if (loop === null || oneByOne.test(loop) || inPieces.test(block?.body ?? '')) return [];
      if (block !== null && told.has(block)) return [];
      told.add(block);
      const title = `\`${call}\` runs once per round of the loop`;
      const detail = `\`${call}\` is a round trip, and the loop \`${brief(loop)}\` makes one for each element: the time grows with the data, and the other side sees a burst.`;
      const hit = { at, endAt: statementAt(source, at).endAt, title, detail };
      return [source.purpose === 'script' ? { ...hit, severity: 'medium' } : hit];
    });
  },
};

/** Header of a loop over data; a `while` loop waits for something and is left alone. */
function overData({ language }: Source, loop: Block | null): string | null {
  if (loop === null || /^(?:\w+:\s*)?(?:while|do)\b/.test(loop.header)) return null;
  // In Go every loop is a `for`; only one that ranges or counts goes over data.
  if (language === 'go' && !/\brange\b|;/.test(loop.header)) return null;
  return loop.header;
}

/** `for (const a of b) await ...;` and `b.map((a) => client.get(a))` on one line. */
function inlineLoop(code: string): string | null {
  const match =
    /^\s*(for\s*(?:await\s*)?\([^()]*(?:\([^()]*\)[^()]*)*\))\s*\S/.exec(code) ??
    /([\w$.]+\.(?:map|forEach|flatMap)\(\s*(?:async\s*)?\(?[\w$]+\)?)\s*=>/.exec(code);
  return match?.[1] ?? null;
}

const lookup =
  /([A-Za-z_$][\w$.]*)\.(find|filter|findIndex|some|every)\(\s*\(?\s*([A-Za-z_$][\w$]*)\)?\s*=>\s*(.*)$/;
const listSearch =
  /([A-Za-z_$][\w$.]*(?:ids|list|array|items|seen|visited))\.(includes|indexOf)\(\s*([A-Za-z_$][\w$]*)/i;

/** How far into a loop is looked for the comparison that makes it a search. */
const bodyLinesMax = 60;

export const quadratic: Rule = {
  kind: 'quadratic',
  family: 'performance',
  also: ['correctness'],
  severity: 'medium',
  confidencePct: 78,
  suggestion: 'Build a Map or Set over the inner collection once, before the loop.',
  find: (source) => {
    if (source.purpose === 'test' || source.language === 'sql') return [];
    return [...lookups(source), ...nestedLoops(source), ...copies(source)];
  },
};

function lookups(source: Source): Hit[] {
  const hits: Hit[] = [];
  if (source.language !== 'ecma') return hits;
  eachMatch(source, /\.(?:find|filter|findIndex|some|every|includes|indexOf)\(/, (_, at, line) => {
    const loop = loopAround(line.block);
    const variables = loop === null ? [] : loopVariables(loop);
    const keyed = lookup.exec(line.code);
    const list = keyed === null ? listSearch.exec(line.code) : null;
    const name = keyed?.[1] ?? list?.[1];
    const sought = keyed?.[4] ?? list?.[3] ?? '';
    if (name === undefined || isConstant(name) || variables.length === 0) return;
    // What hangs on the element itself is part of it, not a second collection.
    if (variables.includes(name.split('.')[0] ?? '')) return;
    if (keyed !== null && !/===?/.test(sought)) return;
    if (!variables.some((each) => hasWord(sought, each))) return;
    const verb = keyed?.[2] ?? list?.[2] ?? '';
    hits.push(
      slow(
        at,
        `\`${name}.${verb}\` searches in every round of a loop`,
        name,
        list === null ? 80 : 64,
      ),
    );
  });
  return hits;
}

function nestedLoops(source: Source): Hit[] {
  return source.blocks.flatMap((inner): Hit[] => {
    const outer = inner.kind === 'loop' && inner.at >= 0 ? loopAround(inner.parent) : null;
    const over = outer === null ? null : collectionOf(inner.header);
    if (outer === null || over === null || isConstant(over)) return [];
    const outerNames = loopVariables(outer);
    const innerNames = loopVariables(inner);
    if (outerNames.includes(over.split(/[.(]/)[0] ?? '')) return [];
    const pairs = source.lines
      .slice(inner.openAt, Math.min(inner.endAt + 1, inner.openAt + bodyLinesMax))
      .some(
        ({ code }) =>
          /===?/.test(code) &&
          outerNames.some((each) => hasWord(code, each)) &&
          innerNames.some((each) => hasWord(code, each)),
      );
    if (!pairs) return [];
    return [slow(inner.at, `\`${over}\` is walked in every round of an outer loop`, over, 76)];
  });
}

/** A reducer that copies what it has gathered so far. */
function copies(source: Source): Hit[] {
  const hits: Hit[] = [];
  if (source.language !== 'ecma') return hits;
  eachMatch(source, /[{[]\s*\.\.\.([A-Za-z_$][\w$]*)\s*,/, ([, name = ''], at, line) => {
    const header = loopAround(line.block)?.header ?? '';
    const around = /\.reduce\(/.test(line.code) ? line.code : header;
    if (!new RegExp(`\\.reduce\\([^]*\\(\\s*${name.replaceAll('$', '\\$')}\\b`).test(around))
      return;
    hits.push(slow(at, `\`${name}\` is copied in every round of \`reduce\``, name, 78));
  });
  return hits;
}

function slow(at: number, title: string, name: string, confidencePct: number): Hit {
  const detail = `Each element costs a walk over \`${name}\`: the work grows with the square of the data.`;
  return { at, title, detail, confidencePct };
}

/** Names that the header of a loop binds: `of`, `in`, `range` and the arguments of a callback. */
function loopVariables({ header }: Block): string[] {
  const bound =
    /\bfor\s*(?:await\s*)?\(?\s*(?:const\s|let\s|var\s)?\s*([^=;]*?)\s*(?:\bof\b|\bin\b|:=)/.exec(
      header,
    )?.[1] ??
    /\.\w+\(\s*(?:async\s*)?(?:function\b[^(]*)?\(?([^()]*)\)?\s*(?::[^=]*)?(?:=>)?$/.exec(
      header,
    )?.[1] ??
    '';
  return (bound.match(/[A-Za-z_$][\w$]*/g) ?? []).filter((name) => name !== '_');
}

function collectionOf(header: string): string | null {
  const match =
    /\b(?:of|in|range)\s+([A-Za-z_$][\w$.]*)(?:\.(?:values|entries|keys|items)\(\))?\s*\)?$/.exec(
      header,
    ) ?? /([A-Za-z_$][\w$.]*)\.(?:forEach|map|filter|some|find)\(/.exec(header);
  return match?.[1] ?? null;
}

/** A collection written in capitals is a fixed, short list. */
export function isConstant(name: string): boolean {
  return /^[A-Z][A-Z0-9_]*$/.test(name.split('.').at(-1) ?? '');
}

function hasWord(code: string, word: string): boolean {
  return new RegExp(`(?<![\\w$])${word.replaceAll('$', '\\$')}(?![\\w$])`).test(code);
}

function brief(header: string): string {
  const line = header.replace(/\s+/g, ' ').trim();
  return line.length > 80 ? `${line.slice(0, 77)}...` : line;
}
