import { decodeRecorded, Refusal, type ActorKind, type Recorded } from '../../events/index.ts';
import type { EventLog, LogReader } from '../ports.ts';
import { hex } from './hypercoreLog.ts';
import { rootOver, type BrokenCore, type StoredCore } from './storedCore.ts';

type Registered = {
  readonly actor: string;
  readonly kind: ActorKind;
  readonly log: string;
  readonly doubtful?: true;
};

/** A reader of logs that keeps those it has opened until it is closed. */
export interface ClosableReader extends LogReader {
  close(): Promise<void>;
}

/**
 * Reads the registered logs of a store, whichever way they are opened. Lengths and heads are taken from what
 * is `stored`: opening a log only to learn its length costs ten times as much.
 */
export function createReader(
  registered: () => Promise<readonly Registered[]>,
  open: (entry: Registered) => Promise<EventLog>,
  stored: () => Promise<readonly (StoredCore | BrokenCore)[]>,
): ClosableReader {
  const opened = new Map<string, Promise<EventLog>>();
  const known = new Map<string, StoredCore>();

  async function logOf(key: string): Promise<EventLog> {
    const found = opened.get(key);
    if (found) return found;
    const entry = (await registered()).find(({ log }) => log === key);
    if (!entry) throw new Refusal('NOT_FOUND', `no log ${key} is registered here`);
    const log = open(entry);
    opened.set(key, log);
    return log;
  }

  return {
    async logs() {
      const entries = await registered();
      for (const core of await stored()) if ('key' in core) known.set(core.key, core);
      return Promise.all(
        entries.map(async (entry) => {
          if (entry.doubtful) return { ...entry, length: 0 };
          const { length } = known.get(entry.log) ?? (await logOf(entry.log));
          return { ...entry, length };
        }),
      );
    },
    async *events(key, from, to): AsyncGenerator<Recorded> {
      const log = await logOf(key);
      let seq = from;
      for await (const block of log.read(from, to))
        yield decodeRecorded(block, { log: key, seq: seq++ });
    },
    async head(key, length) {
      const core = known.get(key);
      if (core && length !== undefined && length <= core.length) {
        const root = await rootOver(core, 0, length);
        if (root) return { log: key, length, root: hex(root), fork: core.fork };
      }
      return (await logOf(key)).head(length);
    },
    async close() {
      await Promise.all([...opened.values()].map(async (log) => (await log).close()));
      opened.clear();
    },
  };
}
