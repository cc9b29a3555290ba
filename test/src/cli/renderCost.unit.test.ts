import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { csv } from '../../../src/cli/csv.ts';
import { renderCost, renderCostCsv } from '../../../src/cli/renderCost.ts';
import type { Cost, Forecast, Money } from '../../../src/views/index.ts';

const none: Money = {
  spentMicroUsd: 0,
  heldMicroUsd: 0,
  holds: 0,
  openHolds: 0,
  excessMicroUsd: 0,
  chargedInFull: 0,
  refused: 0,
  inputTokens: 0,
  cachedInputTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
};
const cost: Cost = {
  by: 'model',
  rows: [
    { ...none, key: 'large, "new"', spentMicroUsd: 1_234_500_001, holds: 3, inputTokens: 7 },
    { ...none, key: 'small', spentMicroUsd: 50, heldMicroUsd: 2, holds: 1, reasoningTokens: 9 },
  ],
  total: { ...none, spentMicroUsd: 1_234_500_051, heldMicroUsd: 2, holds: 4, inputTokens: 7 },
  limits: [],
  alerts: [],
};
const today: Forecast = {
  project: 'shop',
  window: 'day',
  scope: 'day:2026-11-24',
  startsAt: '2026-11-24T00:00:00.000Z',
  endsAt: '2026-11-25T00:00:00.000Z',
  spentMicroUsd: 6_000_000,
  limitMicroUsd: 10_000_000,
  projectedMicroUsd: 12_000_000,
  exceedsLimit: true,
};
const month: Forecast = {
  ...today,
  window: 'month',
  scope: 'month:2026-11',
  limitMicroUsd: null,
  projectedMicroUsd: null,
  exceedsLimit: false,
};

describe('the cost as a table', () => {
  it('ends with a total, and a line for each window under way', () =>
    assert.equal(
      renderCost(cost, [today, month]),
      `spent          held       calls  tokens in  tokens out  model
$1,234.500001  $0.00      3      7          0           large, "new"
$0.00005       $0.000002  1      0          0           small
$1,234.500051  $0.000002  4      7          0           total

today (2026-11-24 UTC): $6.00 spent of $10.00; at this rate $12.00 at its end, OVER THE CAP
this month (2026-11 UTC): $6.00 spent, no cap; no forecast yet
`,
    ));

  it('names the projects where there are several', () => {
    const lines = renderCost(cost, [today, { ...month, project: 'other' }]).split('\n');
    assert.match(lines.at(-3) ?? '', /^shop, today/);
    assert.match(lines.at(-2) ?? '', /^other, this month/);
  });
});

describe('the cost as CSV', () => {
  it('has a header, a record per key and no total', () =>
    assert.equal(
      renderCostCsv(cost),
      [
        'model,spentUsd,spentMicroUsd,heldMicroUsd,excessMicroUsd,holds,openHolds,chargedInFull,refused,inputTokens,cachedInputTokens,cacheWriteTokens,outputTokens,reasoningTokens',
        '"large, ""new""",1234.500001,1234500001,0,0,3,0,0,0,7,0,0,0,0',
        'small,0.000050,50,2,0,1,0,0,0,0,0,0,0,9',
        '',
      ].join('\r\n'),
    ));

  it('is read back by RFC 4180 as it was, whatever a field holds', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', '"', ',', ' ', "'", ';', 'é', '='),
      minLength: 1,
    });
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text, fc.integer()), { maxLength: 5 }), (records) =>
        assert.deepEqual(parse(csv(['x', 'y', 'z'], records)), [
          ['x', 'y', 'z'],
          ...records.map((record) => record.map(String)),
        ]),
      ),
    );
  });

  it('lets no control character through to a terminal or a record', () =>
    assert.equal(csv(['x'], [['a\u001b[2Jb\r\nc']]), 'x\r\na\\u001b[2Jb\\u000d\\u000ac\r\n'));
});

/** The grammar of RFC 4180, without line ends in fields. */
function parse(text: string): string[][] {
  assert.ok(text.endsWith('\r\n'));
  return text
    .slice(0, -2)
    .split('\r\n')
    .map((line) =>
      [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))/g)].map(([, quoted, plain]) =>
        quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'),
      ),
    );
}

it('the cost tells of bills that the caps could not count', () => {
  const total = { ...cost.total, excessMicroUsd: 500_000 };
  assert.match(renderCost({ ...cost, total }, []), /^NOT COUNTED: providers reported \$0\.50 /m);
});
