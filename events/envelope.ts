import { z } from 'zod';
import { agentEvent, type AgentEvent } from './agent.ts';
import { budgetEvent, type BudgetEvent } from './budget.ts';
import { Corrupt, Refusal } from './errors.ts';
import { actorKind, nodeEvent, type ActorKind, type NodeEvent } from './node.ts';
import { threadEvent, type ThreadEvent } from './thread.ts';
import { upcast } from './upcast/index.ts';
import { address, blobRef, hash, timestamp } from './values.ts';

/** Every fact of every kind of actor. */
export type BzzzEvent = ThreadEvent | AgentEvent | BudgetEvent | NodeEvent;
export type EventType = BzzzEvent['type'];
export type EventOf<Kind extends ActorKind> = Extract<BzzzEvent, { type: `${Kind}.${string}` }>;

/** The version that today's code writes. Every event of a block carries it. */
export const schemaVersion = 3;

/**
 * True for the events whose envelope records the state before them. Often at first, for threads are short;
 * seldom in long logs, for the states of ledgers are large.
 */
export function stateDueAt(seq: number): boolean {
  const { every = 512 } = dueEvery.find(({ until }) => seq < until) ?? {};
  return seq > 0 && seq % every === 0;
}
const dueEvery = [
  { until: 128, every: 8 },
  { until: 1024, every: 32 },
] as const;

const envelope = z.strictObject({
  /** UUIDv7 of the event. */
  id: z.uuid(),
  /** Version of the event's shape; a later one than this code knows is not guessed at. */
  v: z.int().min(1).max(schemaVersion),
  /** When it was recorded: RFC 3339, milliseconds, UTC. */
  at: timestamp,
  /** Address of the actor it happened to. */
  actor: address,
  /** Public key of the log that holds it, hex. */
  stream: hash,
  /** Position in that log, from 0; equals the block index. */
  seq: z.int().min(0),
  /** Id of the command that caused it. */
  command: z.string().min(1).max(300),
  /** Id of the event that caused the command, when one did. */
  cause: z.uuid().optional(),
  /** W3C traceparent of the work it was part of. */
  trace: z
    .string()
    .regex(/^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/)
    .optional(),
  /** State of the actor before this event, as the writer's machine folded it; on a schedule, see `stateDueAt`. */
  state: z.strictObject({ machine: z.int().min(1), hash }).optional(),
});
export type Meta = z.infer<typeof envelope>;

/**
 * Free text of an event, sealed with the key of the subject it is about (AES-256-GCM: 12 bytes of nonce,
 * ciphertext, 16 bytes of tag, base64). No rule, total or machine depends on it.
 */
const sealedBody = z.union([
  z.strictObject({ subject: z.string().min(1).max(512), box: z.base64() }),
  z.strictObject({ subject: z.string().min(1).max(512), blob: blobRef }),
]);
export type SealedBody = z.infer<typeof sealedBody>;

// One schema for a whole block: parsing in two steps costs twice as much, and recovery is mostly parsing.
const block = z.strictObject({
  meta: envelope,
  event: z.discriminatedUnion('type', [threadEvent, agentEvent, budgetEvent, nodeEvent]),
  body: sealedBody.optional(),
});

/** An event as it lies in a log. */
export type Recorded<E extends BzzzEvent = BzzzEvent> = {
  readonly meta: Meta;
  readonly event: E;
  readonly body?: SealedBody | undefined;
};

const text = new TextDecoder('utf-8', { fatal: true });

/** The kind of actor an event type belongs to; null for a type that is not ours. */
export function kindOf(type: string): ActorKind | null {
  return actorKind.options.find((kind) => type.startsWith(`${kind}.`)) ?? null;
}

/**
 * The bytes of a block: JSON in UTF-8. Throws Refusal EVENT_INVALID for what could not be read again: a log
 * is poisoned for ever by one block of the wrong shape.
 */
export function encodeRecorded(recorded: Recorded): Uint8Array {
  const { success, error } = block.safeParse(recorded);
  if (!success) {
    const what = `${recorded.event.type} is not well formed: ${describe(error)}`;
    throw new Refusal('EVENT_INVALID', what, { data: { field: fieldOf(error) } });
  }
  return Buffer.from(JSON.stringify(recorded));
}

/**
 * Reads a block from disk, a peer or a queue: parsed, brought to today's shape, checked. Throws Corrupt
 * LOG_CORRUPT with the position and the field at fault.
 */
export function decodeRecorded(bytes: Uint8Array, where: { log: string; seq: number }): Recorded {
  return decodeWritten(bytes, where).recorded;
}

/**
 * The same, with the JSON text of the block, less a byte order mark, and the value that it was read from, in
 * the shape in which it was written.
 */
export function decodeWritten(
  bytes: Uint8Array,
  where: { log: string; seq: number },
): { readonly recorded: Recorded; readonly written: string; readonly value: unknown } {
  try {
    const written = text.decode(bytes);
    const value: unknown = JSON.parse(written);
    return { recorded: block.parse(today(value)), written, value };
  } catch (cause) {
    throw new Corrupt('LOG_CORRUPT', `log ${where.log} seq ${where.seq}: ${describe(cause)}`, {
      cause,
      data: { ...where, field: fieldOf(cause) },
    });
  }
}

// What an older version wrote, in today's shape. Anything else is left for the schema to judge.
function today(value: unknown): unknown {
  if (!isOlder(value)) return value;
  return { ...value, event: upcast(value.event, value.meta.v) };
}

type OlderBlock = { meta: { v: number }; event: { type: string } };

// By hand: a schema for this look would cost as much as the whole check that follows.
function isOlder(value: unknown): value is OlderBlock {
  const { meta, event } = (value ?? {}) as Partial<OlderBlock>;
  return typeof meta?.v === 'number' && meta.v < schemaVersion && typeof event?.type === 'string';
}

function describe(cause: unknown): string {
  if (cause instanceof z.ZodError) return z.prettifyError(cause).replaceAll('\n', ' ');
  return cause instanceof Error ? cause.message : String(cause);
}

function fieldOf(cause: unknown): string | null {
  return cause instanceof z.ZodError ? (cause.issues[0]?.path.join('.') ?? null) : null;
}
