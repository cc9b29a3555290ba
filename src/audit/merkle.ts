import { data, parent, tree } from 'hypercore-crypto';
import type { TreeNode } from './evidence.ts';

/**
 * The Merkle tree of a log, grown block by block; only its roots are kept. Nodes are numbered as in a flat
 * tree (draft-ietf-ppsp-peer-protocol, 5.1): block i is node 2i, a parent lies midway between its children.
 */
export class MerkleTree {
  readonly #roots: TreeNode[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Adds a block and returns the nodes it completes, its leaf first. */
  append(block: Uint8Array): TreeNode[] {
    return this.appendLeaf({
      index: 2 * this.#length,
      size: block.byteLength,
      hash: data(block),
    });
  }

  /** Adds a block of which only the leaf is known. */
  appendLeaf(leaf: TreeNode): TreeNode[] {
    const completed = [leaf];
    this.#roots.push(leaf);
    this.#length++;
    // As in binary counting: two trees of the same size become one as often as the count is even.
    for (let count = this.#length; count % 2 === 0; count /= 2) {
      const [left, right] = this.#roots.splice(-2);
      if (!left || !right) throw new TypeError('a tree without two roots to join');
      const joined = {
        index: (left.index + right.index) / 2,
        size: left.size + right.size,
        hash: parent(left, right),
      };
      this.#roots.push(joined);
      completed.push(joined);
    }
    return completed;
  }

  /** The hash that is signed and sealed: over all roots. */
  hash(): Uint8Array {
    return tree(this.#roots);
  }
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
