import type { Io } from './io.ts';

/** Often enough to be seen moving, seldom enough to cost nothing. */
const showEveryMs = 100;

export type Progress = {
  /** Says how much is done, and how much of it in a second. */
  show(done: number, total: number): void;
  /** Takes the line away. */
  clear(): void;
};

/** One line of progress on standard error, for a person only. */
export function showProgress(io: Io, things: string): Progress {
  if (!io.isTerminal.err) return { show: () => undefined, clear: () => undefined };
  const startMs = performance.now();
  let shownMs = -Infinity;
  return {
    show(done, total) {
      const nowMs = performance.now();
      if (nowMs - shownMs < showEveryMs && done < total) return;
      shownMs = nowMs;
      const perSecond = Math.round((done * 1000) / Math.max(1, nowMs - startMs));
      io.err(`\r${done} of ${total} ${things} (${perSecond}/s)\u001b[K`);
    },
    clear: () => io.err('\r\u001b[K'),
  };
}
