import type { FileChange, Hunk } from '../../shared/diff/index.ts';
import { localImport } from './signs.ts';
import { lineUnitsMax } from './weights.ts';

/** Lines that stand in for each other: what was removed in one place and what came there. */
export type Run = {
  removed: string[];
  added: string[];
  /** Unchanged lines right before and after, and the function that git names. */
  beside: string[];
};

/** How many lines before and after a run are beside it: what git shows. */
const besideLines = 3;

/** What is left of a file without comments and blanks. */
export type Changed = {
  /** Runs with something left in them. */
  runs: readonly Run[];
  /** What was left out, the weightiest; null when nothing was changed. */
  layout: 'imports' | 'reformatted' | 'comments' | 'whitespace' | null;
};

/** Languages in which blanks in front of a line say what it belongs to. */
const indented =
  /\.(?:py|pyi|pyx|ya?ml|haml|pug|slim|sass|styl|coffee|nim|fs|hs|elm|gd|rst)$|(?:^|\/)makefile$|\.mk$/i;

const hash =
  /\.(?:py|pyi|sh|bash|zsh|rb|ya?ml|toml|ini|cfg|conf|tf|hcl|pl|r|ex|exs|jl|nim|mk|env|properties|graphql)$|(?:^|\/)(?:dockerfile|makefile|gemfile|rakefile|jenkinsfile|codeowners)[^/]*$/i;
const slashes =
  /\.(?:[cm]?[jt]sx?|vue|svelte|go|java|kts?|scala|cs|[ch]|cc|cpp|hpp|rs|swift|php|dart|groovy|gradle|proto|scss|less|css|tf|hcl|jsonc|json5|zig|sol)$/i;
const dashes = /\.(?:sql|lua|hs|elm|ada)$/i;
const angles = /\.(?:html?|xml|svg|vue|svelte)$/i;

/** Comments that a tool obeys: they switch a check off, choose what is built or which program runs. */
const directive =
  /^(?:#!|\/\/go:|#\s*(?:syntax|escape)=)|eslint-|@ts-|ts-(?:ignore|expect|nocheck)|noqa|type:\s*ignore|nosec|nolint|nosonar|pylint:|rubocop:|prettier-ignore|istanbul|c8 ignore|#\s*pragma|frozen_string_literal|sourceMappingURL/i;

/** What tells whether a line of a file is nothing but a comment, blanks taken off. */
function commentTest(path: string): (line: string) => boolean {
  const [bySlashes, byHash, byDashes, byAngles] = [slashes, hash, dashes, angles].map((names) =>
    names.test(path),
  );
  const isPython = /\.pyi?$/i.test(path);
  const isComment = (line: string): boolean => {
    if (bySlashes && line.startsWith('//')) return true;
    if (bySlashes && /^(?:\/\*|\* |\*\/|\*$)/.test(line)) {
      // A block comment with code behind it is code.
      const end = line.indexOf('*/');
      return end === -1 || end === line.length - 2;
    }
    if (byHash && line.startsWith('#')) return true;
    if (isPython && /^("""|''')[^"'\\]*\1$/.test(line)) return true;
    if (byDashes && line.startsWith('--')) return true;
    return byAngles === true && line.startsWith('<!--') && line.indexOf('-->') === line.length - 3;
  };
  return (line) => isComment(line) && !directive.test(line.slice(0, 200));
}

function* runsOf({ lines, section }: Hunk): Generator<Run> {
  for (let at = 0; at < lines.length; at += 1) {
    const start = at;
    const run: Run = { removed: [], added: [], beside: [] };
    for (let line = lines[at]; line && line.op !== ' '; at += 1, line = lines[at]) {
      run[line.op === '-' ? 'removed' : 'added'].push(line.text);
    }
    if (at === start) continue;
    const around = [
      ...lines.slice(Math.max(0, start - besideLines), start),
      ...lines.slice(at, at + besideLines),
    ];
    run.beside = [section, ...around.filter(({ op }) => op === ' ').map(({ text }) => text)];
    yield run;
  }
}

/** A line without the blanks that mean nothing. Those between quotes may mean something. */
function tidy(line: string): string {
  if (line.length > lineUnitsMax || /["'`]/.test(line)) return line;
  return line.replaceAll(/[ \t]+/g, ' ');
}

/** Whether all that differs is the blanks within the lines. */
function isRespaced(removed: readonly string[], added: readonly string[]): boolean {
  return removed.length === added.length && same(removed.map(tidy), added.map(tidy));
}

function same(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((line, at) => line === b[at]);
}

/** Takes out what stands on both sides, so that a block that moved into a branch leaves the branch. */
function withoutCommon({ removed, added, beside }: Run): Run {
  const count = new Map<string, number>();
  for (const line of added) count.set(line, (count.get(line) ?? 0) + 1);
  const common = new Map<string, number>();
  const left: Run = { removed: [], added: [], beside: [...beside] };
  for (const line of removed) {
    const free = (count.get(line) ?? 0) - (common.get(line) ?? 0);
    if (free > 0) {
      common.set(line, (common.get(line) ?? 0) + 1);
      left.beside.push(line);
    } else left.removed.push(line);
  }
  for (const line of added) {
    const spare = common.get(line) ?? 0;
    if (spare > 0) common.set(line, spare - 1);
    else left.added.push(line);
  }
  // All lines are still there, in another order: the order is the change.
  return left.removed.length + left.added.length > 0 ? left : { removed, added, beside };
}

const weight = { whitespace: 1, comments: 2, reformatted: 3, imports: 4 } as const;

/** The lines of a file that may change what runs. */
export function changedLines(file: FileChange): Changed {
  const deep = indented.test(file.path);
  const runs: Run[] = [];
  let layout: Changed['layout'] = null;
  const note = (kind: keyof typeof weight): void => {
    if (layout === null || weight[kind] > weight[layout]) layout = kind;
  };
  const isComment = commentTest(file.path);
  const code = (lines: readonly string[]): string[] => {
    const kept: string[] = [];
    for (const line of lines) {
      const trimmed = line.trim();
      if (trimmed === '') note('whitespace');
      else if (isComment(trimmed)) note('comments');
      else kept.push(deep ? line.trimEnd() : trimmed);
    }
    return kept;
  };
  for (const run of file.hunks.flatMap((hunk) => [...runsOf(hunk)])) {
    const [removed, added] = [code(run.removed), code(run.added)];
    const kind = layoutOf(removed, added, deep);
    if (kind === null) runs.push(withoutCommon({ removed, added, beside: run.beside }));
    else if (removed.length > 0) note(kind);
  }
  return { runs, layout };
}

function layoutOf(
  removed: readonly string[],
  added: readonly string[],
  deep: boolean,
): Changed['layout'] {
  if (same(removed, added)) return 'whitespace';
  if (deep || removed.length === 0 || added.length === 0) return null;
  if (isRespaced(removed, added)) return 'whitespace';
  if (isMovedImport(removed, added)) return 'imports';
  return squeezed(removed) === squeezed(added) ? 'reformatted' : null;
}

/** The same names from other files of the project: a module has moved. Foreign packages are no such thing. */
function isMovedImport(removed: readonly string[], added: readonly string[]): boolean {
  const names = (lines: readonly string[]): (string | null)[] =>
    lines.map((line) => localImport.exec(line)?.[1] ?? null);
  const [before, after] = [names(removed), names(added)];
  return !before.includes(null) && same(before, after);
}

function squeezed(lines: readonly string[]): string {
  return lines.join('').replaceAll(/\s/g, '');
}
