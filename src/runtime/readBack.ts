import { decodeRecorded, type Recorded } from '../../events/index.ts';
import type { EventLog } from '../ports.ts';

/** Events of a log from (inclusive) to (exclusive), with their bytes; none where there is no log. */
export async function readBack(
  log: EventLog | null,
  from: number,
  to: number,
): Promise<{ recorded: Recorded; block: Uint8Array }[]> {
  const found: { recorded: Recorded; block: Uint8Array }[] = [];
  if (!log) return found;
  for await (const block of log.read(from, to)) {
    const where = { log: log.key, seq: from + found.length };
    found.push({ recorded: decodeRecorded(block, where), block });
  }
  return found;
}
