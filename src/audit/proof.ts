import { discoveryKey } from 'hypercore-crypto';
import { treeSignable } from 'hypercore/lib/caps.js';
import Verifier from 'hypercore/lib/verifier.js';
import { isUnreadable, type Stored, type StoredLog, type TreeNode } from './evidence.ts';
import type { Difference } from './findings.ts';
import { hex, MerkleTree, sameBytes } from './merkle.ts';
import { readRuns, type Run } from './proofReads.ts';
import { SealCheck, type Contradiction, type Seal } from './seals.ts';

export type ProofInit = {
  readonly seals: readonly Seal[];
  /** The runs of the log, where they are read ahead of their turn. */
  readonly runs?: AsyncIterable<Run>;
  /** Blocks that may be missing, as long as their leaves are there. */
  readonly gone: ReadonlySet<number>;
  /** Called with the blocks of a log, some at a time, in order; throws to stop. */
  onBlocks(seen: SeenBlocks): Promise<void> | void;
};

export type SeenBlocks = {
  /** How many were looked at. */
  readonly count: number;
  /** Those of them that are what the tree says. */
  readonly proved: readonly ProvedBlock[];
};
export type ProvedBlock = { readonly seq: number; readonly block: Uint8Array };

export type Proof = {
  readonly root: string;
  readonly bytes: number;
  /** The first thing that is wrong with the bytes and signatures of the log. */
  readonly difference: Difference | null;
  /** The first seal that the log contradicts. */
  readonly brokenSeal: Difference | null;
  /** The witnessed heads that the log contradicts. */
  readonly contradicted: readonly Contradiction[];
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
  for await (const { from, blocks, nodes } of init.runs ?? readRuns(log)) {
    const proved: ProvedBlock[] = [];
    for (const [index, block] of blocks.entries()) {
      const seq = from + index;
      const { completed, difference } = appendStored(tree, block, nodes.get(2 * seq), seq);
      const missing = init.gone.has(seq) ? null : difference;
      first ??= missing ?? nodeDifference(completed, nodes, seq);
      if (!isUnreadable(block)) {
        bytes += block.byteLength;
        if (!difference && sameNode(completed[0], nodes.get(2 * seq))) proved.push({ seq, block });
      }
      seals.reach(tree);
    }
    await init.onBlocks({ count: blocks.length, proved });
  }
  const root = tree.hash();
  const difference = decisive(first, signatureDifference(log, root));
  const { broken: brokenSeal } = seals;
  const contradicted = seals.contradicted(hex(root));
  return { root: hex(root), bytes, difference, brokenSeal, contradicted };
}

// A false node over blocks whose root is signed is a false node, not a false block.
function decisive(first: Difference | null, last: Difference | null): Difference | null {
  if (first?.check !== 'tree' || (last && last.check !== 'fork')) return first ?? last;
  const message = `the tree holds a false hash in ${first.field}; the blocks have the root that was signed`;
  return { ...first, expected: first.found, found: first.expected, message };
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
    return isPlain(signature) && Verifier.fromManifest(manifest).verify(tree, signature);
  } catch {
    return false;
  }
}

// One proof, by the first signer, without a patch. hypercore passes over bytes that it has no use for.
function isPlain(signature: Uint8Array): boolean {
  const [proofs, signer] = signature;
  const [patch, nodes] = signature.subarray(-2);
  const frame = [signature.byteLength, proofs, signer, patch, nodes];
  return frame.join() === '68,1,0,0,0';
}
