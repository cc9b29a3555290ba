import type { Hypercore as Core } from 'hypercore';
import { decodeRecorded, nodeAddress, type ActorKind, type Head } from '../../events/index.ts';
import { erasureIn, Erasures } from '../shared/erasures.ts';
import { readBlocks } from './hypercoreLog.ts';

export type Registered = {
  readonly actor: string;
  readonly kind: ActorKind;
  readonly log: string;
};

/** What the log of a node says of the other logs. */
export type Register = {
  /** Its own log first. */
  readonly logs: readonly Registered[];
  /** The log of texts; null when the node has never started. */
  readonly blobs: string | null;
  /** The newest seal of each log that has one, by the key of the log. */
  readonly seals: ReadonlyMap<string, Head>;
  /** Whose texts were erased. */
  readonly erasures: Erasures;
};

/** Reads the log of a node. Throws Corrupt for an event that cannot be read. */
export function readRegister(own: Core, name: string, log: string): Promise<Register> {
  return foldRegister(readBlocks(own, 0, own.length), name, log);
}

/** The same, from its blocks. */
export async function foldRegister(
  blocks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  name: string,
  log: string,
): Promise<Register> {
  const logs: Registered[] = [{ actor: nodeAddress(name), kind: 'node', log }];
  const seals = new Map<string, Head>();
  const erasures = new Erasures();
  let blobs: string | null = null;
  let seq = 0;
  for await (const block of blocks) {
    const recorded = decodeRecorded(block, { log, seq: seq++ });
    const { event } = recorded;
    const erasure = erasureIn(recorded);
    if (erasure) erasures.add(erasure);
    if (event.type === 'node.started') blobs ??= event.blobs;
    if (event.type === 'node.log.registered') {
      logs.push({ actor: event.actor, kind: event.kind, log: event.log });
    }
    if (event.type === 'node.checkpoint.sealed') {
      for (const head of event.heads) seals.set(head.log, head);
    }
  }
  return { logs, blobs, seals, erasures };
}
