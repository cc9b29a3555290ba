import type { FileChange } from '../../shared/diff/index.ts';
import { openFile, readFile, type FileRisk, type OpenedFile } from './readFile.ts';
import { changeLinesMax, changeTooLong, sizeSteps } from './weights.ts';

/** Why a change is as risky as it is. `path` is null for what concerns the whole change. */
export type RiskFactor = { name: string; points: number; path: string | null };

export type Risk = {
  /** 0 to 100: the points of the factors, at most 100. */
  score: number;
  /** Those of the riskiest file, then those of the size; the weightiest first. */
  factors: readonly RiskFactor[];
};

/**
 * How likely and how dear a fault in the change is, from its text alone: no model, no history, no clock.
 * It is the riskiest file plus the size of what ships. Files are not added up, as ten plain files are not
 * as bad as one that opens the door; and so a further file never makes the change safer.
 */
export function riskOf(change: readonly FileChange[]): Risk {
  const opened = change.map(openFile);
  const shipping = opened.filter(({ shipped }) => shipped > 0);
  const lines = shipping.reduce((sum, { shipped }) => sum + shipped, 0);
  if (lines > changeLinesMax) {
    const factors = [{ name: 'size.unread', points: changeTooLong, path: null }];
    return { score: changeTooLong, factors };
  }
  const worst = opened
    .map(readFile)
    .reduce<FileRisk | null>((best, file) => (best && !isWorse(file, best) ? best : file), null);
  const factors = [...(worst ? factorsOf(worst) : []), ...sizeFactors(shipping, lines)];
  return { score: Math.min(100, sumOf(factors.map(({ points }) => points))), factors };
}

function sumOf(points: readonly number[]): number {
  return points.reduce((sum, more) => sum + more, 0);
}

function total({ found }: FileRisk): number {
  return sumOf([...found.values()]);
}

/** A total order, so that the order of the files does not decide between two that are as bad. */
function isWorse(a: FileRisk, b: FileRisk): boolean {
  if (total(a) !== total(b)) return total(a) > total(b);
  if (a.path !== b.path) return a.path < b.path;
  return [...a.found.keys()].toSorted().join() < [...b.found.keys()].toSorted().join();
}

function factorsOf({ path, found }: FileRisk): RiskFactor[] {
  const factors = [...found].map(([name, points]) => ({ name, points, path }));
  return factors.toSorted((a, b) => b.points - a.points || (a.name < b.name ? -1 : 1));
}

function sizeFactors(shipping: readonly OpenedFile[], lines: number): RiskFactor[] {
  const folders = new Set(shipping.map(({ file }) => file.path.replace(/[^/]*$/, '')));
  const sizes = { lines, files: shipping.length, folders: folders.size };
  const names = ['lines', 'files', 'folders'] as const;
  return names.flatMap((name) => {
    const points = sizeSteps[name].findLast(([above]) => sizes[name] > above)?.[1] ?? 0;
    return points > 0 ? [{ name: `size.${name}`, points, path: null }] : [];
  });
}
