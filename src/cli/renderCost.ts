import { dollars } from '../shared/text/index.ts';
import type { Cost, Forecast, Money } from '../views/index.ts';
import { csv } from './csv.ts';
import { table } from './table.ts';

/** A table for people, with a total, and a line for each window under way. */
export function renderCost(cost: Cost, forecasts: readonly Forecast[]): string {
  const rows = [...cost.rows, { key: 'total', ...cost.total }].map((row) => [
    dollars(row.spentMicroUsd),
    dollars(row.heldMicroUsd),
    String(row.holds),
    String(row.inputTokens),
    String(row.outputTokens),
    row.key,
  ]);
  const sums = table(['spent', 'held', 'calls', 'tokens in', 'tokens out', cost.by], rows);
  const several = new Set(forecasts.map(({ project }) => project)).size > 1;
  const lines = forecasts.map((each) => `${several ? `${each.project}, ` : ''}${lineOf(each)}\n`);
  return [sums, ...notCounted(cost), ...(lines.length > 0 ? ['\n', ...lines] : [])].join('');
}

function notCounted({ total: { excessMicroUsd } }: Cost): string[] {
  if (excessMicroUsd === 0) return [];
  const bill = `providers reported ${dollars(excessMicroUsd)} for more than they were asked for`;
  return [`\nNOT COUNTED: ${bill}, beyond the caps; they do not keep to max_tokens\n`];
}

function lineOf(forecast: Forecast): string {
  const { scope, limitMicroUsd, projectedMicroUsd, exceedsLimit } = forecast;
  const name = scope.slice(scope.indexOf(':') + 1);
  const when = forecast.window === 'day' ? 'today' : 'this month';
  const cap = limitMicroUsd === null ? ', no cap' : ` of ${dollars(limitMicroUsd)}`;
  const rate =
    projectedMicroUsd === null
      ? 'no forecast yet'
      : `at this rate ${dollars(projectedMicroUsd)} at its end${exceedsLimit ? ', OVER THE CAP' : ''}`;
  return `${when} (${name} UTC): ${dollars(forecast.spentMicroUsd)} spent${cap}; ${rate}`;
}

const amounts = [
  'excessMicroUsd',
  'holds',
  'openHolds',
  'chargedInFull',
  'refused',
  'inputTokens',
  'cachedInputTokens',
  'cacheWriteTokens',
  'outputTokens',
  'reasoningTokens',
] as const satisfies readonly (keyof Money)[];

/** For spreadsheets: one record per key, without a total, so that columns can be added up. */
export function renderCostCsv({ by, rows }: Cost): string {
  const head = [by, 'spentUsd', 'spentMicroUsd', 'heldMicroUsd', ...amounts];
  const records = rows.map((row) => [
    row.key,
    plainDollars(row.spentMicroUsd),
    row.spentMicroUsd,
    row.heldMicroUsd,
    ...amounts.map((name) => row[name]),
  ]);
  return csv(head, records);
}

/** `1234.500000`: exact, and a number to every program. */
function plainDollars(microUsd: number): string {
  const digits = String(microUsd).padStart(7, '0');
  return `${digits.slice(0, -6)}.${digits.slice(-6)}`;
}
