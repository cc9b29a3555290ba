import { decodeRecorded, type ActorKind, type BzzzEvent } from '../../events/index.ts';
import { isUnreadable, type Evidence, type StoredLog } from './evidence.ts';
import type { Seal } from './seals.ts';

export type Registered = {
  readonly actor: string;
  readonly kind: ActorKind;
  readonly log: string;
  /** Event of the node's log that says so. */
  readonly seq: number;
};

/** What the node's own log says about all others. Nothing of it is proved yet. */
export type Survey = {
  readonly node: StoredLog | null;
  readonly blobs: string | null;
  /** In the order of registration. */
  readonly registered: readonly Registered[];
  /** By log. */
  readonly seals: ReadonlyMap<string, readonly Seal[]>;
};

const readAhead = 512;

/** Reads what can be read of the node's log; what cannot is for the proof to find. */
export async function surveyNode({ node, stored }: Evidence): Promise<Survey> {
  const own = stored.find((log) => 'key' in log && log.key === node.log);
  if (!own || isUnreadable(own)) {
    return { node: null, blobs: null, registered: [], seals: new Map() };
  }
  let blobs: string | null = null;
  const registered: Registered[] = [];
  const seals = new Map<string, Seal[]>();
  for await (const { event, seq } of readableEvents(own)) {
    if (event.type === 'node.started') blobs ??= event.blobs;
    if (event.type === 'node.log.registered') registered.push({ ...event, seq });
    if (event.type !== 'node.checkpoint.sealed') continue;
    for (const { log, length, root } of event.heads) {
      const known = seals.get(log) ?? [];
      known.push({ length, root, seq });
      seals.set(log, known);
    }
  }
  return { node: own, blobs, registered, seals };
}

async function* readableEvents(log: StoredLog): AsyncGenerator<{ event: BzzzEvent; seq: number }> {
  for (let from = 0; from < log.length; from += readAhead) {
    const blocks = await log.blocks(from, Math.min(log.length, from + readAhead));
    for (const [index, block] of blocks.entries()) {
      const seq = from + index;
      const event = isUnreadable(block) ? null : tryDecode(block, log.key, seq);
      if (event) yield { event, seq };
    }
  }
}

function tryDecode(block: Uint8Array, log: string, seq: number): BzzzEvent | null {
  try {
    return decodeRecorded(block, { log, seq }).event;
  } catch {
    return null;
  }
}
