import type { LogReader } from '../ports.ts';

export type AsOfOptions = {
  readonly signal: AbortSignal;
  /** Called after every few hundred events that were looked at. */
  readonly onProgress: (progress: { done: number; total: number }) => void;
};

const progressEvents = 256;

type Entry = Awaited<ReturnType<LogReader['logs']>>[number];

/**
 * The logs as they were at a moment (RFC 3339): each ends before its first event that was recorded later, and
 * what was not registered by then is not there. A clock may have been set back, so every event up to the
 * end is looked at.
 */
export async function asOf(
  reader: LogReader,
  at: string,
  options: AsOfOptions,
): Promise<LogReader> {
  const past = await lengthsAt(reader, Date.parse(at), options);
  const lengths = new Map(past.map(({ log, length }) => [log, length]));
  return {
    logs: async () => past,
    events: (log, from, to = Infinity) =>
      reader.events(log, from, Math.min(to, lengths.get(log) ?? 0)),
    head: (log, length) => reader.head(log, length ?? lengths.get(log) ?? 0),
  };
}

async function lengthsAt(
  reader: LogReader,
  atMs: number,
  { signal, onProgress }: AsOfOptions,
): Promise<Entry[]> {
  const entries = await reader.logs();
  const total = entries.reduce((sum, { length }) => sum + length, 0);
  const registered = new Set<string>();
  const past: Entry[] = [];
  let done = 0;
  for (const entry of entries) {
    // Nodes come first: their logs say which others there were.
    if (entry.kind !== 'node' && !registered.has(entry.log)) continue;
    let length = 0;
    for await (const { meta, event } of reader.events(entry.log, 0)) {
      if (Date.parse(meta.at) > atMs) break;
      if (event.type === 'node.log.registered') registered.add(event.log);
      length++;
      if (++done % progressEvents === 0) {
        signal.throwIfAborted();
        onProgress({ done, total });
      }
    }
    if (entry.kind !== 'node' || length > 0) past.push({ ...entry, length });
  }
  signal.throwIfAborted();
  return past;
}
