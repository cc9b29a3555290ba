/** The windows that a budget has: UTC, so that they begin at the same moment for everyone, ever. */
export type Window = {
  readonly kind: 'day' | 'month';
  /** `2026-11-24`, `2026-11`: what holds are counted under. */
  readonly name: string;
  readonly startMs: number;
  /** The first moment after it. */
  readonly endMs: number;
};

/** The day and the month that a moment is in. */
export function windowsAt(nowMs: number): readonly Window[] {
  const now = new Date(nowMs);
  const [year, month, day] = [now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()];
  const date = now.toISOString();
  // Day 32 of December is the first of January: Date.UTC carries over.
  return [
    {
      kind: 'day',
      name: date.slice(0, 10),
      startMs: Date.UTC(year, month, day),
      endMs: Date.UTC(year, month, day + 1),
    },
    {
      kind: 'month',
      name: date.slice(0, 7),
      startMs: Date.UTC(year, month),
      endMs: Date.UTC(year, month + 1),
    },
  ];
}

/**
 * What will be spent by the end of a window if spending goes on as it did since its start:
 * `spent * (end - start) / (now - start)`, in micro-dollars, rounded up. Null while nothing was spent, or
 * less than 1 % of the window is over: a rate would be a guess.
 */
export function projectedMicroUsd(
  { startMs, endMs }: Pick<Window, 'startMs' | 'endMs'>,
  spentMicroUsd: number,
  nowMs: number,
): number | null {
  const [elapsed, length] = [BigInt(nowMs - startMs), BigInt(endMs - startMs)];
  if (spentMicroUsd === 0 || elapsed * 100n < length) return null;
  return Number((BigInt(spentMicroUsd) * length + elapsed - 1n) / elapsed);
}
