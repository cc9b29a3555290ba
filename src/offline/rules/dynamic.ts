import type { Literal } from '../code/scan.ts';
import type { Source } from '../code/source.ts';

/** An expression that becomes part of a string, and the text right before it. */
export type Part = { name: string; before: string };

/** Parts that nobody outside can choose: constants, numbers, lists of placeholders, escaped text. */
const harmless =
  /^(?:[A-Z][A-Z0-9_.]*|\d+)$|placeholders|\bescape\w*\(|\bquote\w*\(|\bNumber\(|\bparseInt\(|\bint\(|\?['"`]/;

/** Text kept before a part: enough to see what it stands beside. */
const beforeCharsMax = 60;

/**
 * The expressions that become part of a string when it is built: holes of templates and f-strings, and
 * operands of +, % and format. A tagged template has none: its tag receives them apart.
 */
export function dynamicParts(source: Source, literal: Literal): Part[] {
  return [...holes(source, literal), ...operands(source, literal)].filter(
    ({ name }) => name !== '' && !harmless.test(name),
  );
}

function holes({ language }: Source, { quote, prefix, text }: Literal): Part[] {
  if (language === 'ecma' && quote === '`' && prefix === '')
    return captures(text, /\$\{([^{}]*)\}/g);
  if (language === 'python' && /^[rb]?f[rb]?$/i.test(prefix))
    return captures(text, /\{([^{}!:]+)[^{}]*\}/g);
  if (language === 'brace' || language === 'hash') return captures(text, /[#$]\{([^{}]+)\}/g);
  return [];
}

function captures(text: string, pattern: RegExp): Part[] {
  return Array.from(text.matchAll(pattern), (match) => ({
    name: (match[1] ?? '').trim(),
    before: text.slice(Math.max(0, match.index - beforeCharsMax), match.index),
  }));
}

function operands(source: Source, literal: Literal): Part[] {
  const { at, column, endAt, endColumn, text } = literal;
  const front = source.lines[at]?.code.slice(0, column) ?? '';
  const rest = source.lines[endAt]?.code.slice(endColumn) ?? '';
  const next = source.lines[endAt + 1];
  const goesOn = rest.trim() === '' && /^\s*[+%.]/.test(next?.code ?? '');
  const after = goesOn ? (next?.code ?? '') : rest;
  const names = [
    /([A-Za-z_$][\w$.]*(?:\([^()]*\))?)\s*\+\s*$/.exec(front.slice(-80))?.[1],
    /^\s*\+\s*([A-Za-z_$][\w$.]*(?:\([^()]*\))?)/.exec(after)?.[1],
  ];
  if (source.language === 'python') {
    names.push(/^\s*%\s*\(?\s*([A-Za-z_][\w.]*)/.exec(after)?.[1]);
    names.push(/^\s*\.format\(\s*(?:\w+\s*=\s*)?([A-Za-z_][\w.]*)/.exec(after)?.[1]);
  }
  // %d takes numbers only; %s and %v take whatever comes.
  if (source.language === 'go' && /%[svq]/.test(text) && /Sprintf\(\s*$/.test(front))
    names.push(/^\s*,\s*([A-Za-z_][\w.]*)/.exec(rest)?.[1]);
  const before = text.replace(/(?:%[svq]|\{\w*\})[^]*$/, '').slice(-beforeCharsMax);
  return names.flatMap((name) => (name === undefined ? [] : [{ name, before }]));
}
