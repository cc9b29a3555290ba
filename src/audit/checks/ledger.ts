import {
  costMicroUsd,
  worstCaseMicroUsd,
  type EventOf,
  parseAddress,
  type Meta,
  type ModelPrice,
} from '../../../events/index.ts';
import type { Difference, Subject } from '../findings.ts';
import { FingerprintMap } from '../fingerprints.ts';
import type { Spent } from '../report.ts';
import { compare, type EventCheck } from './check.ts';
import { Holds, type HoldEnd, type OpenHold } from './holds.ts';

type Fact<Type extends string> = Extract<EventOf<'budget'>, { type: Type }>;

/** The ledger of a project, counted again from its events alone. */
export class Recount {
  readonly subject: Subject;
  readonly holds = new Holds();
  readonly #limits = new Map<string, number>();
  /** Every limit that was ever set: `task:t 100`. */
  readonly #set = new FingerprintMap();
  readonly #prices = new Map<string, ModelPrice>();
  readonly #spent = new Map<string, number>();
  readonly #held = new Map<string, number>();

  constructor(subject: Subject) {
    this.subject = subject;
  }

  /** Takes the next event of the ledger. */
  readonly check: EventCheck = ({ seq, recorded: { meta, event } }) => {
    switch (event.type) {
      case 'budget.limit.set':
        this.#limits.set(event.scope, event.limitMicroUsd);
        this.#set.set(`${event.scope} ${event.limitMicroUsd}`, seq);
        return null;
      case 'budget.limit.removed':
        this.#limits.delete(event.scope);
        return null;
      case 'budget.price.recorded':
        this.#prices.set(`${event.priceBook} ${event.model}`, event.price);
        return null;
      case 'budget.held':
        return this.#hold(event, seq, meta);
      case 'budget.settled':
        return this.#settle(event, seq);
      case 'budget.released':
        return this.#end(event, seq, 0);
      case 'budget.hold.charged':
        return this.#charge(event, seq, meta);
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

  /** True when the limit of a scope was that, at some time. */
  everLimited(scope: string, limitMicroUsd: number): boolean {
    return this.#set.get(`${scope} ${limitMicroUsd}`) !== undefined;
  }

  #hold(event: Fact<'budget.held'>, seq: number, meta: Meta): Difference | null {
    const { hold, amountMicroUsd } = event;
    const scopes = [...new Set(event.scopes)];
    const known = this.holds.rowOf(hold);
    if (known !== undefined) {
      const message = `hold ${hold} was made before, in event ${this.holds.at(known).seq}`;
      return { check: 'cost', seq, field: 'hold', expected: null, found: hold, message };
    }
    this.holds.add({ ...event, scopes }, { seq, v: meta.v });
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
    return this.#worstCase(event, seq) ?? scopeDifference(event, seq, meta);
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
    const hold = this.holds.find(event.hold);
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
  #reported(hold: OpenHold, { usage, serviceTier }: Fact<'budget.settled'>): number | null {
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

  #charge(event: Fact<'budget.hold.charged'>, seq: number, { at }: Meta): Difference | null {
    const hold = this.holds.find(event.hold);
    const held = hold?.amountMicroUsd ?? 0;
    const different =
      this.#end(event, seq, event.amountMicroUsd) ??
      compare('cost', seq, `hold ${event.hold} was not charged in full`, [
        ['amountMicroUsd', held, event.amountMicroUsd],
      ]);
    const expiresAt = hold?.expiresAt ?? '';
    if (different || event.reason !== 'expired' || expiresAt <= at) return different;
    const message = `hold ${event.hold} is said to have expired before its time`;
    return { check: 'cost', seq, field: 'reason', expected: expiresAt, found: at, message };
  }

  #end(event: HoldEnd, seq: number, spentMicroUsd: number): Difference | null {
    const hold = this.holds.find(event.hold);
    if (!hold) return this.#endless(event.hold, seq);
    this.holds.end(hold, event, seq);
    add(this.#held, hold.scopes, -hold.amountMicroUsd);
    add(this.#spent, hold.scopes, spentMicroUsd);
    return null;
  }

  // Made and ended before, or never made.
  #endless(hold: string, seq: number): Difference {
    const row = this.holds.rowOf(hold);
    const expected = row === undefined ? 'a hold' : 'an open hold';
    const message =
      row === undefined
        ? `there is no hold ${hold}`
        : `hold ${hold} had its end before, in event ${this.holds.at(row).endSeq}`;
    return { check: 'cost', seq, field: 'hold', expected, found: hold, message };
  }

  #limitOf(scope: string): number | null {
    const kind = scope.slice(0, scope.indexOf(':'));
    return this.#limits.get(scope) ?? this.#limits.get(kind) ?? null;
  }
}

function add(totals: Map<string, number>, scopes: readonly string[], amountMicroUsd: number): void {
  for (const scope of scopes) totals.set(scope, (totals.get(scope) ?? 0) + amountMicroUsd);
}

/** Between asking for money and holding it, a day may end. */
const askedMsMax = 60_000;

/**
 * Every call counts in its task, agent and project, and in the day it is made on, so that no cap is passed by
 * leaving a scope out. Version 1, which recorded no terms, counted in fewer.
 */
function scopeDifference(
  { hold, scopes, agent, thread, terms }: Fact<'budget.held'>,
  seq: number,
  { at }: Meta,
): Difference | null {
  if (!terms) return null;
  const of = (kind: string): string[] => scopes.filter((scope) => scope.startsWith(`${kind}:`));
  const { agent: name, role } = parts(agent);
  const { project, task } = parts(thread);
  const message = `hold ${hold} is not counted where it has to be`;
  const named = { task, thread: task, agent: name, role, project };
  const different = compare(
    'cost',
    seq,
    message,
    Object.entries(named).map(([kind, value]) => [
      `scopes.${kind}`,
      [`${kind}:${value}`],
      of(kind),
    ]),
  );
  if (different) return different;
  const [day = ''] = of('day');
  const days = [0, askedMsMax].map((ms) => `day:${dateOf(Date.parse(at) - ms)}`);
  // The log of a clock that was set back keeps the later date.
  const inTime = of('day').length === 1 && (days.includes(day) || day < (days[0] ?? ''));
  if (!inTime)
    return { check: 'cost', seq, field: 'scopes.day', expected: days, found: day, message };
  const month = `month:${day.slice('day:'.length, 'day:YYYY-MM'.length)}`;
  return compare('cost', seq, message, [['scopes.month', [month], of('month')]]);
}

function dateOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 'YYYY-MM-DD'.length);
}

function parts(address: string): { agent: string; role: string; project: string; task: string } {
  try {
    return parseAddress(address);
  } catch {
    return { agent: '', role: '', project: '', task: '' };
  }
}
