import {
  costMicroUsd,
  worstCaseMicroUsd,
  type EventOf,
  type ModelPrice,
  type Usage,
} from '../../../events/index.ts';
import type { Difference, Subject } from '../findings.ts';
import type { Spent } from '../report.ts';
import { compare, type EventCheck } from './check.ts';

type Fact<Type extends string> = Extract<EventOf<'budget'>, { type: Type }>;

/** A model call, as the agent that made it recorded it. */
export type Call = {
  readonly subject: Subject;
  readonly seq: number;
  end: 'open' | 'completed' | 'failed';
  usage: Usage | null;
  /** Failed in a way that the provider charges for, while the process was there to see it. */
  billed: boolean;
};

/** A hold with its end and the call that it was made for, from both logs. */
export type Hold = Fact<'budget.held'> & {
  readonly seq: number;
  end: {
    seq: number;
    event: Fact<'budget.settled' | 'budget.released' | 'budget.hold.charged'>;
  } | null;
  call: Call | null;
};

/** The ledger of a project, counted again from its events alone. */
export class Recount {
  readonly subject: Subject;
  readonly holds = new Map<string, Hold>();
  readonly #limits = new Map<string, number>();
  readonly #prices = new Map<string, ModelPrice>();
  readonly #spent = new Map<string, number>();
  readonly #held = new Map<string, number>();

  constructor(subject: Subject) {
    this.subject = subject;
  }

  /** Takes the next event of the ledger. */
  readonly check: EventCheck = ({ seq, recorded: { event } }) => {
    switch (event.type) {
      case 'budget.limit.set':
        this.#limits.set(event.scope, event.limitMicroUsd);
        return null;
      case 'budget.limit.removed':
        this.#limits.delete(event.scope);
        return null;
      case 'budget.price.recorded':
        this.#prices.set(`${event.priceBook} ${event.model}`, event.price);
        return null;
      case 'budget.held':
        return this.#hold(event, seq);
      case 'budget.settled':
        return this.#settle(event, seq);
      case 'budget.released':
        return this.#end(event, seq, 0);
      case 'budget.hold.charged':
        return this.#charge(event, seq);
      default:
        return null;
    }
  };

  get scopes(): Omit<Spent, 'actor'>[] {
    const names = new Set([...this.#spent.keys(), ...this.#held.keys()]);
    return [...names].toSorted().map((scope) => ({
      scope,
      limitMicroUsd: this.#limitOf(scope),
      spentMicroUsd: this.#spent.get(scope) ?? 0,
      heldMicroUsd: this.#held.get(scope) ?? 0,
    }));
  }

  #hold(event: Fact<'budget.held'>, seq: number): Difference | null {
    const { hold, amountMicroUsd } = event;
    const scopes = [...new Set(event.scopes)];
    const known = this.holds.get(hold);
    if (known) {
      const message = `hold ${hold} was made before, in event ${known.seq}`;
      return { check: 'cost', seq, field: 'hold', expected: null, found: hold, message };
    }
    this.holds.set(hold, { ...event, scopes, seq, end: null, call: null });
    add(this.#held, scopes, amountMicroUsd);
    for (const scope of scopes) {
      const limit = this.#limitOf(scope);
      const total = (this.#spent.get(scope) ?? 0) + (this.#held.get(scope) ?? 0);
      if (limit === null || total <= limit) continue;
      const message = `hold ${hold} passes the cap of ${scope}, in micro-dollars`;
      return { check: 'cost', seq, field: scope, expected: limit, found: total, message };
    }
    if (scopes.every((scope) => this.#limitOf(scope) === null)) {
      const message = `no cap limits hold ${hold}`;
      return { check: 'cost', seq, field: 'scopes', expected: 'a cap', found: scopes, message };
    }
    return this.#worstCase(event, seq);
  }

  // Version 1 recorded no terms: its amounts can be added up, not computed again.
  #worstCase(event: Fact<'budget.held'>, seq: number): Difference | null {
    const { hold, terms } = event;
    if (!terms) return null;
    const price = this.#priceOf(event);
    const amount = price ? worstCaseMicroUsd(price, terms, terms) : null;
    return compare('cost', seq, `hold ${hold} is not the worst case at the recorded price`, [
      ['amountMicroUsd', amount, event.amountMicroUsd],
    ]);
  }

  #settle(event: Fact<'budget.settled'>, seq: number): Difference | null {
    const hold = this.holds.get(event.hold);
    const held = hold?.amountMicroUsd ?? 0;
    const byUsage = event.basis === 'usage';
    const reported = (hold && this.#reported(hold, event)) ?? event.reportedMicroUsd;
    const room = hold?.terms ? this.#room(hold.scopes) : 0;
    const amount = byUsage ? Math.min(reported, held + room) : held;
    return (
      this.#end(event, seq, event.amountMicroUsd) ??
      compare('cost', seq, `hold ${event.hold} was not settled by what was used`, [
        ['reportedMicroUsd', byUsage ? reported : held, event.reportedMicroUsd],
        ['amountMicroUsd', amount, event.amountMicroUsd],
        ['basis', event.usage ? 'usage' : 'hold', event.basis],
      ])
    );
  }

  /** What the usage costs at the price it was held at; null where nothing says. */
  #reported(hold: Hold, { usage, serviceTier }: Fact<'budget.settled'>): number | null {
    const price = this.#priceOf(hold);
    const { terms } = hold;
    if (!price || !terms || !usage) return null;
    const asked = costMicroUsd(price, usage, terms);
    return serviceTier === null
      ? asked
      : (costMicroUsd(price, usage, { ...terms, serviceTier }) ?? asked);
  }

  /** What is left in all of the scopes at once. */
  #room(scopes: readonly string[]): number {
    const left = scopes.map((scope) => {
      const used = (this.#spent.get(scope) ?? 0) + (this.#held.get(scope) ?? 0);
      return (this.#limitOf(scope) ?? Infinity) - used;
    });
    return Math.max(0, Math.min(...left));
  }

  #priceOf({ priceBook, model }: Fact<'budget.held'>): ModelPrice | undefined {
    return this.#prices.get(`${priceBook} ${model}`);
  }

  #charge(event: Fact<'budget.hold.charged'>, seq: number): Difference | null {
    const held = this.holds.get(event.hold)?.amountMicroUsd ?? 0;
    return (
      this.#end(event, seq, event.amountMicroUsd) ??
      compare('cost', seq, `hold ${event.hold} was not charged in full`, [
        ['amountMicroUsd', held, event.amountMicroUsd],
      ])
    );
  }

  #end(event: NonNullable<Hold['end']>['event'], seq: number, spentMicroUsd: number) {
    const hold = this.holds.get(event.hold);
    if (!hold || hold.end) {
      return {
        check: 'cost' as const,
        seq,
        field: 'hold',
        expected: hold ? 'an open hold' : 'a hold',
        found: event.hold,
        message: hold?.end
          ? `hold ${event.hold} had its end before, in event ${hold.end.seq}`
          : `there is no hold ${event.hold}`,
      };
    }
    hold.end = { seq, event };
    add(this.#held, hold.scopes, -hold.amountMicroUsd);
    add(this.#spent, hold.scopes, spentMicroUsd);
    return null;
  }

  #limitOf(scope: string): number | null {
    const kind = scope.slice(0, scope.indexOf(':'));
    return this.#limits.get(scope) ?? this.#limits.get(kind) ?? null;
  }
}

function add(totals: Map<string, number>, scopes: readonly string[], amountMicroUsd: number): void {
  for (const scope of scopes) totals.set(scope, (totals.get(scope) ?? 0) + amountMicroUsd);
}
