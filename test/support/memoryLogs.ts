import {
  Corrupt,
  encodeRecorded,
  kindOf,
  schemaVersion,
  sha256Hex,
  type ActorKind,
  type BzzzEvent,
  type Head,
  type Recorded,
  type SealedBody,
  type StatementRef,
} from '../../events/index.ts';
import type { LogReader } from '../../src/ports.ts';

type Log = { readonly actor: string; readonly kind: ActorKind; readonly log: string };
type Kept = Log & { readonly events: Recorded[]; readonly roots: string[] };

const startMs = Date.parse('2026-11-23T10:00:00.000Z');

/** A fact to append, with the text said with it. */
export type Said<E extends BzzzEvent = BzzzEvent> = { readonly event: E; readonly text?: string };

/**
 * Logs in memory: appended to as an actor host would, read as the views and auditors read, and open to
 * tampering. Keys, times and ids follow from the order of appends, so two runs give the same logs.
 */
export class MemoryLogs implements LogReader {
  readonly #logs = new Map<string, Kept>();
  #events = 0;

  /** Key of the log of an actor. */
  keyOf(actor: string): string {
    return sha256Hex(actor);
  }

  /** True when the actor has a log. */
  has(actor: string): boolean {
    return this.#logs.has(this.keyOf(actor));
  }

  /** Appends facts to the log of an actor, made at its first event. */
  append(actor: string, ...facts: readonly (BzzzEvent | Said)[]): Recorded[] {
    return facts.map((fact) => {
      const { event, text } = 'event' in fact ? fact : { event: fact };
      const log = this.#open(actor, event);
      const body = text === undefined ? {} : { body: sealed(actor, text) };
      return this.#push(log, { meta: this.#meta(log), event, ...body });
    });
  }

  /** Points at an event, as the other side of the double entry does. */
  refTo(recorded: Recorded): StatementRef {
    const { stream: log, seq } = recorded.meta;
    return { log, seq, hash: sha256Hex(encodeRecorded(recorded)) };
  }

  /** Replaces an event, and signs all that follows again: what a forger with the key would do. */
  rewrite(actor: string, seq: number, event: BzzzEvent): void {
    const log = this.#logOf(actor);
    const rest = log.events.splice(seq);
    log.roots.splice(seq);
    for (const [index, recorded] of rest.entries())
      this.#push(log, index === 0 ? { ...recorded, event } : recorded);
  }

  /** Loses an event: those after it keep their positions. */
  lose(actor: string, seq: number): void {
    const log = this.#logOf(actor);
    log.events.splice(seq, 1);
  }

  /** Cuts a log to that length. */
  truncate(actor: string, length: number): void {
    const log = this.#logOf(actor);
    log.events.length = length;
    log.roots.length = length;
  }

  /** Takes a log out of the register. */
  unregister(actor: string): void {
    this.#logs.delete(this.keyOf(actor));
  }

  /** Every event of every log. */
  all(): Recorded[] {
    return [...this.#logs.values()].flatMap(({ events }) => events);
  }

  async logs(): Promise<readonly (Log & { length: number })[]> {
    return [...this.#logs.values()].map(({ actor, kind, log, roots }) => ({
      actor,
      kind,
      log,
      length: roots.length,
    }));
  }

  async *events(log: string, from: number, to?: number): AsyncIterable<Recorded> {
    const { events, roots } = this.#byKey(log);
    for (let index = from; index < Math.min(to ?? roots.length, events.length); index++) {
      const recorded = events[index];
      if (recorded) yield recorded;
    }
  }

  async head(log: string, length?: number): Promise<Head> {
    const { roots } = this.#byKey(log);
    const at = length ?? roots.length;
    const root = at === 0 ? sha256Hex('') : roots[at - 1];
    if (root === undefined) throw new Corrupt('LOG_GAP', `log ${log} has no ${at} events`);
    return { log, length: at, root, fork: 0 };
  }

  #open(actor: string, event: BzzzEvent): Kept {
    const log = this.keyOf(actor);
    const known = this.#logs.get(log);
    if (known) return known;
    const kind = kindOf(event.type);
    if (!kind) throw new TypeError(`${event.type} belongs to no kind of actor`);
    const made = { actor, kind, log, events: [], roots: [] };
    this.#logs.set(log, made);
    return made;
  }

  #meta({ actor, log, events }: Kept): Recorded['meta'] {
    const nth = this.#events++;
    const id = `00000000-0000-7000-8000-${nth.toString(16).padStart(12, '0')}`;
    const at = new Date(startMs + nth).toISOString();
    const seq = events.length;
    return { id, v: schemaVersion, at, actor, stream: log, seq, command: `test/${nth}` };
  }

  #push({ events, roots }: Kept, recorded: Recorded): Recorded {
    const block = sha256Hex(JSON.stringify(recorded));
    roots.push(sha256Hex(`${roots.at(-1) ?? ''}${block}`));
    events.push(recorded);
    return recorded;
  }

  #logOf(actor: string): Kept {
    return this.#byKey(this.keyOf(actor));
  }

  #byKey(log: string): Kept {
    const found = this.#logs.get(log);
    if (!found) throw new TypeError(`no log ${log}`);
    return found;
  }
}

/** What a reader is shown: of each log a part, the logs in some order. */
export function shownUpTo(
  logs: LogReader,
  lengths: ReadonlyMap<string, number>,
  order: readonly string[] = [...lengths.keys()],
): LogReader {
  return {
    async logs() {
      const all = await logs.logs();
      return order.flatMap((log) => {
        const found = all.find((each) => each.log === log);
        return found ? [{ ...found, length: lengths.get(log) ?? 0 }] : [];
      });
    },
    events: (log, from, to) => logs.events(log, from, to ?? lengths.get(log)),
    head: (log, length) => logs.head(log, length ?? lengths.get(log)),
  };
}

/** A text that looks sealed, and that a test can read. */
function sealed(subject: string, text: string): SealedBody {
  return { subject, box: Buffer.from(text).toString('base64') };
}

/** The text of a body made by `sealed`. */
export function opened(body: SealedBody | null): string | null {
  return body && 'box' in body ? Buffer.from(body.box, 'base64').toString() : null;
}
