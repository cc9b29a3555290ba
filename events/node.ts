import { z } from 'zod';
import { address, hash, name } from './values.ts';

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
  z.strictObject({ type: z.literal('node.checkpoint.sealed'), heads: z.array(head) }),
  z.strictObject({ type: z.literal('node.stopped') }),
]);
export type NodeEvent = z.infer<typeof nodeEvent>;
