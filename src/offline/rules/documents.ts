import { declarationOf, isInternal } from '../code/declarations.ts';
import type { Source } from '../code/source.ts';
import type { Hit, Rule } from './rule.ts';

/** More than this in one file is one remark about the file, not a list. */
const perFileMax = 2;

export const undocumentedExport: Rule = {
  kind: 'undocumented-export',
  family: 'documentation',
  also: ['structure'],
  severity: 'low',
  confidencePct: 66,
  suggestion: 'One sentence above it: what it promises, its units, and when it fails.',
  find: (source) => {
    if (/\.[jt]sx$|\.vue$|\.d\.ts$/.test(source.path) || goesWithout(source)) return [];
    const bare = source.lines.flatMap((line, at): Hit[] => {
      const declared = declarationOf(source.language, line.code);
      if (!line.added || declared === null || isInternal(source, declared.name)) return [];
      const behaves =
        declared.parameters !== null || /^(?:function|def|func|class)$/.test(declared.what);
      if (!behaves || declared.name === 'main' || isDocumented(source, at) !== false) return [];
      const detail = `\`${declared.name}\` can be used from elsewhere, but what it promises and when it fails can only be learnt by reading it.`;
      return [{ at, title: `\`${declared.name}\` is exported without a word`, detail }];
    });
    // Overloads are one function.
    const titles = new Set(bare.map(({ title }) => title));
    return bare.filter(({ title }) => titles.delete(title)).slice(0, perFileMax);
  },
};

/** A file that documents none of what it exported before has other customs. */
function goesWithout(source: Source): boolean {
  const old = source.lines.flatMap(({ added, code }, at) =>
    !added && declarationOf(source.language, code) !== null ? [isDocumented(source, at)] : [],
  );
  return old.includes(false) && !old.includes(true);
}

/** Whether a declaration has a comment; null when the change does not show where that would be. */
function isDocumented(source: Source, at: number): boolean | null {
  const here = source.lines[at];
  if (source.language === 'python') {
    const block = source.blocks.find((each) => each.at === at);
    const first = block === undefined ? undefined : source.lines[block.openAt + 1];
    if (first === undefined || first.hunk !== here?.hunk) return null;
    return /^\s*[rbu]{0,2}["']/i.test(first.text);
  }
  const above = source.lines[at - 1];
  if (above === undefined || above.hunk !== here?.hunk) return here?.number === 1 ? false : null;
  return above.comment !== '' || /^\s*@/.test(above.code);
}

const settings =
  /\bprocess\.env(?:\.|\[['"])([A-Z][A-Z0-9_]+)|\bos\.(?:environ(?:\.get\(|\[)|getenv\()\s*['"]([A-Z][A-Z0-9_]+)|\bos\.(?:Getenv|LookupEnv)\("([A-Z][A-Z0-9_]+)/;
const wellKnown =
  /^(?:NODE_ENV|HOME|PATH|CI|TZ|USER|SHELL|TMPDIR|LANG|NO_COLOR|FORCE_COLOR|PWD|EDITOR)$/;

export const undocumentedConfig: Rule = {
  kind: 'undocumented-config',
  family: 'documentation',
  also: ['structure'],
  severity: 'medium',
  confidencePct: 76,
  suggestion: 'Name it where operators look (README, .env.example): meaning, default, an example.',
  find: (source, change) => {
    if (source.purpose === 'test' || source.purpose === 'prose') return [];
    const seen = new Set<string>();
    return source.lines.flatMap(({ added, text, code }, at): Hit[] => {
      const match = added && code.trim() !== '' ? settings.exec(text) : null;
      const name = match?.[1] ?? match?.[2] ?? match?.[3];
      if (name === undefined || wellKnown.test(name) || seen.has(name)) return [];
      seen.add(name);
      const known =
        change.documents.includes(name) ||
        source.removed.some((line) => line.text.includes(name)) ||
        source.lines.some((line) => !line.added && line.text.includes(name));
      if (known) return [];
      const detail = `Whoever runs this has to set \`${name}\`, and no document of the change mentions it.`;
      return [{ at, title: `The setting \`${name}\` is not documented`, detail }];
    });
  },
};
