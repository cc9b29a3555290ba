import type { Literal } from '../code/scan.ts';
import type { Source } from '../code/source.ts';

/** Parts that nobody outside can choose: constants, numbers, lists of placeholders, escaped text. */
const harmless =
  /^(?:[A-Z][A-Z0-9_.]*|\d+|this\.#?table\w*)$|placeholders|\bescape\w*\(|\bquote\w*\(|\bNumber\(|\bparseInt\(|\bint\(|\?['"`]/;

/**
 * The expressions that become part of a string when it is built: holes of templates and f-strings, and
 * operands of +, % and format. A tagged template has none: its tag receives them apart.
 */
export function dynamicParts(source: Source, literal: Literal): string[] {
  return [...holes(source, literal), ...operands(source, literal)].filter(
    (part) => part !== '' && !harmless.test(part),
  );
}

function holes({ language }: Source, { quote, prefix, text }: Literal): string[] {
  if (language === 'ecma' && quote === '`' && prefix === '')
    return captures(text, /\$\{([^{}]*)\}/g);
  if (language === 'python' && /^[rb]?f[rb]?$/i.test(prefix))
    return captures(text, /\{([^{}!:]+)[^{}]*\}/g);
  if (language === 'brace' || language === 'hash') return captures(text, /[#$]\{([^{}]+)\}/g);
  return [];
}

function captures(text: string, pattern: RegExp): string[] {
  return Array.from(text.matchAll(pattern), (match) => (match[1] ?? '').trim());
}

function operands(source: Source, { at, column, endAt, endColumn, text }: Literal): string[] {
  const before = source.lines[at]?.code.slice(0, column) ?? '';
  const rest = source.lines[endAt]?.code.slice(endColumn) ?? '';
  const next = source.lines[endAt + 1];
  const goesOn = rest.trim() === '' && /^\s*[+%.]/.test(next?.code ?? '');
  const after = goesOn ? (next?.code ?? '') : rest;
  const parts = [
    /([A-Za-z_$][\w$.]*(?:\([^()]*\))?)\s*\+\s*$/.exec(before.slice(-80))?.[1],
    /^\s*\+\s*([A-Za-z_$][\w$.]*(?:\([^()]*\))?)/.exec(after)?.[1],
  ];
  if (source.language === 'python') {
    parts.push(/^\s*%\s*\(?\s*([A-Za-z_][\w.]*)/.exec(after)?.[1]);
    parts.push(/^\s*\.format\(\s*(?:\w+\s*=\s*)?([A-Za-z_][\w.]*)/.exec(after)?.[1]);
  }
  // %d takes numbers only; %s and %v take whatever comes.
  if (source.language === 'go' && /%[svq]/.test(text) && /Sprintf\(\s*$/.test(before))
    parts.push(/^\s*,\s*([A-Za-z_][\w.]*)/.exec(rest)?.[1]);
  return parts.filter((part) => part !== undefined);
}
