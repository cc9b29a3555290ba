const wordsPerId = 4;
const shardBits = 8;
const slotsAtFirst = 16;

/**
 * A set of UUIDs in about 32 bytes each, where a Set of strings takes a hundred and ends at 2^24. Keeps all
 * 128 bits, so that no two ids are taken for one.
 */
export class EventIds {
  readonly #shards = Array.from({ length: 2 ** shardBits }, () => new Shard());
  readonly #words = new Uint32Array(wordsPerId);
  // Drawn anew each time, so that nobody can make ids that all fall into one place.
  readonly #seed = Math.trunc(Math.random() * 2 ** 32);

  /** Adds an id, in hex with dashes. False when it was there before. */
  add(id: string): boolean {
    const words = this.#words;
    words[0] = Number.parseInt(id.slice(0, 8), 16);
    words[1] = Number.parseInt(id.slice(9, 13) + id.slice(14, 18), 16);
    words[2] = Number.parseInt(id.slice(19, 23) + id.slice(24, 28), 16);
    words[3] = Number.parseInt(id.slice(28), 16);
    const hash = words.reduce(mix, this.#seed);
    const shard = this.#shards[hash >>> (32 - shardBits)];
    return shard?.add(words, hash, this.#seed) ?? false;
  }
}

/** Open addressing; grows on its own, so that never more than a small part is copied at once. */
class Shard {
  #words = new Uint32Array(slotsAtFirst * wordsPerId);
  #taken = new Uint8Array(slotsAtFirst);
  #size = 0;

  add(words: Uint32Array, hash: number, seed: number): boolean {
    if (4 * this.#size >= 3 * this.#taken.length) this.#grow(seed);
    const slots = this.#taken.length;
    let slot = hash & (slots - 1);
    for (; this.#taken[slot]; slot = (slot + 1) & (slots - 1)) {
      if (words.every((word, at) => this.#words[slot * wordsPerId + at] === word)) return false;
    }
    this.#words.set(words, slot * wordsPerId);
    this.#taken[slot] = 1;
    this.#size++;
    return true;
  }

  #grow(seed: number): void {
    const words = this.#words;
    const taken = this.#taken;
    this.#words = new Uint32Array(2 * words.length);
    this.#taken = new Uint8Array(2 * taken.length);
    this.#size = 0;
    for (let slot = 0; slot < taken.length; slot++) {
      if (!taken[slot]) continue;
      const id = words.subarray(slot * wordsPerId, (slot + 1) * wordsPerId);
      this.add(id, id.reduce(mix, seed), seed);
    }
  }
}

// The finishing steps of MurmurHash3, 32 bits.
function mix(hash: number, word: number): number {
  let mixed = hash ^ word;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
