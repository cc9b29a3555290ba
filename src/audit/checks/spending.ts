import { budgetAddress, parseAddress, type EventOf } from '../../../events/index.ts';
import type { Difference, Findings, Subject } from '../findings.ts';
import { FingerprintMap } from '../fingerprints.ts';
import { Names } from '../names.ts';
import type { Spent } from '../report.ts';
import { changed, type Reread } from '../reread.ts';
import { compare, type EventCheck, type OpenDifference } from './check.ts';
import type { Call, Hold } from './holds.ts';
import { Recount } from './ledger.ts';

type Fact<Type extends string> = Extract<EventOf<'agent'>, { type: Type }>;

/** A call, with the row of the hold that it names. */
type Asked = {
  readonly ledger: Recount;
  readonly row: number;
  readonly seq: number;
  readonly agent: string;
  readonly thread: string;
  readonly v: number;
};

/** Of a call for which no money is held. */
const noRow = 2 ** 32 - 2;

/** The money of all projects and the calls it was held for: two sides that must agree. */
export class Spending {
  readonly #findings: Findings;
  readonly #reread: Reread;
  readonly #ledgers = new Map<string, Recount>();

  constructor(findings: Findings, reread: Reread) {
    this.#findings = findings;
    this.#reread = reread;
  }

  /** The check of a ledger; ledgers are read before the agents that draw on them. */
  ledgerCheck(subject: Subject): EventCheck {
    const ledger = new Recount(subject);
    this.#ledgers.set(subject.actor, ledger);
    return ledger.check;
  }

  /** Every call of an agent has a hold of its own, made for this agent, thread and model. */
  callCheck(agent: Subject): EventCheck {
    const ledger = this.#ledgers.get(budgetOf(agent.actor));
    const holds = ledger?.holds;
    const caller = holds?.addCaller(agent) ?? 0;
    const threads = new Names();
    /** Thread of a turn. */
    const threadOf = new FingerprintMap();
    /** Row of the hold, by call and by the latest call of a turn. */
    const calls = new FingerprintMap();
    const latest = new FingerprintMap();
    return ({ seq, recorded: { meta, event } }) => {
      switch (event.type) {
        case 'agent.turn.started':
          threadOf.set(event.turn, threads.numberOf(event.thread));
          return null;
        case 'agent.call.started': {
          const row = this.#freeRow(event.hold, ledger);
          calls.set(event.call, row ?? noRow);
          latest.set(event.turn, row ?? noRow);
          if (!ledger || row === undefined) return this.#unheld(event, seq, ledger);
          ledger.holds.startCall(row, caller, seq);
          const thread = threads.nameOf(threadOf.get(event.turn) ?? -1);
          return this.#match(event, { ledger, row, seq, agent: agent.actor, thread, v: meta.v });
        }
        case 'agent.call.completed':
          withRow(calls.get(event.call), (row) => holds?.completeCall(row, event, seq));
          return null;
        case 'agent.turn.completed':
        case 'agent.answer.rejected':
          withRow(latest.get(event.turn), (row) => holds?.useAnswer(row));
          return null;
        case 'agent.call.failed': {
          // Cut off by a crash, nobody knows what it cost: whatever became of the hold before, stands.
          const billed = event.billable && event.reason !== 'interrupted';
          withRow(calls.get(event.call), (row) => holds?.failCall(row, billed, seq));
          return null;
        }
        default:
          return null;
      }
    };
  }

  /** The row of a hold that no call was made for yet. */
  #freeRow(hold: string, ledger: Recount | undefined): number | undefined {
    const row = ledger?.holds.rowOf(hold);
    return row === undefined || ledger?.holds.at(row).call ? undefined : row;
  }

  #unheld(
    { call, hold }: Fact<'agent.call.started'>,
    seq: number,
    ledger: Recount | undefined,
  ): Difference | null {
    const row = ledger?.holds.rowOf(hold);
    const other = row === undefined ? null : ledger?.holds.at(row).call;
    if (other) {
      const message = `hold ${hold} was for another call, in event ${other.seq}`;
      return { check: 'cost', seq, field: 'hold', expected: null, found: hold, message };
    }
    if (ledger && this.#findings.doubtful(ledger.subject.log)) return null;
    const message = `call ${call} was made without money held for it`;
    return { check: 'cost', seq, field: 'hold', expected: hold, found: null, message };
  }

  #match(event: Fact<'agent.call.started'>, asked: Asked): OpenDifference | null {
    const { ledger, row, ...purpose } = asked;
    const { model, promptTokensBound: promptTokens } = event;
    const isSame = ledger.holds.isFor(row, { ...purpose, model, promptTokens });
    return isSame ? null : () => this.#misuse(event, asked);
  }

  /** What a call and the hold it names do not have in common. */
  async #misuse(
    event: Fact<'agent.call.started'>,
    { ledger, row, seq, agent, thread, v }: Asked,
  ): Promise<Difference> {
    const { log } = ledger.subject;
    const heldAt = ledger.holds.at(row).seq;
    const { event: held, meta } = (await this.#reread(log, heldAt)).recorded;
    if (held.type !== 'budget.held') throw changed(log, heldAt);
    const message = `the money for call ${event.call} was held for something else`;
    const difference = compare('cost', seq, message, [
      ['hold.agent', held.agent, agent],
      ['hold.thread', held.thread, thread],
      ['model', held.model, event.model],
      [
        'promptTokensBound',
        held.terms?.promptTokens ?? event.promptTokensBound,
        event.promptTokensBound,
      ],
      // Money is held by the program that makes the call: an older one says less of it.
      ['hold.v', v, meta.v],
    ]);
    if (!difference) throw changed(log, heldAt);
    return difference;
  }

  /** Null where nothing can be said, because the ledger is not here or is known to be false. */
  everLimited(thread: string, scope: string, limitMicroUsd: number): boolean | null {
    const ledger = this.#ledgers.get(budgetOf(thread));
    if (!ledger || this.#findings.doubtful(ledger.subject.log)) return null;
    return ledger.everLimited(scope, limitMicroUsd);
  }

  /** Once all logs are read: what was charged is what was used; what is still open is noted. */
  async conclude(): Promise<void> {
    for (const { subject, holds } of this.#ledgers.values()) {
      for (const hold of holds.all()) {
        const known = ![subject.log, hold.agent].some((who) => this.#findings.doubtful(who));
        const difference = known ? await this.#chargeDifference(subject, hold) : null;
        if (difference) this.#findings.add(subject, difference);
        await this.#noteOpen(subject, hold);
      }
    }
  }

  get scopes(): Spent[] {
    return [...this.#ledgers.values()].flatMap(({ subject: { actor }, scopes }) =>
      scopes.map((scope) => ({ actor, ...scope })),
    );
  }

  async #noteOpen(subject: Subject, hold: Hold): Promise<void> {
    const { seq, open, call, endSeq, otherPriceBook } = hold;
    if (open) {
      const message = `${open.amountMicroUsd} micro-dollars are held for ${open.hold}`;
      this.#findings.note(subject, { kind: 'openHold', seq, message });
    }
    if (call?.end === 'open') {
      const message = `the call with hold ${await this.#idOf(subject, hold)} has no outcome yet`;
      this.#findings.note(call.subject, { kind: 'openCall', seq: call.seq, message });
    }
    if (otherPriceBook) {
      const message = `${await this.#idOf(subject, hold)} was held and settled by different price books`;
      this.#findings.note(subject, { kind: 'priceBook', seq: endSeq, message });
    }
  }

  /** What the two logs say of one call, once money has changed hands for it. */
  async #chargeDifference(subject: Subject, hold: Hold): Promise<Difference | null> {
    const { open, call, settled, released, endSeq: seq } = hold;
    if (open) return call && isOver(call) ? unpaid(open.hold, hold.seq, call) : null;
    if (settled) {
      const agreed = call?.end === 'completed' && call.agreed;
      return agreed ? null : this.#settledOtherwise(subject, seq, call);
    }
    // Charged in full, nothing that the call may have used is left unpaid.
    if (!released || (call?.end !== 'completed' && !call?.billed)) return null;
    const message = disagreement(await this.#idOf(subject, hold));
    return { check: 'cost', seq, field: 'hold', expected: 'charged', found: 'released', message };
  }

  /** What a settlement and the call it is for do not have in common. */
  async #settledOtherwise({ log }: Subject, seq: number, call: Call | null): Promise<Difference> {
    const { event } = (await this.#reread(log, seq)).recorded;
    if (event.type !== 'budget.settled') throw changed(log, seq);
    const said = call?.end === 'completed' ? await this.#answerOf(call) : null;
    const difference = compare('cost', seq, disagreement(event.hold), [
      ['call', 'completed', call?.end ?? null],
      ['usage', said?.usage ?? null, event.usage],
      ['serviceTier', said?.serviceTier ?? null, event.serviceTier],
    ]);
    if (!difference) throw changed(log, seq);
    return difference;
  }

  async #answerOf({ subject: { log }, endSeq }: Call): Promise<Fact<'agent.call.completed'>> {
    const { event } = (await this.#reread(log, endSeq)).recorded;
    if (event.type !== 'agent.call.completed') throw changed(log, endSeq);
    return event;
  }

  /** The id of a hold. */
  async #idOf({ log }: Subject, { open, seq }: Hold): Promise<string> {
    if (open) return open.hold;
    const { event } = (await this.#reread(log, seq)).recorded;
    if (event.type !== 'budget.held') throw changed(log, seq);
    return event.hold;
  }
}

function disagreement(hold: string): string {
  return `the ledger and the agent do not say the same about ${hold}`;
}

function withRow(row: number | undefined, use: (row: number) => void): void {
  if (row !== undefined && row !== noRow) use(row);
}

// An answer is settled before its agent goes on, and a call that failed is paid for, or freed, before it says so.
function isOver({ end, used }: Call): boolean {
  return end === 'failed' || (end === 'completed' && used);
}

function unpaid(hold: string, seq: number, call: Call): Difference {
  const who = `${call.subject.actor} ended that call, begun in event ${call.seq} of its log,`;
  const message = `hold ${hold} has no end, though ${who} and went on`;
  return { check: 'cost', seq, field: 'hold', expected: 'an end', found: null, message };
}

function budgetOf(agent: string): string {
  try {
    return budgetAddress(parseAddress(agent).project);
  } catch {
    return '';
  }
}
