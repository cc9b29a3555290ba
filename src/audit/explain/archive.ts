import { decodeRecorded, sha256Hex, type ActorKind, type Recorded } from '../../../events/index.ts';
import { isUnreadable, type Evidence, type StoredLog } from '../evidence.ts';
import { readableEvents, type Survey } from '../survey.ts';
import type { Entry } from './tale.ts';

/** A block as it lies in a log; `hash` is what statements are referred to by. */
export type Kept = { readonly hash: string; readonly recorded: Recorded };

/** The registered logs of evidence, read event by event. Notes how far into each log a reader went. */
export class EvidenceArchive {
  readonly #byKey: ReadonlyMap<string, StoredLog>;
  readonly #keyOf = new Map<string, string>();
  readonly #owner = new Map<string, { readonly actor: string; readonly kind: ActorKind }>();
  readonly #last = new Map<string, number>();

  constructor({ stored }: Pick<Evidence, 'stored'>, { registered }: Pick<Survey, 'registered'>) {
    this.#byKey = new Map(stored.flatMap((log) => (isUnreadable(log) ? [] : [[log.key, log]])));
    for (const { actor, kind, log } of registered) {
      if (!this.#keyOf.has(actor)) this.#keyOf.set(actor, log);
      this.#owner.set(log, { actor, kind });
    }
  }

  keyOf(actor: string): string | null {
    return this.#keyOf.get(actor) ?? null;
  }

  log(key: string): StoredLog | null {
    return this.#byKey.get(key) ?? null;
  }

  /** Says that an event is part of what is told. */
  rely(key: string, seq: number): void {
    this.#last.set(key, Math.max(seq, this.#last.get(key) ?? 0));
  }

  /** The logs that were relied on, and up to which event. */
  relied(): { actor: string; kind: ActorKind; key: string; last: number }[] {
    return [...this.#last].flatMap(([key, last]) => {
      const owner = this.#owner.get(key);
      return owner ? [{ ...owner, key, last }] : [];
    });
  }

  /** One block; null when it is not there or no event. */
  async at(key: string, seq: number): Promise<Kept | null> {
    const log = this.log(key);
    if (!log || seq >= log.length) return null;
    const [block] = await log.blocks(seq, seq + 1);
    if (!block || isUnreadable(block)) return null;
    try {
      return { hash: sha256Hex(block), recorded: decodeRecorded(block, { log: key, seq }) };
    } catch {
      return null;
    }
  }

  /** The events of an actor that can be read, in order. */
  events(actor: string): AsyncGenerator<Entry> {
    return this.eventsIn(this.keyOf(actor) ?? '');
  }

  /** Those of a log. */
  async *eventsIn(key: string): AsyncGenerator<Entry> {
    const log = this.log(key);
    if (!log) return;
    for await (const { seq, recorded } of readableEvents(log)) {
      yield { seq, at: recorded.meta.at, body: recorded.body, event: recorded.event };
    }
  }
}
