import type { EventOf } from '../../events/index.ts';
import type { ProviderBill } from './paidProvider.ts';

type BudgetEvent = EventOf<'budget'>;
type Held = Extract<BudgetEvent, { type: 'budget.held' }>;

/** What is left of a load when it is over: what was recorded, and what the provider sends a bill for. */
export type LoadRecord = {
  readonly ledger: readonly BudgetEvent[];
  readonly agents: readonly EventOf<'agent'>[];
  readonly bills: readonly ProviderBill[];
  /** Holds that were open when every turn had ended. */
  readonly leftOpen: readonly string[];
  /** Turns whose model was asked although an answer was recorded. */
  readonly askedAgain: readonly string[];
  readonly slotsOut: number;
};

/** Who may set caps in a load: what anybody else sets does not count. */
export const capSetter = 'ann';

type Account = { readonly held: Held; charged: number | null; settled: number | null };

/**
 * A bookkeeper who trusts nobody: adds up the raw events of the ledger by himself, and holds them against
 * what the provider bills.
 */
class Books {
  readonly complaints: string[] = [];
  readonly accounts = new Map<string, Account>();
  readonly charged = new Map<string, number>();
  readonly #open = new Map<string, number>();
  readonly #caps = new Map<string, number>();
  readonly #highest = new Map<string, number>();

  enter(event: BudgetEvent, at: number): void {
    switch (event.type) {
      case 'budget.limit.set': {
        if (event.by !== capSetter) return;
        this.#caps.set(event.scope, event.limitMicroUsd);
        const before = this.#highest.get(event.scope) ?? 0;
        this.#highest.set(event.scope, Math.max(before, event.limitMicroUsd));
        return;
      }
      case 'budget.held':
        return this.#hold(event, at);
      case 'budget.settled':
        return this.#end(event.hold, event.amountMicroUsd, at, event.reportedMicroUsd);
      case 'budget.hold.charged':
        return this.#end(event.hold, event.amountMicroUsd, at, null);
      case 'budget.released':
        return this.#end(event.hold, 0, at, null);
      case 'budget.opened':
      case 'budget.limit.removed':
      case 'budget.price.recorded':
      case 'budget.refused':
      case 'budget.alerts.set':
      case 'budget.alert.raised':
      case 'budget.clock.reset':
    }
  }

  /** The highest cap that a scope ever had. */
  highest(scope: string): number {
    return this.#highest.get(scope) ?? this.#highest.get(kindOf(scope)) ?? Infinity;
  }

  #hold(held: Held, at: number): void {
    if (this.accounts.has(held.hold)) this.complaints.push(`${at}: ${held.hold} is held twice`);
    this.accounts.set(held.hold, { held, charged: null, settled: null });
    for (const scope of held.scopes) {
      add(this.#open, scope, held.amountMicroUsd);
      this.#requireRoom(scope, at);
    }
  }

  #end(hold: string, charged: number, at: number, settled: number | null): void {
    const account = this.accounts.get(hold);
    if (!account || account.charged !== null) {
      this.complaints.push(`${at}: ${hold} ends ${account ? 'twice' : 'and was never held'}`);
      return;
    }
    const { held } = account;
    const isMore = charged > held.amountMicroUsd;
    Object.assign(account, { charged, settled });
    for (const scope of held.scopes) {
      add(this.#open, scope, -held.amountMicroUsd);
      add(this.charged, scope, charged);
      // More than was held only as far as there is room.
      if (isMore) this.#requireRoom(scope, at);
    }
  }

  #requireRoom(scope: string, at: number): void {
    const total = (this.#open.get(scope) ?? 0) + (this.charged.get(scope) ?? 0);
    const cap = this.#caps.get(scope) ?? this.#caps.get(kindOf(scope)) ?? Infinity;
    if (total > cap) this.complaints.push(`${at}: ${scope} has ${total} of ${cap}`);
  }
}

/** Everything that a load did wrong with money; nothing when the caps held. */
export function complaintsOf(record: LoadRecord): string[] {
  const books = new Books();
  for (const [at, event] of record.ledger.entries()) books.enter(event, at);
  const { complaints, accounts } = books;
  for (const [hold, { charged }] of accounts)
    if (charged === null) complaints.push(`${hold} has no end`);
  for (const hold of record.leftOpen) complaints.push(`${hold} was left to expire`);
  for (const turn of record.askedAgain) complaints.push(`${turn} was answered and asked again`);
  if (record.slotsOut !== 0) complaints.push(`${record.slotsOut} slots were not given back`);
  const billed = new Map<string, number>();
  for (const bill of record.bills) complaints.push(...complaintsAbout(bill, accounts, billed));
  for (const [scope, amount] of billed) {
    const charged = books.charged.get(scope) ?? 0;
    if (amount > charged) complaints.push(`${scope} is billed ${amount} and charged ${charged}`);
    if (amount > books.highest(scope))
      complaints.push(`${scope} is billed ${amount}, over its cap`);
  }
  return [...complaints, ...repairs(record)];
}

function complaintsAbout(
  { turn, call, amountMicroUsd: due, isExcess }: ProviderBill,
  accounts: ReadonlyMap<string, Account>,
  billed: Map<string, number>,
): string[] {
  const account = accounts.get(call);
  if (!account) return [`${turn} is billed ${due} without a hold (${call})`];
  const { held, charged, settled } = account;
  const most = Math.min(due, held.amountMicroUsd);
  for (const scope of held.scopes) add(billed, scope, isExcess ? most : due);
  const paid = charged ?? 0;
  if (!isExcess) return paid < due ? [`${call} is billed ${due} and charged ${paid}`] : [];
  const unseen = settled !== null && settled < due;
  return [
    ...(paid < most
      ? [`${call} is billed ${due} over ${held.amountMicroUsd}, charged ${paid}`]
      : []),
    ...(unseen ? [`${call} is billed ${due}, and ${settled} is on record`] : []),
  ];
}

// Asked, and once asked to mend the answer.
const answersMax = 2;

function repairs({ agents }: LoadRecord): string[] {
  const answers = new Map<string, number>();
  for (const event of agents)
    if (event.type === 'agent.call.completed') add(answers, event.turn, 1);
  return [...answers].flatMap(([turn, count]) =>
    count > answersMax ? [`${turn} has ${count} answers`] : [],
  );
}

function kindOf(scope: string): string {
  return scope.slice(0, scope.indexOf(':'));
}

function add(totals: Map<string, number>, key: string, amount: number): void {
  totals.set(key, (totals.get(key) ?? 0) + amount);
}
