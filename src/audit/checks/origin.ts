import {
  decodeRecorded,
  type BzzzEvent,
  type EventOf,
  type Json,
  type Recorded,
} from '../../../events/index.ts';
import { isUnreadable } from '../evidence.ts';
import type { Difference, Findings, Subject } from '../findings.ts';
import { hex, MerkleTree } from '../merkle.ts';
import { compare, type EventCheck } from './check.ts';
import type { Listed } from './register.ts';

type Forked = EventOf<'thread'> & { type: 'thread.forked' };

/** What is needed of a thread to hold its forks against it. */
type Origin = {
  /** Its events up to where the longest fork leaves it, and the one after. */
  readonly events: Recorded[];
  readonly lengthMax: number;
  /** The roots over its first events, by how many; of the lengths that forks took over. */
  readonly roots: Map<number, string | null>;
  /** Forks that are still to be looked at. */
  forks: number;
};

/**
 * Holds forks against the threads that they were forked from. Which those are is read off the first event of
 * each thread, so that only they are kept, and each is read before its forks.
 */
export class Origins {
  readonly #claims: ReadonlyMap<string, Forked['origin']>;
  readonly #origins = new Map<string, Origin>();

  constructor(claims: ReadonlyMap<string, Forked['origin']> = new Map()) {
    this.#claims = claims;
    for (const { log, length } of claims.values()) {
      const known = this.#origins.get(log);
      this.#origins.set(log, {
        events: [],
        lengthMax: Math.max(known?.lengthMax ?? 0, length),
        roots: (known?.roots ?? new Map<number, string | null>()).set(length, null),
        forks: (known?.forks ?? 0) + 1,
      });
    }
  }

  static async survey(listed: readonly Listed[]): Promise<Origins> {
    const claims = new Map<string, Forked['origin']>();
    for (const { subject, stored } of listed) {
      if (subject.kind !== 'thread' || !stored || stored.length === 0) continue;
      const [block] = await stored.blocks(0, 1);
      const first = block && !isUnreadable(block) ? tryDecode(block, subject.log) : null;
      if (first?.type === 'thread.forked') claims.set(subject.log, first.origin);
    }
    return new Origins(claims);
  }

  /** The same logs, a thread before those that were forked from it. */
  inOrder(listed: readonly Listed[]): Listed[] {
    const depth = (log: string, below = new Set<string>()): number => {
      const origin = this.#claims.get(log)?.log;
      // Threads that claim to come from each other: in any order, one of them is false.
      if (origin === undefined || below.has(log)) return 0;
      return 1 + depth(origin, below.add(log));
    };
    const depths = new Map(listed.map(({ subject: { log } }) => [log, depth(log)]));
    const depthOf = ({ subject: { log } }: Listed): number => depths.get(log) ?? 0;
    return listed.toSorted((a, b) => depthOf(a) - depthOf(b));
  }

  /** Keeps of a thread what its forks are held against. */
  listener({ log }: Subject): EventCheck {
    const origin = this.#origins.get(log);
    const tree = new MerkleTree();
    return ({ seq, recorded, block }) => {
      // With a block missing in between, the log is doubtful, and nothing is held against it.
      if (!origin || seq > origin.lengthMax || seq !== tree.length) return null;
      origin.events.push(recorded);
      tree.append(block);
      if (origin.roots.has(tree.length)) origin.roots.set(tree.length, hex(tree.hash()));
      return null;
    };
  }

  find(log: string): Origin | undefined {
    return this.#origins.get(log);
  }

  /** A fork has been looked at; what nobody needs any more is let go of. */
  release(log: string): void {
    const origin = this.#origins.get(log);
    if (origin && --origin.forks === 0) this.#origins.delete(log);
  }
}

export type ForkCheckInit = {
  readonly origins: Origins;
  readonly findings: Findings;
  /** The registered log of an actor. */
  readonly logOf: (actor: string) => string | null;
};

/** What a fork has taken over is what its origin holds, no more and no less, and it goes its own way after that. */
export class ForkCheck {
  readonly #thread: Subject;
  readonly #init: ForkCheckInit;
  #forked: Forked | null = null;
  /** Null in a thread that is no fork, and where the origin is not here or is known to be false. */
  #origin: Origin | null = null;
  #length = 0;

  constructor(thread: Subject, init: ForkCheckInit) {
    this.#thread = thread;
    this.#init = init;
  }

  readonly check: EventCheck = ({ seq, recorded }) => {
    this.#length = seq + 1;
    const { event } = recorded;
    if (seq === 0 && event.type === 'thread.forked') return this.#begin(event);
    if (!this.#forked) return null;
    const { origin } = this.#forked;
    const { length } = origin;
    if (seq < length) return this.#copy(seq, recorded);
    // After the copies: an event that differs says more than the root over all of them.
    const claim =
      seq === length ? (this.#rootDifference(origin) ?? this.#cutDifference(origin)) : null;
    const isStart = event.type === 'thread.fork.started';
    if (claim || isStart === (seq === length)) return claim;
    const message = `a fork that took over ${length} events starts at event ${length}, and only there`;
    const expected = seq === length ? 'thread.fork.started' : 'an event of its own';
    return { check: 'origin', seq, field: 'event.type', expected, found: event.type, message };
  };

  /** Once the fork is read: it is whole. */
  conclude(): void {
    if (!this.#forked) return;
    const { origin, by, model } = this.#forked;
    const { findings, origins } = this.#init;
    const difference = this.#unfinished(origin.length);
    if (difference && !findings.doubtful(this.#thread.log)) findings.add(this.#thread, difference);
    const how = `forked from ${origin.thread} after event ${origin.length - 1} by ${by}`;
    const asks = model === null ? '' : `, model ${model}`;
    const unseen = this.#origin
      ? ''
      : '; what it took over was not compared: that log is not here, or not whole';
    findings.note(this.#thread, { kind: 'forked', seq: 0, message: `${how}${asks}${unseen}` });
    origins.release(origin.log);
  }

  #begin(forked: Forked): Difference | null {
    this.#forked = forked;
    const { origins, findings, logOf } = this.#init;
    const { thread, log } = forked.origin;
    const registered = logOf(thread);
    if (registered !== log && !findings.doubtful(thread)) {
      const message = `the fork names a log as its origin that is not the one of ${thread}`;
      return compare('origin', 0, message, [['event.origin.log', registered, log]]);
    }
    const origin = origins.find(log);
    const first = origin?.events[0]?.event;
    if (!origin || !first || findings.doubtful(log)) return null;
    this.#origin = origin;
    const subject = first.type === 'thread.forked' ? first.subject : thread;
    const message = `the texts that were taken over are sealed for ${subject}`;
    return compare('origin', 0, message, [['event.subject', subject, forked.subject]]);
  }

  #copy(seq: number, { meta, event, body }: Recorded): Difference | null {
    if (!this.#origin || !this.#forked) return null;
    const { thread } = this.#forked.origin;
    const original = this.#origin.events[seq];
    if (!original) {
      const message = `event ${seq} is said to be taken over from ${thread}, which has no such event`;
      return { check: 'origin', seq, field: 'event', expected: null, found: event, message };
    }
    return compare(
      'origin',
      seq,
      `event ${seq} is not the one of ${thread} that it was taken over from`,
      [
        ...fieldsOf(original.event, event),
        ['body', original.body ?? null, body ?? null],
        ['meta.cause', original.meta.id, meta.cause ?? null],
      ],
    );
  }

  #unfinished(length: number): Difference | null {
    if (this.#length > length) return null;
    const message = `the fork ends before it goes its own way: it was written whole, or not at all`;
    return {
      check: 'origin',
      seq: null,
      field: 'length',
      expected: length + 1,
      found: this.#length,
      message,
    };
  }

  #rootDifference({ thread, length, root }: Forked['origin']): Difference | null {
    if (!this.#origin) return null;
    const message = `the first ${length} events of ${thread} do not have the root that the fork recorded`;
    const expected = this.#origin.roots.get(length) ?? null;
    return compare('origin', 0, message, [['event.origin.root', expected, root]]);
  }

  #cutDifference({ thread, length }: Forked['origin']): Difference | null {
    const [last, next] = this.#origin?.events.slice(length - 1, length + 1) ?? [];
    if (!last || !next || last.meta.command !== next.meta.command) return null;
    return {
      check: 'origin',
      seq: 0,
      field: 'event.origin.length',
      expected: 'the last event of a command',
      found: length - 1,
      message: `the fork cuts in two what was said at once in ${thread}`,
    };
  }
}

/** Every field of two facts, the type first. */
function fieldsOf(
  original: BzzzEvent,
  copy: BzzzEvent,
): [field: string, expected: Json, found: Json][] {
  const was: Readonly<Record<string, Json>> = original;
  const is: Readonly<Record<string, Json>> = copy;
  const names = new Set(['type', ...Object.keys(was), ...Object.keys(is)]);
  return [...names].map((name) => [`event.${name}`, was[name] ?? null, is[name] ?? null]);
}

function tryDecode(block: Uint8Array, log: string): Recorded['event'] | null {
  try {
    return decodeRecorded(block, { log, seq: 0 }).event;
  } catch {
    return null;
  }
}
