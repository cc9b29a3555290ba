import type { Recorded, SealedBody } from '../../events/index.ts';

/** That the texts of a subject were erased, as the node has recorded it. */
export type Erasure = {
  /** Event of the node's log. */
  readonly seq: number;
  /** RFC 3339. */
  readonly at: string;
  readonly subject: string;
  readonly reason: string;
  readonly by: string;
  /** SHA-256 of the key that was destroyed; null when there was none. */
  readonly key: string | null;
  /** Hashes of the large texts that were sealed with it. */
  readonly blobs: readonly string[];
};

/** The erasure that an event tells of; null for any other event. */
export function erasureIn({ meta: { seq, at }, event }: Recorded): Erasure | null {
  if (event.type !== 'node.subject.erased') return null;
  const { subject, reason, by, key, blobs } = event;
  return { seq, at, subject, reason, by, key, blobs };
}

/** Every erasure of a node, in the order of its log. */
export class Erasures {
  readonly #all: Erasure[] = [];
  readonly #latest = new Map<string, Erasure>();

  add(erasure: Erasure): void {
    this.#all.push(erasure);
    this.#latest.set(erasure.subject, erasure);
  }

  get all(): readonly Erasure[] {
    return this.#all;
  }

  /** The last erasure of a subject; null when there was none. */
  of(subject: string): Erasure | null {
    return this.#latest.get(subject) ?? null;
  }

  /** True for a text that was sealed before its subject was erased. What was sealed later has a new key. */
  covers(body: SealedBody, at: string): boolean {
    const erasure = this.of(body.subject);
    return erasure !== null && at <= erasure.at;
  }

  /**
   * An event as views may keep it: of a text that was erased they know whose it was, and nothing more. It
   * does not matter in which order logs are read.
   */
  withoutErased(recorded: Recorded): Recorded {
    const { body } = recorded;
    if (!body || !this.covers(body, recorded.meta.at)) return recorded;
    return { ...recorded, body: { subject: body.subject, box: '' } };
  }
}
