import { eachMatch, functionAround, type Source } from '../code/source.ts';
import type { Hit, Rule } from './rule.ts';

type Leftover = Partial<Pick<Rule, 'severity' | 'confidencePct'>> & {
  pattern: RegExp;
  what: string;
};

const stops: Partial<Record<Source['language'], Leftover>> = {
  ecma: { pattern: /^\s*(debugger)\s*;?\s*$/, what: 'stops the process under a debugger' },
  python: {
    pattern: /(?<![\w.])(breakpoint|pdb\.set_trace|ipdb\.set_trace)\(\)/,
    what: 'stops the process and waits for a keyboard',
  },
};
const prints: Partial<Record<Source['language'], Leftover>> = {
  ecma: {
    pattern: /(?:^|[;{}]\s*)\s*(console\.(?:log|debug|dir|table|trace))\s*\(/,
    what: 'writes to standard output past the logger',
  },
  python: { pattern: /^\s*(print)\(/, what: 'writes to standard output past the logger' },
  go: { pattern: /^\s*(fmt\.Print(?:ln|f)?)\(/, what: 'writes to standard output past the logger' },
};
const focused: Leftover = {
  pattern: /(?<![\w$.])((?:describe|it|test|context)\.only|fdescribe|fit)\s*\(/,
  what: 'keeps every other test of the file from running, and the run stays green',
};

export const debugLeftover: Rule = {
  kind: 'debug-leftover',
  family: 'correctness',
  also: ['documentation'],
  severity: 'low',
  confidencePct: 78,
  suggestion: 'Remove it, or use the logger with a level and a message that a reader can act on.',
  find: (source) => {
    const hits: Hit[] = [];
    const look = (leftover: Leftover | undefined, extra: Partial<Hit>): void => {
      if (leftover === undefined) return;
      eachMatch(source, leftover.pattern, ([, name = ''], at, line) => {
        if (/eslint-disable|no-console|noqa/.test(line.comment) || /\bfile\s*=/.test(line.code))
          return;
        const detail = `\`${name}\` ${leftover.what}.`;
        hits.push({ at, title: `\`${name}\` was left behind`, detail, ...extra });
      });
    };
    look(stops[source.language], { severity: 'medium', confidencePct: 95 });
    if (source.purpose === 'test') {
      if (source.language === 'ecma') look(focused, { severity: 'high', confidencePct: 94 });
    } else if (source.purpose === 'source' && !isOutput(source)) look(prints[source.language], {});
    return hits.filter(({ at }) => !/\bmain\b/.test(functionName(source, at)));
  },
};

/** Programs whose business is to print. */
function isOutput({ path, lines }: Source): boolean {
  if (
    /log(?:ger|ging)?\.\w+$|(?:^|\/)(?:main|cli|index)\.(?:go|py)$|console|report|print/i.test(path)
  )
    return true;
  return lines.some(
    ({ code, text }) => /^package main\b|^#!/.test(text) || /__name__\s*==/.test(code),
  );
}

function functionName(source: Source, at: number): string {
  return functionAround(source.lines[at]?.block ?? null)?.header ?? '';
}

export const todo: Rule = {
  kind: 'todo',
  family: 'documentation',
  also: [],
  severity: 'low',
  confidencePct: 62,
  suggestion:
    'Do it now, or say in the description of the change what is left and why that is safe.',
  find: (source) =>
    source.lines.flatMap(({ added, comment }, at) => {
      const word = added ? /\b(?:TODO|FIXME|HACK)\b/.exec(comment) : null;
      if (word === null) return [];
      const rest = comment.slice(word.index, word.index + 80);
      const detail = `"${rest}" tells the reader that the change is not finished, not what that means for them.`;
      return [{ at, title: `${word[0]} left in the code`, detail }];
    }),
};
