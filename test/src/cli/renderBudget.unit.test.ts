import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { renderBudget, renderHolds } from '../../../src/cli/renderBudget.ts';
import type { Budget, OpenHold } from '../../../src/views/index.ts';

const nowMs = Date.parse('2026-11-24T12:00:00.000Z');
const hold: OpenHold = {
  hold: 'h1',
  project: 'shop',
  thread: 'bzzz://*:*@shop:pr-42',
  agent: 'bzzz://ann:reviewer@shop:*',
  role: 'reviewer',
  model: 'large',
  heldMicroUsd: 20_000,
  heldAt: '2026-11-24T11:46:30.000Z',
  expiresAt: '2026-11-24T12:01:30.000Z',
};
const alert = { project: 'shop', spentMicroUsd: 8_010_000, limitMicroUsd: 10_000_000 };
const budget: Budget = {
  project: 'shop',
  limits: [
    {
      project: 'shop',
      scope: 'day',
      limitMicroUsd: 10_000_000,
      by: 'configuration',
      setAt: 'then',
    },
  ],
  scopes: [
    {
      scope: 'day:2026-11-24',
      limitMicroUsd: 10_000_000,
      spentMicroUsd: 8_010_000,
      heldMicroUsd: 20_000,
      leftMicroUsd: 1_970_000,
    },
    {
      scope: 'role:reviewer',
      limitMicroUsd: null,
      spentMicroUsd: 8_010_000,
      heldMicroUsd: 20_000,
      leftMicroUsd: null,
    },
  ],
  thresholdsPct: [80],
  alerts: [
    { ...alert, scope: 'day:2026-11-23', thresholdPct: 80, raisedAt: 'yesterday' },
    { ...alert, scope: 'day:2026-11-24', thresholdPct: 80, raisedAt: 'today' },
  ],
  holds: [hold],
};

describe('the budget as text', () => {
  it('shows caps, what is left of them, alerts of what is in use, and holds', () =>
    assert.equal(
      renderBudget(budget, [50, 80], nowMs),
      `scope  limit   set   by
day    $10.00  then  configuration

cap     spent  held   left   scope
$10.00  $8.01  $0.02  $1.97  day:2026-11-24
-       $8.01  $0.02  -      role:reviewer

alerts at 50 %, 80 % of a cap
alert: day:2026-11-24 reached 80 % of $10.00 at today, with $8.01

held   age     expires   model  agent                       hold
$0.02  13 min  in 1 min  large  bzzz://ann:reviewer@shop:*  h1
`,
    ));

  it('says that no alert is ever raised, and nothing of holds where there are none', () => {
    const text = renderBudget({ ...budget, holds: [], alerts: [] }, [], nowMs);
    assert.ok(text.endsWith('\nalerts at no percentage of a cap\n'), text);
  });
});

describe('a hold as text', () => {
  const ages: readonly (readonly [heldAt: string, expiresAt: string, shown: RegExp])[] = [
    ['2026-11-24T11:59:18.001Z', '2026-11-24T12:00:00.001Z', / 41 s +in 0 s /],
    ['2026-11-24T10:00:00.000Z', '2026-11-24T12:00:00.000Z', / 2 h +is over /],
    ['2026-11-21T12:00:00.000Z', '2026-11-24T14:59:59.000Z', / 3 d +in 2 h /],
    // The clock of this machine went back since.
    ['2026-11-24T13:00:00.000Z', '2026-11-24T13:15:00.000Z', / 0 s +in 1 h /],
  ];
  for (const [heldAt, expiresAt, shown] of ages)
    it(`has an age and an end: ${heldAt} to ${expiresAt}`, () => {
      assert.match(renderHolds([{ ...hold, heldAt, expiresAt }], nowMs), shown);
    });
});
