import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { Corrupt, decodeRecorded, kindOf } from '../../events/index.ts';
import type { LogReader } from '../../src/ports.ts';

const first = z.object({
  meta: z.object({ actor: z.string(), stream: z.string() }),
  event: z.object({ type: z.string() }),
});

/** Logs that lie in a folder as JSON Lines, an event a line: to be read as those of a store are. */
export async function recordedLogs(dir: string): Promise<Pick<LogReader, 'logs' | 'events'>> {
  const lines = new Map<string, readonly string[]>();
  const logs: Awaited<ReturnType<LogReader['logs']>>[number][] = [];
  for (const file of (await readdir(dir)).toSorted()) {
    if (!file.endsWith('.jsonl')) continue;
    const read = (await readFile(join(dir, file), 'utf8')).trimEnd().split('\n');
    const { meta, event } = first.parse(JSON.parse(read[0] ?? ''));
    const kind = kindOf(event.type);
    if (!kind) throw new TypeError(`${file} is of no kind of actor`);
    logs.push({ actor: meta.actor, kind, log: meta.stream, length: read.length });
    lines.set(meta.stream, read);
  }
  return {
    logs: async () => logs,
    async *events(log, from, to) {
      for (const [index, line] of (lines.get(log) ?? []).slice(from, to).entries()) {
        const seq = from + index;
        const recorded = decodeRecorded(Buffer.from(line), { log, seq });
        if (recorded.meta.seq !== seq) throw new Corrupt('LOG_GAP', `log ${log} has no ${seq}`);
        yield recorded;
      }
    },
  };
}
