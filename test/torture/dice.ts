import { mulberry32 } from '../support/mulberry32.ts';

/** Chance that can be thrown again: a seed gives the same throws. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** From `low` (inclusive) to `high` (exclusive). */
  between(low: number, high: number): number {
    const { unit, next } = mulberry32(this.#state);
    this.#state = next;
    return low + unit * (high - low);
  }

  whole(low: number, high: number): number {
    return Math.floor(this.between(low, high));
  }

  chance(probability: number): boolean {
    return this.between(0, 1) < probability;
  }

  oneOf<T>(...choices: readonly [T, ...T[]]): T {
    return choices[this.whole(0, choices.length)] ?? choices[0];
  }
}
