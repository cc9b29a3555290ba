import type { Source, SourceLine } from './source.ts';

/** One import of a line: where from, and whether it disappears when types are stripped. */
export type Import = { at: number; from: string; typeOnly: boolean };

const ecma =
  /^\s*(?:import|export)\b[^;]*?\bfrom\s*['"]([^'"]+)['"]|^\s*\}\s*from\s*['"]([^'"]+)['"]|^\s*import\s*['"]([^'"]+)['"]|\brequire\(\s*['"]([^'"]+)['"]\)/;
const python = /^\s*from\s+(\.{0,3}[\w.]*)\s+import\s+(\(?[\w, ]*)|^\s*import\s+([\w.]+)/;

/** What the shown lines of a file import. Go imports are single quoted paths in a block. */
export function importsOf(source: Source): Import[] {
  return source.lines.flatMap((line, at) => {
    const from = fromOf(source, line);
    if (from === undefined) return [];
    return [{ at, from, typeOnly: /^\s*(?:import|export)\s+type\b/.test(line.code) }];
  });
}

function fromOf({ language }: Source, { text, code }: SourceLine): string | undefined {
  if (code.trim() === '') return undefined;
  if (language === 'ecma') {
    const match = ecma.exec(text);
    return match?.[1] ?? match?.[2] ?? match?.[3] ?? match?.[4];
  }
  if (language === 'python') {
    const match = python.exec(code);
    const module = match?.[1];
    // `from . import orders` names the module behind the import.
    if (module !== undefined && /^\.+$/.test(module)) return module + (match?.[2]?.trim() ?? '');
    return module ?? match?.[3];
  }
  if (language === 'go') return /^\s*(?:import\s+)?(?:\w+\s+)?"([\w./-]+)"\s*$/.exec(text)?.[1];
  return undefined;
}

/** A path without its extension and without a trailing `index` or `__init__`: what imports name. */
export function moduleOf(path: string): string {
  return path.replace(/\.\w+$/, '').replace(/\/(?:index|__init__)$/, '');
}

/** The module an import names, as `moduleOf` writes it; null when it is a package from outside. */
export function resolveImport(source: Source, from: string): string | null {
  const folder = source.path.split('/').slice(0, -1);
  if (source.language === 'ecma')
    return /^\.{1,2}(?:\/|$)/.test(from) ? moduleOf(join(folder, from.split('/'))) : null;
  if (source.language !== 'python') return null;
  const dots = /^\.*/.exec(from)?.[0].length ?? 0;
  const names = from
    .slice(dots)
    .split('.')
    .filter((name) => name !== '');
  if (dots === 0) return names.join('/');
  return join(folder, [...Array<string>(dots - 1).fill('..'), ...names]);
}

function join(folder: readonly string[], steps: readonly string[]): string {
  const path = [...folder];
  for (const step of steps) {
    if (step === '..') path.pop();
    else if (step !== '.') path.push(step);
  }
  return path.join('/');
}
