import type { Language } from './language.ts';
import type { Source } from './source.ts';

/** Something that other files can use, as one line declares it. */
export type Declaration = { name: string; what: string; parameters: string | null };

const ecma =
  /^export\s+(?:default\s+)?(?:declare\s+)?(?:abstract\s+)?(?:async\s+)?(function|class|const|let|interface|type|enum)\*?\s+([A-Za-z_$][\w$]*)(.*)$/;
const python = /^(?:async\s+)?(def|class)\s+([A-Za-z]\w*)(.*)$/;
const go = /^(func|type)\s+(?:\(\w+\s+\*?\w+\)\s*)?([A-Z]\w*)(.*)$/;

const patterns: Partial<Record<Language, RegExp>> = { ecma, python, go };

/** What a line of code declares for others; null when it declares nothing or something private. */
export function declarationOf(language: Language, code: string): Declaration | null {
  const [, what, name, rest = ''] = patterns[language]?.exec(code) ?? [];
  if (what === undefined || name === undefined) return null;
  const callable =
    /^(?:function|def|func)$/.test(what) || (what === 'const' && /=>\s*\S*/.test(rest));
  const parameters = callable ? (/\(((?:[^()]|\([^()]*\))*)\)/.exec(rest)?.[1] ?? null) : null;
  return { name, what, parameters };
}

/** True for places that are nobody's interface, whatever they export. */
export function isInternal({ path, purpose }: Source, name: string): boolean {
  return (
    purpose !== 'source' || name.startsWith('_') || /(?:^|\/)_?(?:internal|private)s?\//.test(path)
  );
}
