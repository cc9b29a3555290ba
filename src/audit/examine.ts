import { Corrupt, decodeWritten } from '../../events/index.ts';
import type { TextRefs } from '../shared/textRefs.ts';
import type { EventCheck, OpenDifference, Seen } from './checks/check.ts';
import type { Difference } from './findings.ts';

const whyCharsMax = 200;
const openingBrace = 0x7b;

/** Shows an event to every check: each goes on counting, whatever another has found. */
export function examine(
  { refs, ...seen }: Pick<Seen, 'subject' | 'seq' | 'block'> & { readonly refs: TextRefs },
  checks: readonly EventCheck[],
): Difference | OpenDifference | null {
  const decoded = tryDecode(seen);
  if (decoded instanceof Corrupt) return undecodable(decoded, seen.seq);
  const { recorded, written, value } = decoded;
  // Text that a byte order mark was cut off from is as little plain as any other.
  const isPlain = seen.block[0] === openingBrace && JSON.stringify(value) === written;
  const shown = { ...seen, recorded, isPlain, refs: refs.of(recorded) };
  return checks.reduce<Difference | OpenDifference | null>((found, check) => {
    const difference = check(shown);
    return found ?? difference;
  }, null);
}

function tryDecode({
  subject: { log },
  seq,
  block,
}: Pick<Seen, 'subject' | 'seq' | 'block'>): ReturnType<typeof decodeWritten> | Corrupt {
  try {
    return decodeWritten(block, { log, seq });
  } catch (error) {
    if (error instanceof Corrupt) return error;
    throw error;
  }
}

function undecodable({ message, data }: Corrupt, seq: number): Difference {
  const why = message.replace(/^log \w+ seq \d+: /, '');
  return {
    check: 'envelope',
    seq,
    field: typeof data['field'] === 'string' ? data['field'] : null,
    expected: 'an event',
    found: why.length > whyCharsMax ? `${why.slice(0, whyCharsMax)}...` : why,
    message: `event ${seq} cannot be read as one`,
  };
}
