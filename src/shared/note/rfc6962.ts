import { createHash } from 'node:crypto';

/**
 * The Merkle tree of RFC 6962, 2.1 (SHA-256), grown leaf by leaf; only the roots of its whole subtrees are
 * kept.
 */
export class Rfc6962 {
  // The largest subtree first.
  readonly #roots: Uint8Array[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  append(leaf: Uint8Array): void {
    let root: Uint8Array = createHash('sha256').update(leafPrefix).update(leaf).digest();
    // As in binary counting: two subtrees of the same size become one as often as the count is even.
    for (let count = ++this.#size; count % 2 === 0; count /= 2)
      root = nodeHash(this.#roots.pop(), root);
    this.#roots.push(root);
  }

  /** Root over all leaves so far, hex. */
  root(): string {
    const [last, ...above] = this.#roots.toReversed();
    if (!last) return createHash('sha256').digest('hex');
    const root = above.reduce((right, left) => nodeHash(left, right), last);
    return Buffer.from(root).toString('hex');
  }
}

const leafPrefix = Buffer.of(0x00);
const nodePrefix = Buffer.of(0x01);

function nodeHash(left: Uint8Array | undefined, right: Uint8Array): Uint8Array {
  if (!left) throw new TypeError('a subtree without its left half');
  return createHash('sha256').update(nodePrefix).update(left).update(right).digest();
}
