import { Refusal, type BzzzEvent, type Recorded } from '../../events/index.ts';
import { dataDir, openReadOnly } from '../../src/log/index.ts';
import type { LogReader } from '../../src/ports.ts';

/** One log as it lies on disk. */
export type Annals = {
  readonly actor: string;
  readonly log: string;
  readonly events: readonly Recorded[];
  /** Merkle root over the first so many events. */
  rootAt(length: number): string | undefined;
};

/** All logs of a directory, by actor. */
export type Chronicle = ReadonlyMap<string, Annals>;

/** Reads a data directory. Empty when nothing was written yet: who is killed early leaves no node behind. */
export async function readChronicle(data: string, earlier?: Chronicle): Promise<Chronicle> {
  const logs = await openReadOnly(dataDir(data)).catch((error: unknown) => {
    if (error instanceof Refusal && error.code === 'NOT_FOUND') return null;
    throw error;
  });
  if (!logs) return new Map();
  try {
    return await chronicleOf(logs, earlier);
  } finally {
    await logs.close();
  }
}

/** Reads every log, and its roots: at its length, and at the length that it had `earlier`. */
export async function chronicleOf(logs: LogReader, earlier?: Chronicle): Promise<Chronicle> {
  const chronicle = new Map<string, Annals>();
  for (const { actor, log, length } of await logs.logs()) {
    const events: Recorded[] = [];
    for await (const recorded of logs.events(log, 0)) events.push(recorded);
    const roots = new Map<number, string>();
    for (const at of new Set([length, earlier?.get(actor)?.events.length ?? 0])) {
      if (at > 0 && at <= length) roots.set(at, (await logs.head(log, at)).root);
    }
    chronicle.set(actor, { actor, log, events, rootAt: (at) => roots.get(at) });
  }
  return chronicle;
}

/** The events that are in `later` and were not in `earlier`. */
export function since(later: Chronicle, earlier: Chronicle): Recorded[] {
  return [...later.values()].flatMap(({ actor, events }) =>
    events.slice(earlier.get(actor)?.events.length ?? 0),
  );
}

/** All events of a type, with where and when they were recorded. */
export function eventsOf<Type extends BzzzEvent['type']>(
  recorded: Iterable<Recorded>,
  type: Type,
): (Extract<BzzzEvent, { type: Type }> & { readonly meta: Recorded['meta'] })[] {
  return [...recorded].flatMap(({ meta, event }) => (isOf(event, type) ? { ...event, meta } : []));
}

function isOf<Type extends BzzzEvent['type']>(
  event: BzzzEvent,
  type: Type,
): event is Extract<BzzzEvent, { type: Type }> {
  return event.type === type;
}

/** Everything that is recorded. */
export function allOf(chronicle: Chronicle): Recorded[] {
  return since(chronicle, new Map());
}
