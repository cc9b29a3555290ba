import type { EventOf, ServiceTier, Usage } from '../../../events/index.ts';
import { fingerprint, FingerprintMap } from '../fingerprints.ts';
import { Names } from '../names.ts';
import { Rows } from '../rows.ts';
import type { Subject } from '../findings.ts';

type Fact<Type extends string> = Extract<EventOf<'budget'>, { type: Type }>;
export type HoldEnd = Fact<'budget.settled' | 'budget.released' | 'budget.hold.charged'>;

/** A hold that has no end yet, with all that its end is judged by. */
export type OpenHold = Fact<'budget.held'> & { readonly row: number };

/** What a hold was made for: what its call has to be. */
export type Purpose = {
  readonly agent: string;
  readonly thread: string;
  readonly model: string;
  /** Null in a hold of version 1, which did not record it. */
  readonly promptTokens: number | null;
  /** Version of the program that recorded it. */
  readonly v: number;
};

/** What was used, as the ledger and the agent each recorded it. */
export type Used = { readonly usage: Usage | null; readonly serviceTier: ServiceTier | null };

export type CallEnd = 'open' | 'completed' | 'failed';

/** The columns of a hold; two words each of `purpose` and `used`. */
const column = {
  seq: 0,
  agent: 1,
  purpose: 2,
  flags: 4,
  endSeq: 5,
  used: 6,
  /** The agent that made the call, plus one, and the events with which it began and ended. */
  caller: 8,
  callSeq: 9,
  callEndSeq: 10,
} as const;
const width = 11;

const flag = {
  /** The hold says for how many tokens it was made. */
  terms: 1,
  settled: 2,
  released: 4,
  charged: 8,
  otherPriceBook: 16,
  completed: 32,
  failed: 64,
  /** The agent ended the turn with the answer. */
  answerUsed: 128,
  /** Failed in a way that the provider charges for, while the process was there to see it. */
  billed: 256,
  /** Call and ledger say the same of what was used. */
  agreed: 512,
} as const;

/**
 * The holds of a ledger and the calls that they were made for: in full while they are open, and then no more
 * than it takes to see that both sides say the same, and where each says it.
 */
export class Holds {
  readonly #rows = new Rows(width);
  readonly #ids = new FingerprintMap();
  readonly #agents = new Names();
  readonly #callers: Subject[] = [];
  readonly #open = new Map<string, OpenHold>();
  /** Rows in the order in which they had their end. */
  readonly #ended = new Rows(1);

  add(event: Fact<'budget.held'>, { seq, v }: { readonly seq: number; readonly v: number }): void {
    const { hold, terms } = event;
    const purpose = { ...event, promptTokens: terms?.promptTokens ?? null, v };
    const row = this.#rows.add([
      seq,
      this.#agents.numberOf(event.agent),
      ...fingerprint(textOf(purpose)),
      terms ? flag.terms : 0,
    ]);
    this.#ids.set(hold, row);
    this.#open.set(hold, { ...event, row });
  }

  /** The row of a hold, open or not. */
  rowOf(hold: string): number | undefined {
    return this.#ids.get(hold);
  }

  find(hold: string): OpenHold | undefined {
    return this.#open.get(hold);
  }

  end({ row, hold, priceBook }: OpenHold, event: HoldEnd, seq: number): void {
    this.#open.delete(hold);
    this.#ended.add([row]);
    this.#rows.set(row, column.endSeq, seq);
    if (event.type === 'budget.released') return this.#raise(row, flag.released);
    if (event.type === 'budget.hold.charged') return this.#raise(row, flag.charged);
    this.#raise(row, flag.settled);
    if (event.priceBook !== priceBook) this.#raise(row, flag.otherPriceBook);
    const [low, high] = fingerprint(usedText(event));
    this.#rows.set(row, column.used, low);
    this.#rows.set(row, column.used + 1, high);
  }

  /** Open ones first, as they were made; then the others, as they ended. */
  *all(): Generator<Hold> {
    for (const { row, hold } of this.#open.values()) yield this.at(row, hold);
    for (let nth = 0; nth < this.#ended.length; nth++) yield this.at(this.#ended.get(nth, 0));
  }

  at(row: number, open: string | null = null): Hold {
    const has = (what: number): boolean => (this.#rows.get(row, column.flags) & what) !== 0;
    const caller = this.#callers[this.#rows.get(row, column.caller) - 1];
    return {
      seq: this.#rows.get(row, column.seq),
      agent: this.#agents.nameOf(this.#rows.get(row, column.agent)),
      open: open === null ? null : (this.#open.get(open) ?? null),
      endSeq: this.#rows.get(row, column.endSeq),
      settled: has(flag.settled),
      released: has(flag.released),
      otherPriceBook: has(flag.otherPriceBook),
      call: caller
        ? {
            subject: caller,
            seq: this.#rows.get(row, column.callSeq),
            endSeq: this.#rows.get(row, column.callEndSeq),
            end: has(flag.completed) ? 'completed' : has(flag.failed) ? 'failed' : 'open',
            used: has(flag.answerUsed),
            billed: has(flag.billed),
            agreed: has(flag.agreed),
          }
        : null,
    };
  }

  /** Adds an agent; its calls name it by what is returned. */
  addCaller(subject: Subject): number {
    return this.#callers.push(subject);
  }

  startCall(row: number, caller: number, seq: number): void {
    this.#rows.set(row, column.caller, caller);
    this.#rows.set(row, column.callSeq, seq);
  }

  isFor(row: number, { promptTokens, ...purpose }: Purpose): boolean {
    const told = (this.#rows.get(row, column.flags) & flag.terms) !== 0;
    const text = textOf({ ...purpose, promptTokens: told ? promptTokens : null });
    return this.#isPrint(row, column.purpose, text);
  }

  completeCall(row: number, used: Used, seq: number): void {
    this.#clear(row, flag.failed | flag.agreed);
    this.#rows.set(row, column.callEndSeq, seq);
    const agreed = this.#isPrint(row, column.used, usedText(used));
    this.#raise(row, flag.completed | (agreed ? flag.agreed : 0));
  }

  failCall(row: number, billed: boolean, seq: number): void {
    this.#clear(row, flag.completed | flag.billed);
    this.#rows.set(row, column.callEndSeq, seq);
    this.#raise(row, flag.failed | (billed ? flag.billed : 0));
  }

  useAnswer(row: number): void {
    this.#raise(row, flag.answerUsed);
  }

  #raise(row: number, flags: number): void {
    this.#rows.set(row, column.flags, this.#rows.get(row, column.flags) | flags);
  }

  #clear(row: number, flags: number): void {
    this.#rows.set(row, column.flags, this.#rows.get(row, column.flags) & ~flags);
  }

  #isPrint(row: number, at: number, text: string): boolean {
    const [low, high] = fingerprint(text);
    return this.#rows.get(row, at) === low && this.#rows.get(row, at + 1) === high;
  }
}

/** A hold, as far as it is kept. */
export type Hold = {
  readonly seq: number;
  readonly agent: string;
  /** Null once it has ended. */
  readonly open: OpenHold | null;
  readonly endSeq: number;
  readonly settled: boolean;
  readonly released: boolean;
  /** Settled by another price book than the one it was held by. */
  readonly otherPriceBook: boolean;
  readonly call: Call | null;
};

/** A model call, as the agent that made it recorded it. */
export type Call = {
  readonly subject: Subject;
  readonly seq: number;
  readonly endSeq: number;
  readonly end: CallEnd;
  readonly used: boolean;
  readonly billed: boolean;
  readonly agreed: boolean;
};

function textOf({ agent, thread, model, promptTokens, v }: Purpose): string {
  return JSON.stringify([agent, thread, model, promptTokens, v]);
}

function usedText({ usage, serviceTier }: Used): string {
  return JSON.stringify([usage, serviceTier]);
}
