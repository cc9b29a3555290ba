import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { budget } from '../../actors/index.ts';
import { scopeState } from '../../actors/budget/ledger.ts';
import type { EventOf } from '../../events/index.ts';
import { startMs } from '../support/specify.ts';
import {
  charge,
  day,
  expireAfter,
  expiresInMs,
  given,
  handle,
  hold,
  open,
  play,
  price,
  release,
  setLimit,
  settle,
  task,
  usageOf,
  type Line,
} from './budgetScript.ts';
import { forgeriesOf } from './forgeries.ts';

// With the price on record, so that a hold is one event.
const begun = [open, setLimit(task, 100), setLimit(day, 1000), hold('first', 0), release('first')];
const after = (...lines: readonly Line[]) => given(...play(...begun, ...lines));
const stateOf = (scope: string, ...lines: readonly Line[]) => {
  const { limitMicroUsd, spentMicroUsd, heldMicroUsd } = scopeState(
    after(...lines).state.context,
    scope,
  );
  return { limitMicroUsd, spentMicroUsd, heldMicroUsd };
};
const alertsIn = (events: readonly EventOf<'budget'>[]) =>
  events.flatMap((event) =>
    event.type === 'budget.alert.raised' ? [`${event.scope} ${event.thresholdPct}`] : [],
  );

describe('a ledger', () => {
  it('opens once, however often it is asked to', () => {
    given().when(open).gives({ type: 'budget.opened', project: 'chorus' });
    after().when(open).gives();
    given().when(setLimit(task, 1)).isRefused('COMMAND_NOT_ALLOWED');
  });

  it('sets a limit only when it changes', () => {
    after().when(setLimit(task, 100)).gives();
    after()
      .when(setLimit(task, 90))
      .gives({ type: 'budget.limit.set', scope: task, limitMicroUsd: 90, by: 'dana' });
  });

  it('takes the limit of a scope before the limit of its kind, and holds nothing without one', () => {
    const lines = [open, setLimit('task', 10)];
    const { events } = handle(given(...play(...lines)).state, hold('a', 10, ['task:pr-7']));
    assert.deepEqual(
      events.map(({ type }) => type),
      ['budget.price.recorded', 'budget.held'],
    );
    assert.equal(refusalIn(after(setLimit('task', 10)).state, hold('a', 100)), null);
    after()
      .when(hold('a', 1, ['role:judge']))
      .isRefused('BUDGET_NEVER_FITS');
  });

  it('waits for nothing: its holds expire when somebody asks', () =>
    assert.deepEqual(budget.due(after(hold('a', 1)).state), []));
});

describe('a hold', () => {
  it('counts in every scope at once, and once in each', () => {
    const lines = [hold('a', 30, [task, day, task])];
    assert.deepEqual(stateOf(task, ...lines), {
      limitMicroUsd: 100,
      spentMicroUsd: 0,
      heldMicroUsd: 30,
    });
    assert.equal(stateOf(day, ...lines).heldMicroUsd, 30);
  });

  it('names when it expires', () =>
    assert.equal(lawfulHold().expiresAt, new Date(startMs + expiresInMs).toISOString()));

  it('may use a cap up to its last micro-dollar', () => {
    const [held] = handle(after(hold('a', 60)).state, hold('b', 40)).events;
    assert.equal(held?.type, 'budget.held');
  });

  for (const [refusal, when, lines, amount] of [
    ['transient', '60 of 100 are held', [hold('a', 60)], 41],
    ['transient', '10 are spent', [hold('a', 60), settle('a', 10), hold('b', 50)], 90],
    ['neverFits', 'the cap is 100', [], 101],
    ['neverFits', '10 of 100 are spent', [hold('a', 60), settle('a', 10)], 91],
    ['neverFits', 'another scope has 40', [setLimit(day, 40)], 41],
  ] as const) {
    it(`of ${amount} when ${when} is refused as ${refusal}, on record`, () => {
      const { events } = handle(after(...lines).state, hold('c', amount, [task, day]));
      const [refused, ...others] = events;
      assert.deepEqual(others, []);
      assert.equal(refused?.type === 'budget.refused' && refused.refusal, refusal);
    });
  }

  it('is not given twice under one id', () =>
    after(hold('a', 1)).when(hold('a', 1)).isRefused('COMMAND_NOT_ALLOWED'));
});

describe('the windows of a ledger', () => {
  const on = (date: string) => [task, `day:${date}`, `month:${date.slice(0, 7)}`];
  const held = (date: string) => [hold('a', 1, on(date)), release('a')];
  const codeOf = (state: ReturnType<typeof after>['state'], line: Line): unknown => {
    try {
      return handle(state, line).events.at(-1)?.type;
    } catch (error) {
      return error instanceof Error && 'code' in error ? error.code : error;
    }
  };

  for (const [before, now, outcome] of [
    ['2026-01-31', '2026-02-01', 'budget.held'],
    ['2028-02-28', '2028-02-29', 'budget.held'],
    ['2026-12-31', '2027-01-01', 'budget.held'],
    ['2026-02-01', '2026-01-31', 'CLOCK_BACKWARDS'],
    ['2027-01-01', '2026-12-31', 'CLOCK_BACKWARDS'],
  ] as const) {
    it(`give ${outcome} on ${now} after ${before}`, () =>
      assert.equal(codeOf(after(...held(before)).state, hold('b', 1, on(now))), outcome));
  }

  it('go back when a person vouches for the clock, and not a day further', () => {
    const late = after(...held('2099-01-01'), { type: 'resetClock', by: 'dana' });
    const today = new Date(startMs).toISOString().slice(0, 10);
    assert.equal(codeOf(late.state, hold('b', 1, on(today))), 'budget.held');
    assert.equal(codeOf(late.state, hold('b', 1, on('2020-01-01'))), 'CLOCK_BACKWARDS');
  });

  it('are those of one day: a month that is not of the day is not held in', () =>
    assert.equal(
      String(codeOf(after().state, hold('b', 1, [task, 'day:2026-02-01', 'month:2026-01']))),
      'TypeError: the windows task:pr-42, day:2026-02-01, month:2026-01 are not of one day',
    ));

  it('have caps of their own: a new day has room where the last had none', () => {
    const full = after(setLimit('day', 10), hold('a', 10, on('2026-03-31')), settle('a', 10)).state;
    assert.equal(refusalIn(full, hold('b', 10, on('2026-03-31'))), 'neverFits');
    assert.equal(refusalIn(full, hold('b', 10, on('2026-04-01'))), null);
  });
});

describe('a price', () => {
  it('is recorded once, and the same name cannot mean another', () => {
    assert.equal(handle(after().state, hold('a', 1)).events.length, 1);
    const { standard } = price.tiers;
    const dearer = { ...price, tiers: { standard: { ...standard, long: standard.base } } };
    after()
      .when({ ...hold('a', 1), price: dearer })
      .isRefused('EVENT_INVALID');
  });

  it('has to be sold in the tier that is asked for', () => {
    const terms = { ...hold('a', 1).terms, serviceTier: 'flex' as const };
    after()
      .when({ ...hold('a', 1), terms })
      .isRefused('ARGUMENT_INVALID');
  });

  it('of nothing is free throughout, or it is no price', () => {
    const free = { input: 0, cachedInput: 0, cacheWrite: 0, output: 0, reasoning: 0 };
    const offered = { ...price, tiers: { standard: { base: free, long: null } } };
    const line = { ...hold('a', 1), model: 'gift', price: { ...offered, free: true } };
    assert.equal(handle(after().state, line).events.at(-1)?.type, 'budget.held');
    after()
      .when({ ...line, price: offered })
      .isRefused('COMMAND_NOT_ALLOWED');
  });
});

describe('a transient refusal', () => {
  it('says when to ask again, soon, and before the hold in the way expires', () => {
    const retryAfter = (expiryMs: number) => {
      const { events } = handle(
        after({ ...hold('a', 60), expiresInMs: expiryMs }).state,
        hold('b', 60),
      );
      const [refused] = events;
      return refused?.type === 'budget.refused' ? refused.retryAfterMs : undefined;
    };
    assert.equal(retryAfter(2000), 2000);
    assert.equal(retryAfter(900_000), 5000);
    assert.equal(retryAfter(1), 100);
  });

  it('names the scopes that have a cap, and what neverFits has no time', () => {
    const [refused] = handle(after().state, hold('b', 101, [task, 'role:judge'])).events;
    assert.ok(refused?.type === 'budget.refused');
    assert.deepEqual(
      refused.scopes.map(({ scope }) => scope),
      [task],
    );
    assert.equal(refused.retryAfterMs, null);
  });
});

describe('a limit', () => {
  it('that was removed limits nothing any more, once', () => {
    const remove: Line = { type: 'removeLimit', scope: task, by: 'dana' };
    after(remove).when(hold('a', 1)).isRefused('BUDGET_NEVER_FITS');
    after(remove).when(remove).gives();
    assert.equal(refusalIn(after(remove).state, hold('a', 900, [task, day])), null);
  });
});

describe('a settlement', () => {
  it('spends what was reported and frees the rest', () =>
    assert.deepEqual(stateOf(task, hold('a', 60), settle('a', 25)), {
      limitMicroUsd: 100,
      spentMicroUsd: 25,
      heldMicroUsd: 0,
    }));

  for (const [reported, amountMicroUsd, reportedMicroUsd, basis] of [
    [25, 25, 25, 'usage'],
    [0, 0, 0, 'usage'],
    [80, 80, 80, 'usage'],
    [101, 100, 101, 'usage'],
    [null, 60, 60, 'hold'],
  ] as const) {
    it(`of ${reported} reported on a hold of 60 charges ${amountMicroUsd}`, () => {
      const [settled] = handle(after(hold('a', 60)).state, settle('a', reported)).events;
      assert.ok(settled?.type === 'budget.settled');
      const { amountMicroUsd: amount, reportedMicroUsd: said, basis: by } = settled;
      assert.deepEqual([amount, said, by], [amountMicroUsd, reportedMicroUsd, basis]);
    });
  }

  it('is made once, and of an open hold', () => {
    after(hold('a', 60), settle('a', 25)).when(settle('a', 25)).isRefused('NOT_FOUND');
    after().when(settle('constructor', 0)).isRefused('NOT_FOUND');
  });
});

describe('the end of a hold', () => {
  it('by release costs nothing, once', () => {
    after(hold('a', 60))
      .when(release('a'))
      .gives({ type: 'budget.released', hold: 'a', reason: 'CANCELLED' });
    after(hold('a', 60), release('a')).when(release('a')).gives();
    after().when(release('constructor')).gives();
    assert.equal(stateOf(task, hold('a', 60), release('a')).spentMicroUsd, 0);
  });

  it('by interruption costs all of it, once', () => {
    assert.equal(stateOf(task, hold('a', 40), charge('a')).spentMicroUsd, 40);
    after(hold('a', 40), charge('a')).when(charge('a')).gives();
  });

  it('by time costs all of it, from the moment it is due', () => {
    after(hold('a', 40))
      .when(expireAfter(expiresInMs - 1))
      .gives();
    after(hold('a', 40)).when(expireAfter(expiresInMs)).gives({
      type: 'budget.hold.charged',
      hold: 'a',
      amountMicroUsd: 40,
      reason: 'expired',
    });
  });
});

describe('an alert', () => {
  const spend = (id: string, amount: number) => [hold(id, amount), settle(id, amount)];
  const alerts = (...lines: readonly Line[]) => alertsIn(play(...begun, ...lines));

  it('is raised at each threshold that spending reaches, and once', () => {
    assert.deepEqual(alerts(...spend('a', 49)), []);
    assert.deepEqual(alerts(...spend('a', 49), ...spend('b', 1)), [`${task} 50`]);
    assert.deepEqual(alerts(...spend('a', 50), ...spend('b', 10)), [`${task} 50`]);
    const every = [`${task} 50`, `${task} 80`, `${task} 100`];
    assert.deepEqual(alerts(...spend('a', 100)), every);
  });

  it('is raised once when several holds expire together, in a scope named twice', () => {
    const scopes = [task, task];
    const lines = [hold('a', 30, scopes), hold('b', 30, scopes), expireAfter(expiresInMs)];
    assert.deepEqual(alerts(...lines), [`${task} 50`]);
  });

  it('is raised at the thresholds that were set', () => {
    const thresholds: Line = { type: 'setAlerts', thresholdsPct: [90, 10, 90], by: 'dana' };
    assert.deepEqual(alerts(thresholds, ...spend('a', 90)), [`${task} 10`, `${task} 90`]);
    after(thresholds).when(thresholds).gives();
  });

  it('is not raised in a scope without a cap', () =>
    assert.deepEqual(alerts(hold('a', 60, [task, 'role:judge']), settle('a', 60)), [`${task} 50`]));

  it('is not raised by what is only held, nor by nothing at all', () => {
    assert.deepEqual(alerts(hold('a', 100)), []);
    assert.deepEqual(alerts(setLimit(task, 0), ...spend('a', 0)), []);
  });
});

describe('a ledger accepts no', () => {
  const forgeries = forgeriesOf({ play, given }, ['budget.limit.set', 'budget.refused']);
  const held = [...begun, hold('a', 60)];
  const settled = [...held, settle('a', 50)];
  const refused = [...held, hold('b', 50)];

  forgeries('budget.opened', { story: [open] });
  forgeries('budget.limit.set', { story: begun, early: { 'it is not open': [] } });
  forgeries('budget.held', {
    story: held,
    forged: {
      'over the cap': { amountMicroUsd: 101 },
      'in no scope with a limit': { scopes: ['role:judge'] },
      'that its price does not lead to': { amountMicroUsd: 59 },
      'at a price that nobody recorded': { model: 'large' },
      'in a tier that is not sold': {
        terms: { promptTokens: 60, maxTokens: 0, serviceTier: 'priority', region: null },
      },
    },
    early: {
      'others hold too much': [...begun, hold('b', 41)],
      'too much is spent': [...begun, hold('b', 41), settle('b', 41)],
      'the cap was lowered': [...begun, setLimit(task, 59)],
    },
  });
  forgeries('budget.settled', {
    story: settled,
    forged: {
      'above its hold': { amountMicroUsd: 61, reportedMicroUsd: 61 },
      'below what was reported': { amountMicroUsd: 49 },
      'without a report, below its hold': { basis: 'hold' },
      'at another price than it was held at': { priceBook: 'ab'.repeat(32) },
      'for another usage': { usage: usageOf(51) },
      'without a usage': { usage: null },
      'of another hold': { hold: 'b' },
      'of no hold at all': { hold: 'constructor' },
    },
    early: { 'the hold was released': [...held, release('a')] },
  });
  forgeries('budget.released', {
    story: [...held, release('a')],
    forged: { 'of another hold': { hold: 'b' }, 'of no hold at all': { hold: 'constructor' } },
    early: { 'the hold is settled': settled },
  });
  forgeries('budget.hold.charged', {
    story: [...held, charge('a')],
    forged: {
      'above the hold': { amountMicroUsd: 61 },
      'below the hold': { amountMicroUsd: 59 },
      'of another hold': { hold: 'b' },
    },
  });
  forgeries('budget.refused', {
    story: refused,
    forged: {
      'of what fits': { amountMicroUsd: 40 },
      'for the wrong reason': { refusal: 'neverFits' },
      'that misstates the ledger': {
        scopes: [{ scope: task, limitMicroUsd: 50, spentMicroUsd: 0, heldMicroUsd: 60 }],
      },
    },
    early: { 'the hold of the other ended': [...held, release('a')] },
  });
  forgeries('budget.alert.raised', {
    story: settled,
    forged: {
      'at a threshold that is not reached': { thresholdPct: 80 },
      'in another scope': { scope: day },
      'that misstates what is spent': { spentMicroUsd: 51 },
      'that misstates the limit': { limitMicroUsd: 60 },
    },
  });
});

function refusalIn(state: ReturnType<typeof after>['state'], line: Line): string | null {
  const refused = handle(state, line).events.find(({ type }) => type === 'budget.refused');
  return refused?.type === 'budget.refused' ? refused.refusal : null;
}

function lawfulHold() {
  const held = play(...begun, hold('a', 1)).at(-1);
  assert.ok(held?.type === 'budget.held');
  return held;
}
