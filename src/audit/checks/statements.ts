import type { EventOf } from '../../../events/index.ts';
import { fingerprint } from '../fingerprints.ts';
import type { Names } from '../names.ts';
import { Rows } from '../rows.ts';

/** What is entered in threads; a summary serves the prompts of others and is not. */
export type Stated = Exclude<
  Extract<EventOf<'agent'>, { type: `agent.${string}.stated` }>,
  { type: 'agent.summary.stated' }
>;

/** The columns of a statement; two words of its fingerprint begin at `said`. */
const column = {
  seq: 0,
  type: 1,
  thread: 2,
  /** What a vote is on. */
  proposal: 3,
  said: 4,
  /** Row of the next statement of the same turn, plus one. */
  next: 6,
  /** Thread that entered it, plus one, and the event in which it did. */
  enteredIn: 7,
  enteredAt: 8,
} as const;
const width = 9;

const types: readonly Stated['type'][] = [
  'agent.finding.stated',
  'agent.review.stated',
  'agent.vote.stated',
  'agent.message.stated',
  'agent.objection.stated',
];

/** What an agent said: of each statement no more than it takes to see that an entry is the same. */
export class Statements {
  readonly #rows = new Rows(width);
  readonly #names: Names;

  constructor(names: Names) {
    this.#names = names;
  }

  /** Adds a statement, in the order of the log. Returns its row. */
  add(event: Stated, { seq, hash }: { readonly seq: number; readonly hash: string }): number {
    return this.#rows.add([
      seq,
      types.indexOf(event.type),
      this.#names.numberOf(event.thread),
      event.type === 'agent.vote.stated' ? this.#names.numberOf(event.proposal) : 0,
      ...fingerprint(saying(event, hash)),
    ]);
  }

  /** Has a statement follow another one of the same turn. */
  link(row: number, next: number): void {
    this.#rows.set(row, column.next, next + 1);
  }

  /** Row of the next statement of the same turn; -1 after the last. */
  after(row: number): number {
    return this.#rows.get(row, column.next) - 1;
  }

  find(seq: number): Statement | null {
    let from = 0;
    let to = this.#rows.length;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (this.#rows.get(middle, column.seq) < seq) from = middle + 1;
      else to = middle;
    }
    const found = from < this.#rows.length && this.#rows.get(from, column.seq) === seq;
    return found ? this.at(from) : null;
  }

  at(row: number): Statement {
    const rows = this.#rows;
    const names = this.#names;
    const enteredIn = rows.get(row, column.enteredIn);
    return {
      seq: rows.get(row, column.seq),
      type: types[rows.get(row, column.type)] ?? null,
      thread: names.nameOf(rows.get(row, column.thread)),
      proposal: names.nameOf(rows.get(row, column.proposal)),
      entered:
        enteredIn === 0
          ? null
          : { thread: names.nameOf(enteredIn - 1), seq: rows.get(row, column.enteredAt) },
      says: (text) => {
        const [low, high] = fingerprint(text);
        return rows.get(row, column.said) === low && rows.get(row, column.said + 1) === high;
      },
      enter: (thread, seq) => {
        rows.set(row, column.enteredIn, names.numberOf(thread) + 1);
        rows.set(row, column.enteredAt, seq);
      },
    };
  }
}

/** A statement, as far as it is kept. */
export type Statement = {
  readonly seq: number;
  readonly type: Stated['type'] | null;
  readonly thread: string;
  /** What a vote is on; nothing in other statements. */
  readonly proposal: string;
  /** Event of a thread in which it was entered. */
  readonly entered: { readonly thread: string; readonly seq: number } | null;
  /** True when it is that `saying`. */
  says(text: string): boolean;
  enter(thread: string, seq: number): void;
};

/** The hash of a block, and what an entry repeats of it: the same text for a statement and for its entry. */
export function saying(said: Said, hash: string): string {
  return JSON.stringify([hash, ...factsOf(said)]);
}

type Said = Stated | Extract<EventOf<'thread'>, { type: Entered; ref: object }>;
type Entered = EventOf<'thread'>['type'];

function factsOf(said: Said): unknown[] {
  switch (said.type) {
    case 'agent.finding.stated':
    case 'thread.finding.entered':
      return [said.place, said.kind, said.severity, said.confidencePct];
    case 'agent.review.stated':
    case 'thread.review.entered':
      return [said.findings];
    case 'agent.vote.stated':
    case 'thread.vote.cast':
      return [said.round, said.proposal, said.hash, said.choice, said.confidencePct, said.evidence];
    case 'agent.message.stated':
    case 'thread.message.posted':
    case 'agent.objection.stated':
    case 'thread.objection.raised':
      return [said.proposal];
  }
}
