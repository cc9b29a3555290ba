import { dollars } from '../shared/text/index.ts';
import type { Budget, OpenHold } from '../views/index.ts';
import { table } from './table.ts';

/** Caps, what is left of them, open holds, and the alerts of scopes that are still in use, for people. */
export function renderBudget(
  { limits, scopes, alerts, holds }: Budget,
  thresholdsPct: readonly number[],
  nowMs: number,
): string {
  const set = limits.map(({ scope, limitMicroUsd, by, setAt }) => {
    return [scope, dollars(limitMicroUsd), setAt, by];
  });
  const uses = scopes.map(({ scope, limitMicroUsd, spentMicroUsd, heldMicroUsd, leftMicroUsd }) => {
    const [cap, left] = [limitMicroUsd, leftMicroUsd].map((of) =>
      of === null ? '-' : dollars(of),
    );
    return [cap ?? '-', dollars(spentMicroUsd), dollars(heldMicroUsd), left ?? '-', scope];
  });
  const inUse = new Set(scopes.map(({ scope }) => scope));
  const current = alerts.filter(({ scope }) => inUse.has(scope));
  const raised = current.map(
    ({ scope, thresholdPct, spentMicroUsd, limitMicroUsd, raisedAt }) =>
      `alert: ${scope} reached ${thresholdPct} % of ${dollars(limitMicroUsd)} at ${raisedAt}, with ${dollars(spentMicroUsd)}\n`,
  );
  const rungs = thresholdsPct.map((threshold) => `${threshold} %`).join(', ');
  return [
    table(['scope', 'limit', 'set', 'by'], set),
    '\n',
    table(['cap', 'spent', 'held', 'left', 'scope'], uses),
    '\n',
    `alerts at ${rungs || 'no percentage'} of a cap\n`,
    ...raised,
    ...(holds.length > 0 ? ['\n', renderHolds(holds, nowMs)] : []),
  ].join('');
}

/** Money held for calls without an outcome, for people. */
export function renderHolds(holds: readonly OpenHold[], nowMs: number): string {
  const rows = holds.map(({ hold, heldMicroUsd, heldAt, expiresAt, model, agent }) => [
    dollars(heldMicroUsd),
    durationOf(nowMs - Date.parse(heldAt)),
    expiryOf(Date.parse(expiresAt) - nowMs),
    model,
    agent,
    hold,
  ]);
  return table(['held', 'age', 'expires', 'model', 'agent', 'hold'], rows);
}

// Nothing runs while no command does: whoever writes next charges what has expired.
function expiryOf(leftMs: number): string {
  return leftMs > 0 ? `in ${durationOf(leftMs)}` : 'is over';
}

const units = [
  ['d', 24 * 60 * 60_000],
  ['h', 60 * 60_000],
  ['min', 60_000],
  ['s', 1000],
] as const;

/** In the largest unit that fits, whole: `42 s`, `3 min`. A clock that went back makes no age below 0. */
function durationOf(ms: number): string {
  const [unit, unitMs] = units.find(([, each]) => ms >= each) ?? ['s', 1000];
  return `${Math.max(Math.floor(ms / unitMs), 0)} ${unit}`;
}
