import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { scopeState } from '../../actors/budget/ledger.ts';
import type { EventOf } from '../../events/index.ts';
import {
  charge,
  expireAfter,
  expiresInMs,
  handle,
  hold,
  open,
  play,
  release,
  replay,
  setLimit,
  settle,
  type Line,
} from './budgetScript.ts';
import { attempt } from './world.ts';

const scopes = ['task:pr-1', 'task:pr-2', 'agent:ann', 'day:2026-01-01'] as const;
const anyAmount = fc.integer({ min: 0, max: 60 });
const anyId = fc.constantFrom('a', 'b', 'c', 'd', 'constructor');
const anyScopes = fc.array(fc.constantFrom(...scopes), { minLength: 1, maxLength: 4 });
const anyLine: fc.Arbitrary<Line> = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(anyId, anyAmount, anyScopes).map((args) => hold(...args)) },
  { weight: 3, arbitrary: fc.tuple(anyId, fc.option(anyAmount)).map((args) => settle(...args)) },
  anyId.map(release),
  anyId.map(charge),
  fc.nat({ max: 2 * expiresInMs }).map(expireAfter),
  fc
    .tuple(fc.constantFrom(...scopes, 'task', 'day'), fc.integer({ min: 0, max: 150 }))
    .map((args) => setLimit(...args)),
);
const begun = [open, ...['task', 'agent', 'day'].map((kind) => setLimit(kind, 100))];

/** What a bookkeeper writes who reads the log and knows nothing of the ledger. */
class Book {
  readonly limits = new Map<string, number>();
  readonly holds = new Map<string, { amount: number; scopes: ReadonlySet<string> }>();
  readonly spent = new Map<string, number>();
  received = 0;
  charged = 0;
  freed = 0;

  committed(scope: string): number {
    let sum = this.spent.get(scope) ?? 0;
    for (const held of this.holds.values()) if (held.scopes.has(scope)) sum += held.amount;
    return sum;
  }

  limit(scope: string): number {
    return this.limits.get(scope) ?? this.limits.get(scope.split(':')[0] ?? '') ?? 0;
  }

  enter(event: EventOf<'budget'>): void {
    switch (event.type) {
      case 'budget.limit.set':
        this.limits.set(event.scope, event.limitMicroUsd);
        break;
      case 'budget.held':
        this.received += event.amountMicroUsd;
        this.holds.set(event.hold, {
          amount: event.amountMicroUsd,
          scopes: new Set(event.scopes),
        });
        break;
      case 'budget.settled':
      case 'budget.hold.charged':
        this.#end(event.hold, event.amountMicroUsd);
        break;
      case 'budget.released':
        this.#end(event.hold, 0);
        break;
      case 'budget.opened':
      case 'budget.limit.removed':
      case 'budget.price.recorded':
      case 'budget.alerts.set':
      case 'budget.clock.reset':
      case 'budget.refused':
      case 'budget.alert.raised':
    }
  }

  #end(id: string, charged: number): void {
    const held = this.holds.get(id);
    assert.ok(held);
    // A provider that was asked for less: what the caps have room for.
    const room = [...held.scopes].map((scope) => this.limit(scope) - this.committed(scope));
    assert.ok(charged <= held.amount + Math.max(0, Math.min(...room)));
    this.holds.delete(id);
    this.charged += charged;
    this.freed += held.amount - charged;
    for (const scope of held.scopes) this.spent.set(scope, (this.spent.get(scope) ?? 0) + charged);
  }
}

describe('any ledger', () => {
  it('never holds more than every cap allows at that moment', () =>
    forAnyLog((log) => {
      const book = new Book();
      for (const event of log) {
        book.enter(event);
        if (event.type !== 'budget.held') continue;
        for (const scope of event.scopes) assert.ok(book.committed(scope) <= book.limit(scope));
      }
    }));

  it('loses no money: what was held is spent, freed, or held still', () =>
    forAnyLog((log) => {
      const book = new Book();
      for (const event of log) book.enter(event);
      const held = [...book.holds.values()].reduce((sum, { amount }) => sum + amount, 0);
      assert.equal(book.received, book.charged + book.freed + held);
      const ledger = replay(log).context;
      for (const scope of scopes) {
        const { spentMicroUsd, heldMicroUsd } = scopeState(ledger, scope);
        assert.equal(spentMicroUsd, book.spent.get(scope) ?? 0);
        assert.equal(spentMicroUsd + heldMicroUsd, book.committed(scope));
      }
    }));

  it('refuses only what does not fit, and says whether waiting can help', () =>
    forAnyLog((log) => {
      const book = new Book();
      for (const event of log) {
        book.enter(event);
        if (event.type !== 'budget.refused') continue;
        const over = (used: (scope: string) => number) =>
          event.scopes.some(({ scope }) => used(scope) + event.amountMicroUsd > book.limit(scope));
        assert.ok(over((scope) => book.committed(scope)));
        assert.equal(
          event.refusal === 'neverFits',
          over((scope) => book.spent.get(scope) ?? 0),
        );
      }
    }));

  it('rings each threshold of a scope once, and only when it is reached', () =>
    forAnyLog((log) => {
      const book = new Book();
      const rung = new Set<string>();
      for (const event of log) {
        book.enter(event);
        if (event.type !== 'budget.alert.raised') continue;
        const { scope, thresholdPct } = event;
        assert.ok((book.spent.get(scope) ?? 0) * 100 >= book.limit(scope) * thresholdPct);
        assert.ok(!rung.has(`${scope} ${thresholdPct}`));
        rung.add(`${scope} ${thresholdPct}`);
      }
    }));
});

function forAnyLog(check: (log: readonly EventOf<'budget'>[]) => void): void {
  const opened = play(...begun);
  const anyLines = fc.array(anyLine, { maxLength: 60, size: 'max' });
  fc.assert(
    fc.property(anyLines, (lines) => {
      let state = replay(opened);
      const log = lines.flatMap((line) => {
        const handled = attempt({ handle }, state, line);
        state = handled?.state ?? state;
        return handled?.events ?? [];
      });
      check([...opened, ...log]);
    }),
  );
}
