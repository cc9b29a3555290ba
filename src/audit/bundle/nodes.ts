import { isUnreadable, type Stored, type TreeNode } from '../evidence.ts';

/** Size (8 bytes, little-endian) and hash of a node of the tree. */
export const nodeBytes = 40;
// No log holds that many bytes, so it stands for a node that was not there.
const missing = Buffer.alloc(nodeBytes, 0xff);

/** Flat-tree indexes of the nodes that block `seq` completes, its leaf first: the order they are kept in. */
export function completedBy(seq: number): number[] {
  let index = 2 * seq;
  const indexes = [index];
  for (let count = seq + 1, half = 1; count % 2 === 0; count /= 2, half *= 2) {
    index -= half;
    indexes.push(index);
  }
  return indexes;
}

/** Number of nodes that the first `blocks` blocks complete: each block one, and each pair of trees one more. */
export function nodeCount(blocks: number): number {
  let ones = 0;
  for (let rest = blocks; rest > 0; rest = Math.floor(rest / 2)) ones += rest % 2;
  return 2 * blocks - ones;
}

/** Position of a node in the file of its tree. */
export function placeOf(index: number): number {
  let depth = 0;
  let half = index;
  for (; half % 2 === 1; half = (half - 1) / 2) depth++;
  // The last block below a node is the one that completes it.
  const last = (index + 2 ** depth - 1) / 2;
  return nodeCount(last) + depth;
}

export function encodeNode(node: Stored<TreeNode>): Buffer {
  if (isUnreadable(node)) return missing;
  const bytes = Buffer.alloc(nodeBytes);
  bytes.writeBigUInt64LE(BigInt(node.size));
  bytes.set(node.hash, 8);
  return bytes;
}

export function decodeNode(index: number, bytes: Buffer): Stored<TreeNode> {
  if (bytes.byteLength !== nodeBytes || bytes.equals(missing))
    return { unreadable: 'it is missing' };
  return { index, size: Number(bytes.readBigUInt64LE()), hash: bytes.subarray(8) };
}
