import { decodeRecorded, type ActorKind, type Recorded } from '../../events/index.ts';
import { erasureIn, type Erasure } from '../shared/erasures.ts';
import { Lives } from './checks/lives.ts';
import { isUnreadable, type Evidence, type StoredLog } from './evidence.ts';
import type { NodeSeal } from './seals.ts';

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
  readonly seals: ReadonlyMap<string, readonly NodeSeal[]>;
  /** Checkpoints that others have cosigned and the node has taken back, as signed notes. */
  readonly witnessed: readonly { readonly seq: number; readonly note: string }[];
  readonly erasures: readonly Erasure[];
  readonly lives: Lives;
};

const readAhead = 512;

/** Reads what can be read of the node's log; what cannot is for the proof to find. */
export async function surveyNode({ node, stored }: Evidence): Promise<Survey> {
  const own = stored.find((log) => 'key' in log && log.key === node.log);
  const lives = new Lives();
  if (!own || isUnreadable(own)) {
    return {
      node: null,
      blobs: null,
      registered: [],
      seals: new Map(),
      witnessed: [],
      erasures: [],
      lives,
    };
  }
  let blobs: string | null = null;
  const registered: Registered[] = [];
  const seals = new Map<string, NodeSeal[]>();
  const witnessed: { seq: number; note: string }[] = [];
  const erasures: Erasure[] = [];
  for await (const { recorded, seq } of readableEvents(own)) {
    const { event } = recorded;
    lives.see(event, seq);
    const erasure = erasureIn(recorded);
    // Where it lies, not where it says that it does.
    if (erasure) erasures.push({ ...erasure, seq });
    if (event.type === 'node.started') blobs ??= event.blobs;
    if (event.type === 'node.log.registered') registered.push({ ...event, seq });
    if (event.type === 'node.checkpoint.witnessed') witnessed.push({ seq, note: event.note });
    if (event.type !== 'node.checkpoint.sealed') continue;
    for (const { log, length, root } of event.heads) {
      const known = seals.get(log) ?? [];
      known.push({ length, root, seq });
      seals.set(log, known);
    }
  }
  return { node: own, blobs, registered, seals, witnessed, erasures, lives };
}

/** The events of a log that can be read as such. */
export async function* readableEvents(
  log: StoredLog,
): AsyncGenerator<{ recorded: Recorded; seq: number }> {
  for (let from = 0; from < log.length; from += readAhead) {
    const blocks = await log.blocks(from, Math.min(log.length, from + readAhead));
    for (const [index, block] of blocks.entries()) {
      const seq = from + index;
      const recorded = isUnreadable(block) ? null : tryDecode(block, log.key, seq);
      if (recorded) yield { recorded, seq };
    }
  }
}

function tryDecode(block: Uint8Array, log: string, seq: number): Recorded | null {
  try {
    return decodeRecorded(block, { log, seq });
  } catch {
    return null;
  }
}
