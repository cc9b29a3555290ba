import { mulberry32 } from './mulberry32.ts';

/** Chance that can be thrown again: the same seed and name give the same numbers, whoever else throws. */
export class Dice {
  #state: number;

  constructor(seed: number, name = '') {
    this.#state = seed;
    for (let at = 0; at < name.length; at++)
      this.#state = Math.imul(this.#state ^ name.charCodeAt(at), 0x01000193);
    // Neighbouring names would begin alike.
    for (let warm = 0; warm < 4; warm++) this.unit();
  }

  /** From 0 up to 1. */
  unit(): number {
    const { unit, next } = mulberry32(this.#state);
    this.#state = next;
    return unit;
  }

  /** A whole number, both ends included. */
  whole(min: number, max: number): number {
    return min + Math.floor(this.unit() * (max - min + 1));
  }

  chance(pct: number): boolean {
    return this.unit() * 100 < pct;
  }

  one<T>(...of: readonly [T, ...T[]]): T {
    return of[this.whole(0, of.length - 1)] ?? of[0];
  }

  /** One of the names, by their weights. */
  weighted<Name extends string>(weights: readonly (readonly [name: Name, weight: number])[]): Name {
    let left = this.unit() * weights.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [name, weight] of weights) {
      if (left < weight) return name;
      left -= weight;
    }
    throw new TypeError('nothing to choose from');
  }
}
