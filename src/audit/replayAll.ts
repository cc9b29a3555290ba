import {
  Corrupt,
  type ActorKind,
  type Json,
  type Meta,
  type Recorded,
} from '../../events/index.ts';
import type { LogReader } from '../ports.ts';
import { actorTypes, Fold } from '../shared/fold.ts';
import { stateHash } from '../shared/stateHash.ts';

/** The first event of a log at which today's program and the one that wrote it do not agree. */
export type Divergence = {
  readonly actor: string;
  readonly log: string;
  readonly seq: number;
  /**
   * state: the state before the event has another hash than was recorded. unlawful: the machine does not
   * accept the event. unreadable: it is no event, or not there.
   */
  readonly what: 'state' | 'unlawful' | 'unreadable';
  /** Version of the program that wrote the event; null when the node's log does not say. */
  readonly program: string | null;
  /** Version of the machine: recorded with the event, null when it recorded none, and today's. */
  readonly machine: { readonly recorded: number | null; readonly today: number };
  /** The recorded hash, or what had to be there. */
  readonly expected: Json;
  readonly found: Json;
  /** The last position at which the hashes were the same; null when there is none before. */
  readonly agreedAt: number | null;
  /** The state before the event as today's machine makes it. */
  readonly state: { readonly value: unknown; readonly context: unknown };
  readonly message: string;
};

export type ReplayReport = {
  readonly same: boolean;
  readonly divergences: readonly Divergence[];
  readonly logs: number;
  readonly events: number;
  /** State hashes that were compared. */
  readonly hashes: number;
  /** Logs without any: too short for one, or from before they were recorded. */
  readonly logsWithoutHash: number;
  readonly durationMs: number;
};

export type ReplayOptions = {
  readonly signal?: AbortSignal | undefined;
  /** Called after every few hundred events. */
  readonly onProgress?: ((done: { events: number; eventsTotal: number }) => void) | undefined;
};

type Logs = Pick<LogReader, 'logs' | 'events'>;
type Entry = Awaited<ReturnType<LogReader['logs']>>[number];
/** What folds: the machine of today. */
type Machine = Pick<Fold, 'accept' | 'state'>;
type Replayed = {
  readonly events: number;
  readonly hashes: number;
  readonly divergence: Omit<Divergence, 'actor' | 'log' | 'program'> | null;
  /** When the last event that could be read was recorded. */
  readonly at: string | null;
};

const progressEvents = 256;

/**
 * Folds every log with the machines of today and compares the state with the hashes that were recorded while
 * the events were written. Throws Corrupt when not even the register of the logs can be read, and the
 * signal's reason.
 */
export async function replayAll(
  reader: Logs,
  { signal, onProgress }: ReplayOptions = {},
): Promise<ReplayReport> {
  const startMs = performance.now();
  const entries = await reader.logs();
  const eventsTotal = entries.reduce((sum, { length }) => sum + length, 0);
  const programs = await programsOf(reader, entries);
  const divergences: Divergence[] = [];
  let [events, hashes, logsWithoutHash] = [0, 0, 0];
  for (const entry of entries) {
    const { actor, log, kind } = entry;
    const replayed = await replayLog(reader, entry, new Fold(kind), (done) => {
      signal?.throwIfAborted();
      onProgress?.({ events: events + done, eventsTotal });
    });
    events += replayed.events;
    hashes += replayed.hashes;
    if (replayed.hashes === 0) logsWithoutHash++;
    const { divergence, at } = replayed;
    if (divergence) divergences.push({ actor, log, program: programs(at), ...divergence });
  }
  return {
    same: divergences.length === 0,
    divergences,
    logs: entries.length,
    events,
    hashes,
    logsWithoutHash,
    durationMs: Math.round(performance.now() - startMs),
  };
}

/** Folds one log with a machine, up to the first divergence. */
export async function replayLog(
  reader: Logs,
  { log, kind }: Pick<Entry, 'log' | 'kind'>,
  machine: Machine,
  onProgress: (events: number) => void = () => undefined,
): Promise<Replayed> {
  let [events, hashes] = [0, 0];
  let agreedAt: number | null = null;
  let at: string | null = null;
  const diverged = ({ recorded, ...what }: Difference): Replayed => {
    const versions = { recorded: recorded ?? null, today: actorTypes[kind].version };
    const divergence = { seq: events, machine: versions, agreedAt, ...what };
    return { events, hashes, divergence, at };
  };
  onProgress(0);
  try {
    for await (const { meta, event } of reader.events(log, 0)) {
      at = meta.at;
      const { state } = machine;
      if (meta.state) {
        hashes++;
        const difference = stateDifference(state, meta.state, agreedAt, events);
        if (difference) return diverged(difference);
        agreedAt = events;
      }
      if (!machine.accept(event)) return diverged(unlawful(kind, state, event, events));
      if (++events % progressEvents === 0) onProgress(events);
    }
  } catch (error) {
    if (!(error instanceof Corrupt)) throw error;
    return diverged(unreadable(machine.state, error, events));
  }
  onProgress(events);
  return { events, hashes, divergence: null, at };
}

type Difference = Omit<Divergence, 'actor' | 'log' | 'seq' | 'program' | 'machine' | 'agreedAt'> & {
  /** Version of the machine that was recorded. */
  readonly recorded?: number;
};

function stateDifference(
  state: Machine['state'],
  { machine: recorded, hash: expected }: NonNullable<Meta['state']>,
  agreedAt: number | null,
  seq: number,
): Difference | null {
  const found = stateHash(state);
  if (found === expected) return null;
  const from = agreedAt ?? 0;
  const cause = seq - from === 1 ? `event ${from}` : `events ${from} to ${seq - 1}`;
  const message = `the state before event ${seq} is not the one that was recorded: ${cause} lead elsewhere today`;
  return { what: 'state', state, recorded, expected, found, message };
}

function unlawful(
  kind: ActorKind,
  state: Machine['state'],
  { type }: Recorded['event'],
  seq: number,
): Difference {
  return {
    what: 'unlawful',
    state,
    expected: `an event that a ${kind} accepts while it is ${JSON.stringify(state.value)}`,
    found: type,
    message: `${type} at event ${seq} is not lawful there today`,
  };
}

function unreadable(state: Machine['state'], { code, message }: Corrupt, seq: number): Difference {
  const why = `event ${seq} cannot be read: ${message}`;
  return { what: 'unreadable', state, expected: 'an event', found: code, message: why };
}

/** The version of the program that was at work at a time, by what nodes said when they started. */
async function programsOf(
  reader: Logs,
  entries: readonly Entry[],
): Promise<(at: string | null) => string | null> {
  const starts: { readonly at: string; readonly version: string }[] = [];
  for (const { log, kind } of entries) {
    if (kind !== 'node') continue;
    try {
      for await (const { meta, event } of reader.events(log, 0)) {
        if (event.type === 'node.started') starts.push({ at: meta.at, version: event.version });
      }
    } catch (error) {
      // The replay of that log names the event.
      if (!(error instanceof Corrupt)) throw error;
    }
  }
  return (at) =>
    at === null ? null : (starts.findLast((start) => start.at <= at)?.version ?? null);
}
