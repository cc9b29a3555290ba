import type { AnyMachineSnapshot } from 'xstate';
import type { Fact } from '../../actors/index.ts';
import {
  encodeRecorded,
  schemaVersion,
  stateDueAt,
  type Meta,
  type Recorded,
} from '../../events/index.ts';
import type { Vault } from '../ports.ts';
import { uuidV7 } from '../shared/ids.ts';
import type { AnyActorType } from '../shared/fold.ts';
import { stateHash } from '../shared/stateHash.ts';

/** Where events are to go, and what they are about. */
export type Place = {
  readonly type: AnyActorType;
  readonly actor: string;
  /** Public key of the log. */
  readonly log: string;
  /** Position of the first of them. */
  readonly from: number;
  /** When it happens, in ms since 1970. */
  readonly atMs: number;
  readonly command: string;
};

/** Events as they are to be appended, with their bytes. */
export type Draft = {
  readonly events: readonly Recorded[];
  readonly blocks: readonly Uint8Array[];
};

/**
 * Makes events of the facts that a command has led to; `befores` are the states before each. Nothing is
 * appended. Throws Refusal EVENT_INVALID, and what sealing a text throws.
 */
export async function record(
  { type, actor, log, from, atMs, command }: Place,
  facts: readonly Fact[],
  befores: readonly AnyMachineSnapshot[],
  vault: Pick<Vault, 'seal'>,
): Promise<Draft> {
  const at = new Date(atMs).toISOString();
  const events: Recorded[] = [];
  for (const [index, { event, body, copied }] of facts.entries()) {
    const seq = from + index;
    const before = stateDueAt(seq) ? befores[index] : undefined;
    const meta = {
      id: uuidV7(atMs),
      v: schemaVersion,
      at,
      actor,
      stream: log,
      seq,
      command,
      ...(before && { state: markOf(type, before) }),
      ...(copied && { cause: copied.from }),
    };
    const sealed = copied ? copied.body : body && (await vault.seal(body.subject, body.text));
    events.push({ meta, event, ...(sealed && { body: sealed }) });
  }
  return { events, blocks: events.map((event) => encodeRecorded(event)) };
}

/** What an auditor compares with when the log is replayed. */
function markOf(
  { version }: AnyActorType,
  { value, context }: { value: unknown; context: unknown },
): Meta['state'] {
  return { machine: version, hash: stateHash({ value, context }) };
}
