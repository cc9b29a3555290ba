import { hash, randomBytes } from 'node:crypto';

/** 64 bits, as two words. */
export type Fingerprint = readonly [number, number];

// Drawn anew in each process, so that nobody can write two texts that agree in it.
const key = randomBytes(16).toString('hex');

/**
 * What is kept of a text of which nothing has to be known but whether another one is the same: the first 64
 * bits of a SHA-256 with a key.
 */
export function fingerprint(text: string): Fingerprint {
  const digest = hash('sha256', key + text, 'buffer');
  return [digest.readUInt32LE(0), digest.readUInt32LE(4)];
}

// The events of a turn follow each other, and several maps are asked for it.
let latest: { readonly text: string; readonly print: Fingerprint } = {
  text: '',
  print: fingerprint(''),
};

function printOf(text: string): Fingerprint {
  if (latest.text !== text) latest = { text, print: fingerprint(text) };
  return latest.print;
}

const slotsAtFirst = 16;
/** Two words of the fingerprint, and the value plus one: zero where a slot is free. */
const wordsPerSlot = 3;

/**
 * Whole numbers from 0 to 2^32 - 2 by texts, in about 20 bytes each, where a Map takes ten times as much. Two
 * texts are taken for one in one of 2^64 cases.
 */
export class FingerprintMap {
  #words = new Uint32Array(slotsAtFirst * wordsPerSlot);
  #size = 0;

  get(text: string): number | undefined {
    const stored = this.#words[this.#slotOf(printOf(text)) + 2] ?? 0;
    return stored === 0 ? undefined : stored - 1;
  }

  set(text: string, value: number): void {
    const print = printOf(text);
    if (4 * wordsPerSlot * this.#size >= 3 * this.#words.length) this.#grow();
    this.#put(print, value + 1);
  }

  #put(print: Fingerprint, stored: number): void {
    const at = this.#slotOf(print);
    if (this.#words[at + 2] === 0) this.#size++;
    this.#words.set(print, at);
    this.#words[at + 2] = stored;
  }

  /** Where a fingerprint lies, or would. */
  #slotOf([low, high]: Fingerprint): number {
    const words = this.#words;
    const slots = words.length / wordsPerSlot;
    let slot = low & (slots - 1);
    for (; ; slot = (slot + 1) & (slots - 1)) {
      const at = slot * wordsPerSlot;
      if (words[at + 2] === 0 || (words[at] === low && words[at + 1] === high)) return at;
    }
  }

  #grow(): void {
    const words = this.#words;
    this.#words = new Uint32Array(2 * words.length);
    this.#size = 0;
    for (let at = 0; at < words.length; at += wordsPerSlot) {
      const [low = 0, high = 0, stored = 0] = words.subarray(at, at + wordsPerSlot);
      if (stored !== 0) this.#put([low, high], stored);
    }
  }
}
