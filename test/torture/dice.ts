/** Chance that can be thrown again: a seed gives the same throws (mulberry32, public domain). */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** From `low` (inclusive) to `high` (exclusive). */
  between(low: number, high: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return low + (((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * (high - low);
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
