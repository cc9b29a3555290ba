import type { FileChange, Hunk } from './types.ts';

/** The lines of a file that a change shows: 1-based, both ends included, ascending, never touching. */
export type Place = { path: string; ranges: [start: number, end: number][] };

function shownRange(status: FileChange['status'], hunk: Hunk): Place['ranges'][number] {
  return status === 'deleted'
    ? [hunk.oldStart, hunk.oldStart + hunk.oldLines - 1]
    : [hunk.newStart, hunk.newStart + hunk.newLines - 1];
}

function compact(ranges: Place['ranges']): Place['ranges'] {
  const merged: Place['ranges'] = [];
  for (const [start, end] of ranges.toSorted((left, right) => left[0] - right[0])) {
    const last = merged.at(-1);
    if (last !== undefined && start <= last[1] + 1) last[1] = Math.max(last[1], end);
    else merged.push([start, end]);
  }
  return merged;
}

/**
 * The places one can point at: the lines of the new side that the hunks show, context included, and
 * of the old side for a deleted file. Each path comes once; without lines to show it has no ranges.
 */
export function changePlaces(files: readonly FileChange[]): Place[] {
  const byPath = new Map<string, Place['ranges']>();
  for (const { path, status, hunks } of files) {
    const ranges = byPath.get(path) ?? [];
    byPath.set(path, ranges);
    for (const hunk of hunks) {
      const [start, end] = shownRange(status, hunk);
      if (start <= end) ranges.push([start, end]);
    }
  }
  return Array.from(byPath, ([path, ranges]) => ({ path, ranges: compact(ranges) }));
}
