import { decodeRecorded, Refusal, type ActorKind, type Recorded } from '../../events/index.ts';
import type { EventLog, LogReader } from '../ports.ts';

type Registered = { readonly actor: string; readonly kind: ActorKind; readonly log: string };

/** A reader of logs that keeps those it has opened until it is closed. */
export interface ClosableReader extends LogReader {
  close(): Promise<void>;
}

/** Reads the registered logs of a store, whichever way they are opened. */
export function createReader(
  registered: () => Promise<readonly Registered[]>,
  open: (entry: Registered) => Promise<EventLog>,
): ClosableReader {
  const opened = new Map<string, Promise<EventLog>>();

  async function logOf(key: string): Promise<EventLog> {
    const known = opened.get(key);
    if (known) return known;
    const entry = (await registered()).find(({ log }) => log === key);
    if (!entry) throw new Refusal('NOT_FOUND', `no log ${key} is registered here`);
    const log = open(entry);
    opened.set(key, log);
    return log;
  }

  return {
    async logs() {
      const entries = await registered();
      return Promise.all(
        entries.map(async (entry) => ({ ...entry, length: (await logOf(entry.log)).length })),
      );
    },
    async *events(key, from, to): AsyncGenerator<Recorded> {
      const log = await logOf(key);
      let seq = from;
      for await (const block of log.read(from, to))
        yield decodeRecorded(block, { log: key, seq: seq++ });
    },
    async head(key, length) {
      return (await logOf(key)).head(length);
    },
    async close() {
      await Promise.all([...opened.values()].map(async (log) => (await log).close()));
      opened.clear();
    },
  };
}
