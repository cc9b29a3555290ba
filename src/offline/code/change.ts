import type { FileChange } from '../../shared/diff/index.ts';
import { declarationOf } from './declarations.ts';
import { importsOf, moduleOf, resolveImport } from './imports.ts';
import { logicLines } from './logic.ts';
import { readSource, type Source } from './source.ts';

/** Everything the rules may know: the files, and what only shows across files. */
export type Change = {
  sources: Source[];
  /** What each file imports from others of the change when it runs, by line. */
  links: Map<Source, { at: number; target: Source }[]>;
  /** Function names declared async, with their paths, and names declared as plain functions. */
  asyncNames: Map<string, Set<string>>;
  plainNames: Set<string>;
  /** Names that added lines declare for others. */
  declaredNames: Set<string>;
  /** The file with the most added logic. */
  mostLogic: Source | null;
  /** What the documents of the change say, added lines and context. */
  documents: string;
  /** True when a test has added lines. */
  testsTouched: boolean;
};

// Generators are left out: what they give is iterated, not awaited.
const asyncDeclaration =
  /(?:\basync\s+function\s+|\basync\s+def\s+|^\s*(?:(?:public|private|protected|static|override)\s+)*async\s+#?)([A-Za-z_$][\w$]*)\s*[(<]|\b(?:const|let)\s+([A-Za-z_$][\w$]*)\s*(?::[^=]{0,200})?=\s*async\b(?!\s*function\s*\*)/;
const plainDeclaration =
  /\b(?:function|def)\s+([A-Za-z_$][\w$]*)\s*[(<]|\b(?:const|let)\s+([A-Za-z_$][\w$]*)\s*(?::[^=]{0,200})?=\s*(?:\([^()]*\)\s*(?::[^=()]{0,100})?=>|\w+\s*=>|function\b)|^\s+(?!(?:if|for|while|switch|catch|return|await)\b)(?:(?:public|private|protected|static|override|get|set)\s+)*#?([A-Za-z_$][\w$]*)\s*\([^()]*\)\s*(?::[^={}]{0,100})?\{\s*\}?\s*$/;

/** Reads all files of a change; binary files and generated ones are left out. */
export function readChange(files: readonly FileChange[]): Change {
  const sources = files
    .filter((file) => !file.binary)
    .map(readSource)
    .filter((source) => source.purpose !== 'generated');
  const documents = sources.filter(
    (source) => source.purpose === 'prose' || /(?:^|\/)\.env\.\w+$/.test(source.path),
  );
  const touched = (source: Source): boolean => source.lines.some((line) => line.added);
  return {
    sources,
    links: links(sources),
    ...declarations(sources),
    mostLogic: mostLogic(sources),
    documents: documents.flatMap(({ lines }) => lines.map(({ text }) => text)).join('\n'),
    testsTouched: sources.some((source) => source.purpose === 'test' && touched(source)),
  };
}

function links(sources: readonly Source[]): Change['links'] {
  const modules = new Map(sources.map((source) => [moduleOf(source.path), source]));
  const linksOf = (source: Source): { at: number; target: Source }[] =>
    importsOf(source).flatMap(({ at, from, typeOnly }) => {
      const module = typeOnly ? null : resolveImport(source, from);
      const target = module === null ? undefined : modules.get(module);
      return target === undefined || target === source ? [] : [{ at, target }];
    });
  return new Map(sources.map((source) => [source, linksOf(source)]));
}

type Declarations = Pick<Change, 'asyncNames' | 'plainNames' | 'declaredNames'>;

function declarations(sources: readonly Source[]): Declarations {
  const asyncNames = new Map<string, Set<string>>();
  const plainNames = new Set<string>();
  const declaredNames = new Set<string>();
  for (const { path, language, lines } of sources) {
    for (const { code, added } of lines) {
      const declared = added ? declarationOf(language, code) : null;
      if (declared !== null) declaredNames.add(declared.name);
      const name = firstName(asyncDeclaration, code);
      const plain = name === undefined ? firstName(plainDeclaration, code) : undefined;
      if (name !== undefined) asyncNames.set(name, (asyncNames.get(name) ?? new Set()).add(path));
      if (plain !== undefined) plainNames.add(plain);
    }
  }
  return { asyncNames, plainNames, declaredNames };
}

function firstName(pattern: RegExp, code: string): string | undefined {
  return pattern
    .exec(code)
    ?.slice(1)
    .find((name) => name !== undefined);
}

function mostLogic(sources: readonly Source[]): Source | null {
  let most: Source | null = null;
  let lines = 0;
  for (const source of sources) {
    const count = logicLines(source).length;
    if (count > lines) [most, lines] = [source, count];
  }
  return most;
}
