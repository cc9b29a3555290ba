import { sha256Hex, type BlobRef } from '../../../events/index.ts';
import type { Difference } from '../findings.ts';
import { FingerprintMap } from '../fingerprints.ts';
import { hex } from '../merkle.ts';
import type { EventCheck } from './check.ts';

const hashBytes = 32;
/** No block is as large. */
const falseSize = 2 ** 32 - 2;

/** The texts of a store: each is a block with its hash, and a block with its bytes. */
export class Texts {
  /** Size by hash; `falseSize` for a text whose bytes are not those it is named after. */
  readonly #sizes = new FingerprintMap();
  #name = '';

  /** Takes the next block of the log of texts. */
  see(block: Uint8Array, seq: number): Difference | null {
    if (seq % 2 === 0) {
      this.#name = hex(block);
      return block.byteLength === hashBytes
        ? null
        : falseText(seq, 'name', hashBytes, block.byteLength);
    }
    const found = sha256Hex(block);
    this.#sizes.set(this.#name, found === this.#name ? block.byteLength : falseSize);
    return found === this.#name ? null : falseText(seq, 'bytes', this.#name, found);
  }

  /** Takes a text that was erased and whose leaf is still in the tree. */
  knowErased({ hash, bytes }: BlobRef): void {
    this.#sizes.set(hash, bytes);
  }

  has(hash: string): boolean {
    return this.#sizes.get(hash) !== undefined;
  }

  /** A text is missing or has another length than an event says; null when it is as it has to be. */
  check(ref: BlobRef, field: string, seq: number): Difference | null {
    const size = this.#sizes.get(ref.hash);
    // Known to be false, and reported where it lies.
    if (size === falseSize || size === ref.bytes) return null;
    return {
      check: 'blob',
      seq,
      field,
      expected: ref,
      found: size === undefined ? null : { hash: ref.hash, bytes: size },
      message: `event ${seq} refers to a text that is not there as it says`,
    };
  }
}

function falseText(
  seq: number,
  field: string,
  expected: string | number,
  found: string | number,
): Difference {
  const message = `the text in block ${seq} is not the one it is named after`;
  return { check: 'blob', seq, field, expected, found, message };
}

/**
 * Every text that an event refers to is there, in the length it says; to be asked only where the log of
 * texts is whole.
 */
export function textCheck(texts: Texts): EventCheck {
  return ({ seq, refs }) => {
    for (const { field, ref } of refs) {
      const difference = texts.check(ref, field, seq);
      if (difference) return difference;
    }
    return null;
  };
}
