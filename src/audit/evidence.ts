import { Corrupt } from '../../events/index.ts';
import type { BundleFacts } from './bundle/facts.ts';

/** What the auditor looks at: a store as it lies on disk, of which nothing is believed. */
export interface Evidence {
  /** What the directory says about itself: the name of its node, and the node's own log. */
  readonly node: { readonly name: string; readonly log: string };
  /** Every log in the store, registered or not. */
  readonly stored: readonly (StoredLog | BrokenLog)[];
  /** What a bundle says beside its logs; a data directory holds all there is. */
  readonly bundle?: BundleFacts;
  /** SHA-256 of the key to the texts of a subject; null when it is not here. */
  fingerprint?(subject: string): Promise<string | null>;
  close(): Promise<void>;
}

/** One log as it is stored, unverified. Keys are hex. */
export interface StoredLog {
  readonly key: string;
  /** The hash of the key under which the store lists the log. */
  readonly discoveryKey: string;
  /** Who may sign; the key is its hash. Null when none is stored. */
  readonly manifest: Manifest | null;
  readonly length: number;
  readonly fork: number;
  /** Root and signature of the whole log; null while it is empty. */
  readonly rootHash: Uint8Array | null;
  readonly signature: Uint8Array | null;
  /** Blocks from (inclusive) to (exclusive). Never throws for what is stored badly. */
  blocks(from: number, to: number): Promise<readonly Stored<Uint8Array>[]>;
  /** Nodes of the Merkle tree by their flat-tree index. Never throws for what is stored badly. */
  nodes(indexes: readonly number[]): Promise<readonly Stored<TreeNode>[]>;
}

/** A log of which not even the key can be read. */
export type BrokenLog = { readonly discoveryKey: string; readonly unreadable: string };

/** A thing from the store, or why it cannot be had. */
export type Stored<T> = T | Unreadable;
export type Unreadable = { readonly unreadable: string };

export type TreeNode = {
  readonly index: number;
  readonly size: number;
  readonly hash: Uint8Array;
};

export type Manifest = {
  readonly version: number;
  readonly quorum: number;
  readonly signers: readonly { readonly publicKey: Uint8Array }[];
  readonly prologue: object | null;
};

/** The evidence went to pieces while it was looked at. */
export class EvidenceLost extends Corrupt {}

export function isUnreadable(thing: object): thing is Unreadable {
  return 'unreadable' in thing;
}
