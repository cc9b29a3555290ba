import type { FileChange } from './types.ts';

type DiffStats = { files: number; added: number; removed: number };

/** Counts files and changed lines, like `git diff --shortstat`; binary files have no lines. */
export function diffStats(files: readonly FileChange[]): DiffStats {
  const stats = { files: files.length, added: 0, removed: 0 };
  for (const { lines } of files.flatMap((file) => file.hunks)) {
    for (const { op } of lines) {
      if (op === '+') stats.added += 1;
      if (op === '-') stats.removed += 1;
    }
  }
  return stats;
}
