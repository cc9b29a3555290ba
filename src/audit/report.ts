import type { ActorKind, Json } from '../../events/index.ts';
import type { Cosigners } from '../shared/note/index.ts';

/** What is looked at, in the order in which a reader wants to hear of it. */
export const checks = [
  /** The bytes can be read. */
  'storage',
  /** The key of a log is the hash of who may sign it. */
  'key',
  /** Blocks hash to the tree, and the tree to its root. */
  'tree',
  /** The root is signed by the key. */
  'signature',
  /** Nothing was taken back. */
  'fork',
  /** All logs are registered, and all registered logs are there. */
  'register',
  /** Length and root agree with the checkpoints that were sealed. */
  'seal',
  /** Length and root agree with the checkpoints that somebody else has kept. */
  'witness',
  /** Texts hash to their names, and every text that is referred to is there. */
  'blob',
  /** Every event is well formed, in its place, in its time. */
  'envelope',
  /** What the votes say is what was decided. */
  'consensus',
  /** What was held, used and charged is the same, and within the caps. */
  'cost',
  /** What a fork took over is what its origin holds. */
  'origin',
  /** What a thread says that an agent said is in the agent's own log, and the other way round. */
  'entry',
  /** Every event is one that its machine accepts. */
  'law',
] as const;
export type CheckName = (typeof checks)[number];

/** One thing that is not as it has to be: where, and what should be there instead. */
export type Finding = {
  readonly check: CheckName;
  /** Address of the actor; empty when the log belongs to nobody. */
  readonly actor: string;
  /** Public key of the log, hex; its discovery key when not even that is known. */
  readonly log: string;
  /** Position in the log, when it is one event that diverges. */
  readonly seq: number | null;
  readonly field: string | null;
  readonly expected: Json;
  readonly found: Json;
  readonly message: string;
};

/** Something that is lawful and that an auditor may want to know. */
export type Note = {
  readonly kind:
    | 'pending' /** A statement that is still to be entered in its thread. */
    | 'unheard' /** A statement that came too late for its thread. */
    | 'openHold' /** Money that is held for a call without an outcome yet. */
    | 'openCall' /** A model call without an outcome yet. */
    | 'priceBook' /** A hold and its settlement were priced by different books. */
    | 'emptyLog' /** A log that was made and not yet registered. */
    | 'erased' /** Texts that a person had erased; the proof stays. */
    | 'restored' /** The node went on from a backup. */
    | 'forked' /** A thread that begins with the history of another one. */
    | 'witnessed' /** A checkpoint that agrees, or says nothing of these logs. */
    | 'notIncluded' /** A log that is registered and was left out of a bundle on purpose. */;
  readonly actor: string;
  readonly log: string;
  readonly seq: number | null;
  readonly message: string;
};

export type AuditedLog = {
  readonly actor: string;
  readonly kind: ActorKind | 'blobs' | 'unknown';
  readonly log: string;
  readonly length: number;
  /** The root that the blocks hash to, hex: what a witness would compare. */
  readonly root: string;
};

/** What a scope of a ledger comes to; money in micro-dollars, no limit where it has no cap. */
export type Spent = {
  readonly actor: string;
  readonly scope: string;
  readonly limitMicroUsd: number | null;
  readonly spentMicroUsd: number;
  readonly heldMicroUsd: number;
};

/** A checkpoint that the store was held against. */
export type ComparedCheckpoint = {
  /** The file, or the event that has recorded it. */
  readonly source: string;
  readonly origin: string;
  /** Events of the log in the origin. */
  readonly size: number;
  /** RFC 3339. */
  readonly at: string;
  /** True when nothing in the store contradicts it. */
  readonly agrees: boolean;
  /** How many of its logs are in the store. */
  readonly logs: number;
  readonly cosigners: Cosigners;
};

/** What an audit found. */
export type AuditReport = {
  readonly intact: boolean;
  readonly node: string;
  /** The first divergence of each log and kind of check, most telling first. */
  readonly findings: readonly Finding[];
  readonly notes: readonly Note[];
  readonly logs: readonly AuditedLog[];
  readonly checkpoints: readonly ComparedCheckpoint[];
  /** Each ledger, counted again from its holds and settlements. */
  readonly spending: readonly Spent[];
  readonly blocks: number;
  readonly bytes: number;
  readonly durationMs: number;
  readonly blocksPerSecond: number;
  /** The cryptographic part of it. */
  readonly proof: ProofRate;
};

/**
 * How fast blocks were read, hashed and compared with the tree, the root, the seals and the signature: by the
 * clock, without the time in which the proof waited for what the blocks say to be judged.
 */
export type ProofRate = {
  readonly blocks: number;
  readonly durationMs: number;
  readonly blocksPerSecond: number;
};
