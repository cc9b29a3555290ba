import { functionAround, type Source } from '../code/source.ts';
import { dynamicParts } from './dynamic.ts';
import type { Hit, Rule } from './rule.ts';

/** A collection that lives as long as the process, by language; group 1 or 2 is its name. */
const longLived: Partial<Record<Source['language'], RegExp>> = {
  ecma: /^(?:export\s+)?(?:const|let|var)\s+([A-Za-z_$][\w$]*)[^=]*=\s*(?:new\s+(?:Map|Set)\b|\{\s*\}|\[\s*\]|Object\.create\()|^\s+(?:private\s+|static\s+|readonly\s+)*(#?[A-Za-z_$][\w$]*)\s*(?::[^=]*)?=\s*new\s+(?:Map|Set)\b/,
  python:
    /^([A-Za-z_]\w*)(?:\s*:\s*[^=]+)?\s*=\s*(?:\{\s*\}|\[\s*\]|dict\(\)|set\(\)|list\(\)|defaultdict\(\w*\))\s*$/,
  go: /^var\s+([A-Za-z_]\w*)\s*=\s*(?:make\(map\[|map\[)/,
};
/** What gathers by what comes in; tables, registries and lists of handlers have other names. */
const gathers = /cache|memo|seen|session|history|recent|visited|result|pending|queue/i;
/** An object may be short-lived: of its fields only those that call themselves a cache count. */
const keeps = /cache|memo/i;

export const unboundedCache: Rule = {
  kind: 'unbounded-cache',
  family: 'performance',
  also: ['structure'],
  severity: 'medium',
  confidencePct: 76,
  suggestion: 'Give it a bound: a size with eviction, a time to live, or a WeakMap.',
  find: (source) => {
    if (source.purpose !== 'source') return [];
    const hits = collections(source).flatMap(({ name, at }): Hit[] => {
      const growth = growthOf(source, name);
      const grows = growth === null ? undefined : source.lines[growth];
      const added = source.lines[at]?.added === true;
      if (growth === null || grows === undefined || !(added || grows.added)) return [];
      const title = `\`${name}\` grows for ever`;
      const detail = `Entries go into \`${name}\` (line ${grows.number}) and nothing shown takes one out: the process runs until the memory is full.`;
      return [{ at: added ? at : growth, title, detail, confidencePct: source.whole ? 80 : 66 }];
    });
    return [...hits, ...limitless(source)];
  },
};

/** A file with more long-lived collections than this is a table. */
const collectionsMax = 40;

function collections(source: Source): { name: string; at: number }[] {
  const pattern = longLived[source.language];
  if (pattern === undefined) return [];
  const found = source.lines.flatMap(({ code, block }, at) => {
    const [, constant, field] = pattern.exec(code) ?? [];
    if (functionAround(block) !== null) return [];
    if (constant !== undefined && gathers.test(constant)) return [{ name: constant, at }];
    const isField = field !== undefined && block?.kind === 'class' && keeps.test(field);
    return isField ? [{ name: field, at }] : [];
  });
  return found.slice(0, collectionsMax);
}

/** The line, inside a function, at which entries are added; null when none or when some are removed. */
function growthOf(source: Source, name: string): number | null {
  const word = `(?<![\\w$])${name.replaceAll('$', '\\$')}`;
  const shrinks = new RegExp(
    `${word}\\.(?:delete|clear|size|shift|pop|splice|popitem|length)\\b|\\bdelete\\s*\\(?\\s*${word}\\b|\\bdel\\s+${word}|\\blen\\(${word}|${word}\\s*=\\s*(?:\\[|\\{|new\\b)`,
  );
  const grows = new RegExp(`${word}(?:\\.(?:set|add|push|append)\\(|\\[[^\\]]+\\]\\s*=[^=])`);
  let growth: number | null = null;
  for (const [at, { code, block }] of source.lines.entries()) {
    const inFunction = functionAround(block) !== null;
    if (inFunction && shrinks.test(code)) return null;
    if (inFunction && growth === null && grows.test(code)) growth = at;
  }
  return growth;
}

function limitless(source: Source): Hit[] {
  if (source.language !== 'python') return [];
  return source.lines.flatMap(({ added, code }, at) => {
    if (!added || !/@(?:functools\.)?lru_cache\(\s*(?:maxsize\s*=\s*)?None\b/.test(code)) return [];
    const detail = 'Every distinct argument is kept with its result until the process ends.';
    return [{ at, title: '`lru_cache` has no limit', detail, confidencePct: 72 }];
  });
}

const everything = /^\s*select\b[^]{1,500}?\bfrom\s+[\w."]+\s*(?:order\s+by\s+[\w.,\s]+)?;?\s*$/i;
const aggregate = /\b(?:count|sum|max|min|avg|exists)\s*\(/i;

export const unboundedQuery: Rule = {
  kind: 'unbounded-query',
  family: 'performance',
  also: ['structure'],
  severity: 'low',
  confidencePct: 68,
  suggestion: 'Select the rows that are needed, with a limit or a cursor over pages.',
  find: (source) => {
    if (source.purpose !== 'source') return [];
    const hits: Hit[] = [];
    const add = (at: number, endAt: number, what: string): void => {
      const detail = `\`${what}\` brings the whole table into memory; today it is small.`;
      hits.push({ at, endAt, title: 'A query reads a whole table', detail });
    };
    for (const literal of source.literals) {
      const { text, at, endAt } = literal;
      const partial = aggregate.test(text) || dynamicParts(source, literal).length > 0;
      const goesOn = /^\s*\+/.test(source.lines[endAt]?.code.slice(literal.endColumn) ?? '');
      if (everything.test(text) && !partial && !goesOn)
        add(at, endAt, text.replace(/\s+/g, ' ').trim().slice(0, 60));
    }
    source.lines.forEach(({ added, code }, at) => {
      const call = added ? /\.(?:findMany|findAll|objects\.all)\(\s*\)/.exec(code) : null;
      if (call === null) return;
      const receiver = /[\w$.]{0,60}$/.exec(code.slice(Math.max(0, call.index - 60), call.index));
      add(at, at, `${receiver?.[0] ?? ''}${call[0]}`);
    });
    return hits;
  },
};
