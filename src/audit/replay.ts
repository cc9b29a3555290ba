import {
  Corrupt,
  formatAddress,
  parseAddress,
  Refusal,
  type Recorded,
} from '../../events/index.ts';
import type { LogReader } from '../ports.ts';
import { Fold } from '../shared/fold.ts';

export type Moment = {
  /** RFC 3339: everything recorded up to then, that instant included. */
  readonly at?: string | undefined;
  /** Everything up to that event, itself included. */
  readonly seq?: number | undefined;
};

/** An actor at a moment: its state, and the events that led to it. */
export type Replayed = {
  readonly state: unknown;
  readonly context: unknown;
  readonly events: readonly Recorded[];
  /** Number of events. */
  readonly version: number;
};

/**
 * The state of an actor at a moment of its past, by default the latest. Throws Refusal ADDRESS_INVALID,
 * NOT_FOUND for an actor without a log, ARGUMENT_INVALID for a moment that is no time, and Corrupt when the
 * log cannot be read or holds an unlawful event before that moment.
 */
export async function replay(
  reader: LogReader,
  address: string,
  { at, seq = Infinity }: Moment = {},
): Promise<Replayed> {
  const actor = formatAddress(parseAddress(address));
  const untilMs = at === undefined ? Infinity : Date.parse(at);
  if (Number.isNaN(untilMs)) {
    throw new Refusal('ARGUMENT_INVALID', `${at} is not a time; write 2026-11-23T12:00:00Z`);
  }
  const found = (await reader.logs()).find((log) => log.actor === actor);
  if (!found) throw new Refusal('NOT_FOUND', `no log of ${actor} is registered here`);
  const fold = new Fold(found.kind);
  const events: Recorded[] = [];
  for await (const recorded of reader.events(found.log, 0)) {
    const { meta, event } = recorded;
    if (events.length > seq || Date.parse(meta.at) > untilMs) break;
    if (!fold.accept(event)) {
      throw new Corrupt(
        'LOG_UNLAWFUL',
        `${actor}: event ${events.length} (${event.type}) is not lawful there`,
        { data: { actor, seq: events.length } },
      );
    }
    events.push(recorded);
  }
  const { value, context } = fold.state;
  return { state: value, context, events, version: events.length };
}
