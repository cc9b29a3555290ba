import { budgetAddress, parseAddress, type EventOf } from '../../../events/index.ts';
import type { Difference, Findings, Subject } from '../findings.ts';
import type { Spent } from '../report.ts';
import { compare, type EventCheck } from './check.ts';
import { Recount, type Call, type Hold } from './ledger.ts';

type Fact<Type extends string> = Extract<EventOf<'agent'>, { type: Type }>;

/** The money of all projects and the calls it was held for: two sides that must agree. */
export class Spending {
  readonly #findings: Findings;
  readonly #ledgers = new Map<string, Recount>();

  constructor(findings: Findings) {
    this.#findings = findings;
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
    const threads = new Map<string, string>();
    const calls = new Map<string, Call>();
    return ({ seq, recorded: { event } }) => {
      if (event.type === 'agent.turn.started') threads.set(event.turn, event.thread);
      if (event.type === 'agent.call.started') {
        const call: Call = { subject: agent, seq, end: 'open', usage: null, billed: false };
        calls.set(event.call, call);
        return this.#match(event, call, ledger, threads.get(event.turn) ?? '');
      }
      if (event.type === 'agent.call.completed') {
        const call = calls.get(event.call);
        if (call) Object.assign(call, { end: 'completed', usage: event.usage });
      }
      if (event.type === 'agent.call.failed') {
        const call = calls.get(event.call);
        // Cut off by a crash, nobody knows what it cost: whatever became of the hold before, stands.
        const billed = event.billable && event.reason !== 'interrupted';
        if (call) Object.assign(call, { end: 'failed', billed });
      }
      return null;
    };
  }

  #match(
    event: Fact<'agent.call.started'>,
    call: Call,
    ledger: Recount | undefined,
    thread: string,
  ): Difference | null {
    const { seq, subject } = call;
    const hold = ledger?.holds.get(event.hold);
    if (!hold) {
      if (ledger && this.#findings.doubtful(ledger.subject.log)) return null;
      const message = `call ${event.call} was made without money held for it`;
      return { check: 'cost', seq, field: 'hold', expected: event.hold, found: null, message };
    }
    if (hold.call) {
      const message = `hold ${event.hold} was for another call, in event ${hold.call.seq}`;
      return { check: 'cost', seq, field: 'hold', expected: null, found: event.hold, message };
    }
    hold.call = call;
    return compare('cost', seq, `the money for call ${event.call} was held for something else`, [
      ['hold.agent', hold.agent, subject.actor],
      ['hold.thread', hold.thread, thread],
      ['model', hold.model, event.model],
    ]);
  }

  /** Once all logs are read: what was charged is what was used; what is still open is noted. */
  conclude(): void {
    for (const { subject, holds } of this.#ledgers.values()) {
      const ended = [...holds.values()].toSorted((a, b) => (a.end?.seq ?? 0) - (b.end?.seq ?? 0));
      for (const hold of ended) {
        const known = ![subject.log, hold.agent].some((who) => this.#findings.doubtful(who));
        const difference = known ? chargeDifference(hold) : null;
        if (difference) this.#findings.add(subject, difference);
        this.#noteOpen(subject, hold);
      }
    }
  }

  get scopes(): Spent[] {
    return [...this.#ledgers.values()].flatMap(({ subject: { actor }, scopes }) =>
      scopes.map((scope) => ({ actor, ...scope })),
    );
  }

  #noteOpen(subject: Subject, { hold, seq, end, call, amountMicroUsd, priceBook }: Hold): void {
    if (!end) {
      const message = `${amountMicroUsd} micro-dollars are held for ${hold}`;
      this.#findings.note(subject, { kind: 'openHold', seq, message });
    }
    if (call?.end === 'open') {
      const message = `the call with hold ${hold} has no outcome yet`;
      this.#findings.note(call.subject, { kind: 'openCall', seq: call.seq, message });
    }
    if (end?.event.type === 'budget.settled' && end.event.priceBook !== priceBook) {
      const message = `${hold} was held and settled by different price books`;
      this.#findings.note(subject, { kind: 'priceBook', seq: end.seq, message });
    }
  }
}

// What the two logs say of one call, once money has changed hands for it.
function chargeDifference({ hold, end, call }: Hold): Difference | null {
  if (!end) return null;
  const { seq, event } = end;
  const message = `the ledger and the agent do not say the same about ${hold}`;
  switch (event.type) {
    case 'budget.settled':
      return compare('cost', seq, message, [
        ['call', 'completed', call?.end ?? null],
        ['usage', call?.usage ?? null, event.usage],
      ]);
    case 'budget.released':
      if (call?.end !== 'completed' && !call?.billed) return null;
      return { check: 'cost', seq, field: 'hold', expected: 'charged', found: 'released', message };
    // Charged in full: nothing that the call may have used is left unpaid.
    case 'budget.hold.charged':
      return null;
  }
}

function budgetOf(agent: string): string {
  try {
    return budgetAddress(parseAddress(agent).project);
  } catch {
    return '';
  }
}
