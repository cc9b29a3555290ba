import { decodeRecorded, sha256Hex, type Recorded } from '../../events/index.ts';
import { EvidenceLost, isUnreadable, type Evidence } from './evidence.ts';

/**
 * Reads an event once more that was seen before: what it says in full is not kept, and is asked for only to
 * say what is wrong with it. Throws EvidenceLost when it is no longer there.
 */
export type Reread = (
  log: string,
  seq: number,
) => Promise<{ readonly recorded: Recorded; readonly hash: string }>;

export function rereading({ stored }: Evidence): Reread {
  return async (log, seq) => {
    const found = stored.find((each) => !isUnreadable(each) && each.key === log);
    const [block] = found && !isUnreadable(found) ? await found.blocks(seq, seq + 1) : [];
    if (!block || isUnreadable(block)) throw changed(log, seq);
    return { recorded: decodeRecorded(block, { log, seq }), hash: sha256Hex(block) };
  };
}

/** The store is not what it was a moment ago. */
export function changed(log: string, seq: number): EvidenceLost {
  return new EvidenceLost(
    'LOG_CORRUPT',
    `event ${seq} of log ${log} changed while it was verified`,
  );
}
