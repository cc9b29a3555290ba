import { z } from 'zod';
import { address, hash, name, timestamp } from './values.ts';

/** What can happen to a node: the machine that hosts the logs. */

export const actorKind = z.enum(['thread', 'agent', 'budget', 'node']);
export type ActorKind = z.infer<typeof actorKind>;

/** The state of a log at a moment: how long it is, and the Merkle root over that length. */
export const head = z.strictObject({
  log: hash,
  length: z.int().min(0),
  root: hash,
  fork: z.int().min(0),
});
export type Head = z.infer<typeof head>;

const by = z.string().min(1).max(200);

export const nodeEvent = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('node.started'),
    name,
    version: z.string(),
    /** Log of the blobs: texts too large for an event. */
    blobs: hash,
  }),
  z.strictObject({
    type: z.literal('node.log.registered'),
    actor: address,
    kind: actorKind,
    log: hash,
  }),
  /** Heads of the logs that have moved since the last seal; `at` of the envelope is their time. */
  z.strictObject({ type: z.literal('node.checkpoint.sealed'), heads: z.array(head) }),
  /** Somebody else has signed a checkpoint of this node: the note with the cosignatures (c2sp.org/tlog-cosignature). */
  z.strictObject({
    type: z.literal('node.checkpoint.witnessed'),
    note: z
      .string()
      .min(1)
      .max(1024 * 1024),
  }),
  /** The key to the texts of a subject is destroyed, and what was sealed with it as a blob is cleared. */
  z.strictObject({
    type: z.literal('node.subject.erased'),
    subject: z.string().min(1).max(512),
    reason: z.string().min(1).max(500),
    by,
    /** SHA-256 of the key, so that a later key of the subject is not taken for it; null when there was none. */
    key: hash.nullable(),
    /** Blobs that were sealed with it: their blocks are gone, their hashes stay. */
    blobs: z.array(hash),
  }),
  /** The node goes on from a backup: what happened between the two moments is not in its logs. */
  z.strictObject({ type: z.literal('node.restored'), takenAt: timestamp, by }),
  z.strictObject({ type: z.literal('node.stopped') }),
]);
export type NodeEvent = z.infer<typeof nodeEvent>;
