import { parent, tree } from 'hypercore-crypto';
import type { TreeNode } from 'hypercore';

type Span = { readonly index: number; readonly count: number };

/**
 * The nodes of a flat tree that cover the blocks from (inclusive) to (exclusive) with as few whole subtrees
 * as can be, left to right. From 0 these are the roots (draft-ietf-ppsp-peer-protocol, 5.1 and 5.5).
 */
export function cover(from: number, to: number): Span[] {
  const spans: Span[] = [];
  for (let at = from; at < to;) {
    let count = 1;
    while (at % (2 * count) === 0 && at + 2 * count <= to) count *= 2;
    spans.push({ index: 2 * at + count - 1, count });
    at += count;
  }
  return spans;
}

/** The roots of a tree that grows by whole subtrees, as `cover` lists them. */
export class TreeRoots {
  readonly #roots: { node: TreeNode; count: number }[] = [];

  add(node: TreeNode, count: number): void {
    this.#roots.push({ node, count });
    for (;;) {
      const [left, right] = this.#roots.slice(-2);
      if (!left || !right || left.count !== right.count) return;
      const joined = {
        index: (left.node.index + right.node.index) / 2,
        size: left.node.size + right.node.size,
        hash: parent(left.node, right.node),
      };
      this.#roots.splice(-2, 2, { node: joined, count: 2 * left.count });
    }
  }

  /** What is signed and sealed. */
  hash(): Uint8Array {
    return tree(this.#roots.map(({ node }) => node));
  }
}
