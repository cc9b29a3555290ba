import type { Hit, Rule } from './rule.ts';

const mutable =
  /([A-Za-z_]\w*)\s*(?::\s*[\w.| ]+(?:\[[^\]]*\])?\s*)?=\s*(?:\[\s*\]|\{\s*\}|(?:list|dict|set)\(\s*\))/;

export const mutableDefault: Rule = {
  kind: 'mutable-default',
  family: 'correctness',
  also: ['documentation'],
  severity: 'medium',
  confidencePct: 90,
  suggestion: 'Use None as the default and make the value inside the function.',
  find: ({ language, blocks }) => {
    if (language !== 'python') return [];
    return blocks.flatMap(({ kind, header, at, openAt }) => {
      const name = kind === 'function' ? mutable.exec(header)?.[1] : undefined;
      if (name === undefined) return [];
      const title = `The default of \`${name}\` is shared by all calls`;
      const detail = `The default of \`${name}\` is made once, when the function is defined: what one call puts in, the next one finds.`;
      return [{ at, endAt: openAt, title, detail }];
    });
  },
};

const money = String.raw`\w*(?:price|amount|total|balance|fee|tax|cost|revenue)`;
const parsed = new RegExp(
  String.raw`\bparseFloat\(\s*([\w.$]*?${money})\b|\bfloat\(\s*([\w.]*${money})\b`,
  'i',
);
const indexed = /\bfloat\(\s*\w+\[['"](\w*(?:price|amount|total|balance|fee|tax|cost))['"]\]/i;
const scaled = new RegExp(
  String.raw`\b(${money})\s*\*\s*(?:\d*\.\d+|\w*(?:rate|percent|pct|vat)\b)`,
  'i',
);
const whole = /cents|minor|micro|pence|\bround|Math\.(?:round|floor|ceil|trunc)|Decimal|BigInt/i;

export const floatMoney: Rule = {
  kind: 'float-money',
  family: 'correctness',
  also: ['structure'],
  severity: 'medium',
  confidencePct: 74,
  suggestion: 'Keep money in integer minor units or a decimal type, and round once, on purpose.',
  find: (source) => {
    const hits: Hit[] = [];
    if (source.purpose === 'test' || /\.[jt]sx$/.test(source.path)) return hits;
    if (source.language !== 'ecma' && source.language !== 'python') return hits;
    source.lines.forEach(({ added, code, text }, at) => {
      if (!added || code.trim() === '' || whole.test(code)) return;
      const match = parsed.exec(code) ?? scaled.exec(code) ?? indexed.exec(text);
      const name = match?.[1] ?? match?.[2];
      if (name === undefined) return;
      const detail = `\`${name}\` becomes a binary fraction, which cannot hold most decimal amounts: sums drift by a cent and no longer add up.`;
      hits.push({ at, title: `Money in \`${name}\` is a floating point number`, detail });
    });
    return hits;
  },
};
