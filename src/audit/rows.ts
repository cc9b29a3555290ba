const rowsAtFirst = 8;
const growth = 1.5;

/** Rows of whole numbers below 2^32, in four bytes each. */
export class Rows {
  readonly #width: number;
  #words: Uint32Array<ArrayBuffer>;
  #length = 0;

  constructor(width: number) {
    this.#width = width;
    this.#words = new Uint32Array(rowsAtFirst * width);
  }

  get length(): number {
    return this.#length;
  }

  /** Adds a row, the columns that are not given being zero. Returns its number. */
  add(columns: readonly number[]): number {
    const start = this.#length * this.#width;
    if (start === this.#words.length) {
      const words = new Uint32Array(Math.ceil(this.#length * growth) * this.#width);
      words.set(this.#words);
      this.#words = words;
    }
    this.#words.set(columns, start);
    return this.#length++;
  }

  get(row: number, column: number): number {
    return this.#words[row * this.#width + column] ?? 0;
  }

  set(row: number, column: number, value: number): void {
    this.#words[row * this.#width + column] = value;
  }
}
