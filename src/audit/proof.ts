import { discoveryKey } from 'hypercore-crypto';
import { treeSignable } from 'hypercore/lib/caps.js';
import Verifier from 'hypercore/lib/verifier.js';
import { isUnreadable, type Stored, type StoredLog, type TreeNode } from './evidence.ts';
import type { Difference } from './findings.ts';
import { hex, MerkleTree, sameBytes } from './merkle.ts';
import { SealCheck, type Seal } from './seals.ts';

export type ProofInit = {
  readonly seals: readonly Seal[];
  /** Blocks read at a time. */
  readonly readAhead: number;
  /** Called with every block that is what the tree says, in order. */
  onBlock(block: Uint8Array, seq: number): void;
  /** Called after each read; throws to stop. */
  onProgress(blocks: number): void;
};

export type Proof = {
  readonly root: string;
  readonly bytes: number;
  /** The first thing that is wrong with the bytes and signatures of the log. */
  readonly difference: Difference | null;
  /** The first seal that the log contradicts. */
  readonly brokenSeal: Difference | null;
};

/**
 * Hashes every block of a log again and compares with what is stored and signed about it. Believes nothing
 * but the key.
 */
export async function proveLog(log: StoredLog, init: ProofInit): Promise<Proof> {
  const tree = new MerkleTree();
  const seals = new SealCheck(log, init.seals);
  let bytes = 0;
  let first = keyDifference(log);
  seals.reach(tree);
  let next = readChunk(log, 0, init.readAhead);
  for (let from = 0; from < log.length; from += init.readAhead) {
    const { blocks, nodes } = await next;
    // Read on while this chunk is hashed.
    next = readChunk(log, from + init.readAhead, init.readAhead);
    for (const [index, block] of blocks.entries()) {
      const seq = from + index;
      const { completed, difference } = appendStored(tree, block, nodes.get(2 * seq), seq);
      first ??= difference ?? nodeDifference(completed, nodes, seq);
      if (!isUnreadable(block)) {
        bytes += block.byteLength;
        if (!difference && sameNode(completed[0], nodes.get(2 * seq))) init.onBlock(block, seq);
      }
      seals.reach(tree);
    }
    init.onProgress(blocks.length);
  }
  const root = tree.hash();
  const difference = decisive(first, signatureDifference(log, root));
  return { root: hex(root), bytes, difference, brokenSeal: seals.broken };
}

// A false node over blocks whose root is signed is a false node, not a false block.
function decisive(first: Difference | null, last: Difference | null): Difference | null {
  if (first?.check !== 'tree' || (last && last.check !== 'fork')) return first ?? last;
  const message = `the tree holds a false hash in ${first.field}; the blocks have the root that was signed`;
  return { ...first, expected: first.found, found: first.expected, message };
}

type Chunk = {
  readonly blocks: readonly Stored<Uint8Array>[];
  /** The nodes of the tree that these blocks complete, by index. */
  readonly nodes: ReadonlyMap<number, Stored<TreeNode>>;
};

async function readChunk(log: StoredLog, from: number, length: number): Promise<Chunk> {
  const to = Math.min(log.length, from + length);
  const indexes: number[] = [];
  for (let seq = from; seq < to; seq++) {
    let index = 2 * seq;
    indexes.push(index);
    for (let count = seq + 1, half = 1; count % 2 === 0; count /= 2, half *= 2) {
      index -= half;
      indexes.push(index);
    }
  }
  if (indexes.length === 0) return { blocks: [], nodes: new Map() };
  const [blocks, nodes] = await Promise.all([log.blocks(from, to), log.nodes(indexes)]);
  return { blocks, nodes: new Map(nodes.map((node, at) => [indexes[at] ?? -1, node])) };
}

// A block that cannot be read leaves its leaf, so that the rest can still be proved.
function appendStored(
  tree: MerkleTree,
  block: Stored<Uint8Array>,
  leaf: Stored<TreeNode> | undefined,
  seq: number,
): { completed: TreeNode[]; difference: Difference | null } {
  if (!isUnreadable(block)) return { completed: tree.append(block), difference: null };
  const known =
    leaf && !isUnreadable(leaf) ? leaf : { index: 2 * seq, size: 0, hash: new Uint8Array(32) };
  return {
    completed: tree.appendLeaf({ ...known, index: 2 * seq }),
    difference: {
      check: 'storage',
      seq,
      expected: 'a block',
      found: block.unreadable,
      message: `the block of event ${seq} cannot be read: ${block.unreadable}`,
    },
  };
}

function nodeDifference(
  completed: readonly TreeNode[],
  stored: ReadonlyMap<number, Stored<TreeNode>>,
  seq: number,
): Difference | null {
  for (const node of completed) {
    const other = stored.get(node.index);
    if (sameNode(node, other)) continue;
    const unreadable = !other || isUnreadable(other);
    const leaf = node.index === 2 * seq;
    return {
      check: 'tree',
      seq: leaf ? seq : null,
      field: `node ${node.index}`,
      expected: unreadable ? (other?.unreadable ?? 'nothing') : hex(other.hash),
      found: hex(node.hash),
      message: leaf
        ? `the block of event ${seq} does not have the hash that the tree holds for it`
        : `the blocks up to event ${seq} do not have the hash that the tree holds for them`,
    };
  }
  return null;
}

function sameNode(node: TreeNode | undefined, stored: Stored<TreeNode> | undefined): boolean {
  if (!node || !stored || isUnreadable(stored)) return false;
  return node.size === stored.size && sameBytes(node.hash, stored.hash);
}

/** bzzz signs with one key per log; the key of the log is the hash that binds it to that signer. */
function keyDifference({ key, manifest, ...log }: StoredLog): Difference | null {
  const bytes = Buffer.from(key, 'hex');
  const listed = hex(discoveryKey(bytes));
  if (listed !== log.discoveryKey) {
    return {
      check: 'key',
      field: 'discoveryKey',
      expected: listed,
      found: log.discoveryKey,
      message: 'the log is stored under the name of another one',
    };
  }
  const single = manifest?.signers.length === 1 && manifest.quorum === 1 && !manifest.prologue;
  if (manifest && single && Verifier.isValidManifest(bytes, manifest)) return null;
  return {
    check: 'key',
    field: 'manifest',
    expected: key,
    found: manifest && 'another signer',
    message: 'the key of the log is not the hash of its one signer',
  };
}

function signatureDifference(log: StoredLog, root: Uint8Array): Difference | null {
  const { manifest, length, fork, rootHash, signature } = log;
  if (length === 0) return null;
  if (!rootHash || !sameBytes(rootHash, root)) {
    return {
      check: 'tree',
      field: 'rootHash',
      expected: rootHash && hex(rootHash),
      found: hex(root),
      message: `the ${length} blocks do not have the root that is stored for them`,
    };
  }
  if (!signature || !manifest || !isSigned({ manifest, root, length, fork, signature })) {
    return {
      check: 'signature',
      field: 'signature',
      expected: 'a signature by the key of the log',
      found: signature && hex(signature),
      message: `the root over ${length} blocks is not signed by the key of the log`,
    };
  }
  if (fork === 0) return null;
  return {
    check: 'fork',
    field: 'fork',
    expected: 0,
    found: fork,
    message: `the log was cut back and written anew ${fork} times`,
  };
}

function isSigned(signed: {
  manifest: object;
  root: Uint8Array;
  length: number;
  fork: number;
  signature: Uint8Array;
}): boolean {
  const { manifest, root, length, fork, signature } = signed;
  const tree = {
    length,
    fork,
    hash: () => root,
    signable: (context: Uint8Array) => treeSignable(context, root, length, fork),
  };
  try {
    return Verifier.fromManifest(manifest).verify(tree, signature);
  } catch {
    return false;
  }
}
