import { canonicalJson, type ActorKind, type Json, type Recorded } from '../../../events/index.ts';
import type { TextRef } from '../../shared/textRefs.ts';
import type { Difference, Subject } from '../findings.ts';
import type { CheckName } from '../report.ts';

/** An event of a log, in its order, whose bytes are proved. */
export type Seen = {
  readonly subject: Subject & { readonly kind: ActorKind };
  readonly seq: number;
  readonly recorded: Recorded;
  readonly block: Uint8Array;
  /** The only text that JSON.stringify writes for what the block says, and nothing but that. */
  readonly isPlain: boolean;
  /** Texts that it refers to. */
  readonly refs: readonly TextRef[];
};

/**
 * Something is wrong with an event; what exactly is said when asked, because the other side of it has to be
 * read once more.
 */
export type OpenDifference = () => Promise<Difference>;

/** Looks at the events of one log, first to last, and says what is wrong with the one it is shown. */
export type EventCheck = (seen: Seen) => Difference | OpenDifference | null;

/** Compares what is there with what has to be; the first member that differs is the divergence. */
export function compare(
  check: CheckName,
  seq: number,
  message: string,
  members: readonly (readonly [field: string, expected: Json, found: Json])[],
): Difference | null {
  for (const [field, expected, found] of members) {
    if (isSame(expected, found)) continue;
    return { check, seq, field, expected, found, message };
  }
  return null;
}

function isSame(expected: Json, found: Json): boolean {
  if (expected === found) return true;
  if (typeof expected !== 'object' || typeof found !== 'object') return false;
  // Nearly always members come in the same order, and sorting them costs much more.
  if (JSON.stringify(expected) === JSON.stringify(found)) return true;
  return canonicalJson(expected) === canonicalJson(found);
}
