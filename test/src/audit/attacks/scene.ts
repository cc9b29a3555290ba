import {
  budgetAddress,
  nodeAddress,
  type ActorKind,
  type BzzzEvent,
  type Recorded,
} from '../../../../events/index.ts';
import { openReadOnly, type DataDir } from '../../../../src/log/index.ts';
import { parseCheckpoint, type Checkpoint } from '../../../../src/shared/note/index.ts';
import type { Dice } from '../../../support/dice.ts';
import { Victim } from '../attack.ts';
import { isNamed, type EventNamed } from '../forger.ts';

/** A log of an honest history. */
export type Log = {
  readonly actor: string;
  readonly kind: ActorKind;
  readonly key: string;
  readonly events: readonly Recorded[];
};

/** Where an event is. */
export type Place = { readonly log: Log; readonly seq: number; readonly recorded: Recorded };
/** An event of a log, and its place. */
export type Placed<Type extends BzzzEvent['type']> = Place & { readonly event: EventNamed<Type> };

/** An honest history, read once, on copies of which attacks are made. */
export type Scene = {
  readonly victim: Victim;
  /** Every log with events, the node's own first. */
  readonly logs: readonly Log[];
  /** Key and length of the log of texts. */
  readonly texts: { readonly key: string; readonly length: number };
  /** Its node stopped in good order, and sealed all heads. */
  readonly sealed: boolean;
  /** Of all its heads, kept by somebody else. */
  readonly checkpoint: Checkpoint;
};

/** Reads the history in `dir`; copies of it are made under `root`. */
export async function readScene(root: string, dir: DataDir, sealed: boolean): Promise<Scene> {
  const reader = await openReadOnly(dir);
  try {
    const logs: Log[] = [];
    for (const { actor, kind, log } of await reader.logs()) {
      const events: Recorded[] = [];
      for await (const recorded of reader.events(log, 0)) events.push(recorded);
      logs.push({ actor, kind, key: log, events });
    }
    const key = logs[0]?.events.flatMap(({ event }) =>
      isNamed('node.started', event) ? event.blobs : [],
    )[0];
    const stored = reader.stored.find((one) => 'key' in one && one.key === key);
    if (key === undefined || !stored || !('length' in stored)) throw new TypeError('no texts');
    return {
      victim: new Victim(root, dir),
      logs: logs.filter(({ events }) => events.length > 0),
      texts: { key, length: stored.length },
      sealed,
      checkpoint: parseCheckpoint(await reader.checkpoint('2026-11-30T00:00:00.000Z')),
    };
  } finally {
    await reader.close();
  }
}

export function ofKind({ logs }: Scene, kind: ActorKind): Log[] {
  return logs.filter((log) => log.kind === kind);
}

export function logOf({ logs }: Scene, actor: string): Log {
  const found = logs.find((log) => log.actor === actor);
  if (!found) throw new TypeError(`${actor} has no log`);
  return found;
}

export const nodeLog = (scene: Scene): Log => logOf(scene, nodeAddress('local'));
export const ledger = (scene: Scene): Log => logOf(scene, budgetAddress('shop'));

/** Events of a type in a log. */
export function named<Type extends BzzzEvent['type']>(log: Log, type: Type): Placed<Type>[] {
  return log.events.flatMap((recorded, seq) =>
    isNamed(type, recorded.event) ? [{ log, seq, recorded, event: recorded.event }] : [],
  );
}

/** Events of a type in all logs. */
export function everyNamed<Type extends BzzzEvent['type']>(
  { logs }: Scene,
  type: Type,
): Placed<Type>[] {
  return logs.flatMap((log) => named(log, type));
}

export function pick<T>(dice: Dice, list: readonly T[]): T | null {
  return list[dice.whole(0, Math.max(0, list.length - 1))] ?? null;
}

/** One event with other facts. */
export function altered(
  { log, seq, recorded }: Place,
  event: BzzzEvent,
  others: Partial<Recorded> = {},
): Recorded[] {
  return log.events.with(seq, { ...recorded, ...others, event });
}

/** The event, as the next one of another command at the same moment. */
export function another({ meta }: Recorded, event: BzzzEvent, dice: Dice): Recorded {
  const { state: _state, ...rest } = meta;
  const digits = Array.from({ length: 12 }, () => dice.whole(0, 15).toString(16)).join('');
  return {
    meta: { ...rest, id: `${meta.id.slice(0, 24)}${digits}`, command: `x/${digits}` },
    event,
  };
}
