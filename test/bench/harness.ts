/** What is measured, and in what: rates are better when larger, times and memory when smaller. */
export type Unit = 'events/s' | 'blocks/s' | 'ms' | 'B/block';

/** True where less is better. */
export function isCost(unit: Unit): boolean {
  return unit === 'ms' || unit === 'B/block';
}

/** Several rounds of one measurement. */
export type Spread = { readonly median: number; readonly min: number; readonly max: number };

/** What a figure is to reach: a part of what the bare library does, or an absolute value. */
export type Target = { readonly ratio: number } | { readonly value: number };

export type Figure = {
  readonly name: string;
  readonly unit: Unit;
  readonly ours: Spread;
  /** The library alone, doing the same work in the same rounds. */
  readonly bare?: Spread;
  /** Our speed in parts of the bare library's, round by round; 1 is as fast. */
  readonly ratio?: Spread;
  readonly target?: Target;
  /** Whether the median reaches the target; absent without one. */
  readonly met?: boolean;
};

/** How much of the full work a run does: full sizes for measuring, tiny ones to see that it runs. */
export type Size = { readonly rounds: number; of(full: number): number };

export type Bench = {
  readonly name: string;
  /** What is compared with what, in a line. */
  readonly about: string;
  readonly run: (size: Size) => Promise<Figure[]>;
};

type Sample = () => Promise<number> | number;
type Measured = { readonly name: string; readonly unit: Unit; readonly target?: Target };

/** The sizes of a run: `scale` times the full work. */
export function sizeOf(rounds: number, scale: number): Size {
  return { rounds, of: (full) => Math.max(1, Math.ceil(full * scale)) };
}

/** Measures once per round, after one round that does not count. */
export async function measure(
  { rounds }: Size,
  { name, unit, target }: Measured,
  sample: Sample,
): Promise<Figure> {
  await sample();
  const ours: number[] = [];
  for (let round = 0; round < rounds; round++) ours.push(await sample());
  return judge({ name, unit, ours: spreadOf(ours), ...(target && { target }) });
}

/**
 * Measures two ways of doing the same work in turn, so that what the machine does besides weighs on both,
 * and changes who goes first. One round that does not count comes before.
 */
export async function compare(
  { rounds }: Size,
  { name, unit, target }: Measured,
  samples: { readonly ours: Sample; readonly bare: Sample },
): Promise<Figure> {
  await samples.ours();
  await samples.bare();
  const ours: number[] = [];
  const bare: number[] = [];
  for (let round = 0; round < rounds; round++) {
    if (round % 2 === 0) ours.push(await samples.ours());
    bare.push(await samples.bare());
    if (round % 2 === 1) ours.push(await samples.ours());
  }
  const ratio = spreadOf(ours.map((our, round) => speedup(unit, our, bare[round] ?? NaN)));
  return judge({
    name,
    unit,
    ours: spreadOf(ours),
    bare: spreadOf(bare),
    ratio,
    ...(target && { target }),
  });
}

function speedup(unit: Unit, ours: number, bare: number): number {
  return isCost(unit) ? bare / ours : ours / bare;
}

function judge(figure: Figure): Figure {
  const { target, ratio, ours, unit } = figure;
  if (!target) return figure;
  if ('ratio' in target)
    return { ...figure, met: ratio !== undefined && ratio.median >= target.ratio };
  return {
    ...figure,
    met: isCost(unit) ? ours.median <= target.value : ours.median >= target.value,
  };
}

function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number): number => sorted[index] ?? NaN;
  const middle = (sorted.length - 1) / 2;
  const median = (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2;
  return { median, min: at(0), max: at(sorted.length - 1) };
}

/** How long something takes, in milliseconds. */
export async function timed(work: () => unknown): Promise<number> {
  const startMs = performance.now();
  await work();
  return performance.now() - startMs;
}

/** How many a second, when `count` are done in the time that `work` takes. */
export async function rate(count: number, work: () => unknown): Promise<number> {
  return (count * 1000) / (await timed(work));
}

/** What a bench has found. */
export type Result = {
  readonly bench: string;
  readonly about: string;
  readonly figures: readonly Figure[];
};
