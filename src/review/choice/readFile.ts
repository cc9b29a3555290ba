import type { FileChange } from '../../shared/diff/index.ts';
import { areaOf, isDeployed } from './areas.ts';
import { changedLines, type Changed, type Run } from './lines.ts';
import {
  anchors,
  anyImport,
  call,
  logging,
  lost,
  regex,
  shown,
  shownInDeployment,
  shownInLock,
  shownInProse,
  signature,
  silenced,
  testsWeakened,
} from './signs.ts';
import {
  areaPoints,
  fileLinesMax,
  layoutPoints,
  lineUnitsMax,
  proseUnitsMax,
  signPoints,
  type Area,
  type Sign,
} from './weights.ts';

export type FileRisk = {
  path: string;
  /** Names of what was found, each with its points. */
  found: ReadonlyMap<string, number>;
};

/** What is looked for where. What is missing here is read for everything. */
const reading: Partial<Record<Area, 'nothing' | 'protection' | 'tests' | 'lock'>> = {
  lock: 'lock',
  vendored: 'nothing',
  generated: 'nothing',
  fixtures: 'nothing',
  translations: 'nothing',
  assets: 'nothing',
  styles: 'nothing',
  // People do what documents say.
  docs: 'protection',
  tooling: 'protection',
  tests: 'tests',
};

/** A file of which only the layout was looked at so far, which is cheap. */
export type OpenedFile = {
  file: FileChange;
  area: Area;
  changed: Changed;
  /** Changed lines that ship; 0 for tests, documents and what a tool wrote. */
  shipped: number;
};

export function openFile(file: FileChange): OpenedFile {
  const area = dearer(areaOf(file.path), areaOf(file.oldPath ?? file.path));
  const changed = changedLines(file);
  const lines = changed.runs.reduce((sum, run) => sum + run.removed.length + run.added.length, 0);
  return { file, area, changed, shipped: reading[area] === undefined ? lines : 0 };
}

function dearer(a: Area, b: Area): Area {
  return areaPoints[a] >= areaPoints[b] ? a : b;
}

/** What can be said of one file without the others. */
export function readFile({ file, area, changed }: OpenedFile): FileRisk {
  const { path, oldPath, status, binary, oldMode, newMode } = file;
  const { runs, layout } = changed;
  const found = new Map<string, number>();
  if (oldMode !== null && newMode !== null && oldMode !== newMode) {
    found.set('sign.mode', signPoints.mode);
  }
  // A file that moves into the workflows of CI, or out of the tests, starts or stops to count.
  const crosses = oldPath !== null && areaOf(oldPath) !== areaOf(path);
  if (runs.length > 0 || binary || crosses) found.set(`area.${area}`, areaPoints[area]);
  else if (layout !== null) found.set(`layout.${layout}`, layoutPoints[layout]);
  else if (status === 'renamed' || status === 'copied') {
    found.set('layout.renamed', layoutPoints.renamed);
  }
  const seen = new Signs();
  readRuns(runs, path, area, seen);
  if (binary && reading[area] === undefined) seen.look('binary', () => true);
  for (const sign of seen.all) found.set(`sign.${sign}`, signPoints[sign]);
  return { path, found };
}

class Signs {
  readonly all = new Set<Sign>();

  /** Adds a sign when it holds; what is known already is not worked out again. */
  look(sign: Sign, holds: () => boolean): void {
    if (!this.all.has(sign) && holds()) this.all.add(sign);
  }
}

function readRuns(runs: readonly Run[], path: string, area: Area, seen: Signs): void {
  const what = reading[area] ?? 'everything';
  if (what === 'nothing') return;
  const unitsMax = what === 'everything' ? lineUnitsMax : proseUnitsMax;
  let left = fileLinesMax;
  for (const whole of runs) {
    const cut = (lines: readonly string[]): string[] =>
      lines.slice(0, Math.max(0, left)).map((line) => line.slice(0, unitsMax));
    const { removed, added, beside } = whole;
    const run = { removed: cut(removed), added: cut(added), beside: cut(beside) };
    left -= removed.length + added.length;
    if (what === 'lock') readShown(run, shownInLock, seen);
    else if (what === 'protection') readShown(run, shownInProse, seen);
    else if (what === 'tests') readTests(run, seen);
    else readCode(whole, run, path, seen);
    if (left <= 0) break;
  }
  for (const [sign, louder] of implied) {
    if (louder.some((other) => seen.all.has(other))) seen.all.delete(sign);
  }
}

function readShown(run: Run, signs: typeof shown, seen: Signs): void {
  for (const { sign, on, pattern, unquoted = false, imported = false } of signs) {
    const shows = (line: string): boolean =>
      pattern.test(unquoted ? line.replaceAll(quoted, '""') : line) &&
      (imported || !anyImport.test(line));
    seen.look(sign, () => run.added.some(shows) || (on === 'either' && run.removed.some(shows)));
  }
}

function readTests({ removed, added }: Run, seen: Signs): void {
  const fewer = count(removed, testsWeakened.lost) > count(added, testsWeakened.lost);
  seen.look('test.weakened', () => fewer || added.some((line) => testsWeakened.added.test(line)));
}

function readCode(whole: Run, run: Run, path: string, seen: Signs): void {
  const { removed, added } = run;
  const tooLong = (line: string): boolean => line.length > lineUnitsMax;
  seen.look('unread', () => whole.added.some(tooLong) || whole.removed.some(tooLong));
  readShown(run, shown, seen);
  if (isDeployed(path)) readShown(run, shownInDeployment, seen);
  for (const { sign, pattern } of lost) {
    seen.look(sign, () => count(removed, pattern) > count(added, pattern));
  }
  seen.look('call', () => [...removed, ...added].some(isCall));
  seen.look('beside', () => run.beside.some((line) => ofPlace.some((sign) => sign.test(line))));
  seen.look('errors.removed', () => added.some((line) => silenced.test(line)));
  const kept = new Set(added);
  seen.look('signature.removed', () =>
    removed.some((line) => signature.test(line) && !kept.has(line)),
  );
  const patterns = (lines: readonly string[]): string[] => lines.filter((line) => regex.test(line));
  seen.look('regex', () => patterns(added).length + patterns(removed).length > 0);
  seen.look('regex.loosened', () => {
    const [before, after] = [patterns(removed), patterns(added)];
    return after.length > 0 && count(before, anchors) > count(after, anchors);
  });
  readPairs(run, seen);
}

/** Lines that took each other's place, one for one. */
function readPairs({ removed, added }: Run, seen: Signs): void {
  if (removed.length !== added.length) return;
  for (const [at, before] of removed.entries()) {
    const after = added[at] ?? '';
    if (before === after) continue;
    const isOperator = bare(before, operators) === bare(after, operators);
    const fixed = (line: string): string => bare(bare(line, values), operators);
    seen.look('operator', () => isOperator);
    seen.look('value', () => !isOperator && fixed(before) === fixed(after));
    seen.look('result', () => returns.test(before) && returns.test(after));
  }
}

const returns = /\breturn\b/;
/** What says where a change is, when the changed line itself does not. */
const placeSigns: readonly Sign[] = ['identity', 'money', 'crypto', 'memory', 'concurrency'];
const ofPlace = shown.flatMap(({ sign, pattern }) => (placeSigns.includes(sign) ? [pattern] : []));
/** Signs that say nothing more beside one of the others. */
const implied: readonly (readonly [sign: Sign, louder: readonly Sign[]])[] = [
  ['call', ['control', 'result', 'value']],
  ['result', ['control']],
  ['beside', placeSigns],
];
const quoted = /"[^"]*"|'[^']*'|`[^`]*`/g;
const operators = /[<>=!&|+\-*/%^~]|\b(?:not|and|or)\b|\s/g;
const values = /\b(?:true|false|yes|no|on|off|null|none|nil)\b|\d[\d_.]*[a-z]{0,3}\b|["'\s]/gi;

function bare(line: string, without: RegExp): string {
  return line.replaceAll(without, '');
}

function isCall(line: string): boolean {
  return call.test(line) && !logging.test(line) && !anyImport.test(line);
}

function count(lines: readonly string[], pattern: RegExp): number {
  return lines.reduce((sum, line) => sum + (line.match(pattern)?.length ?? 0), 0);
}
