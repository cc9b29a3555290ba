import type { EventOf } from '../../events/index.ts';
import { endHold, holdOf, limitOf, scopeState, type Ledger } from './ledger.ts';

type Raised = Extract<EventOf<'budget'>, { type: 'budget.alert.raised' }>;

const thresholdsPctDefault: readonly number[] = [50, 80, 100];

/** Percent of a limit at which an alert is raised, once each per scope; a window is a scope of its own. */
export function thresholdsOf({ thresholdsPct }: Ledger): readonly number[] {
  return thresholdsPct ?? thresholdsPctDefault;
}

/** Key of an alert in the ledger: each threshold of a scope rings once. */
export function alertKey(scope: string, thresholdPct: number): string {
  return `${scope} ${thresholdPct}`;
}

/** True when spending has reached a threshold of the limit that has not rung yet. */
export function rings(ledger: Ledger, scope: string, thresholdPct: number): boolean {
  const { spentMicroUsd, limitMicroUsd } = scopeState(ledger, scope);
  return (
    limitOf(ledger, scope) !== null &&
    spentMicroUsd > 0 &&
    spentMicroUsd * 100 >= limitMicroUsd * thresholdPct &&
    !ledger.alerts.includes(alertKey(scope, thresholdPct))
  );
}

/** The alerts that follow when a hold is charged that much. */
export function alertsOnCharge(ledger: Ledger, hold: string, chargedMicroUsd: number): Raised[] {
  const after: Ledger = { ...ledger, ...endHold(ledger, hold, chargedMicroUsd) };
  const scopes = holdOf(ledger, hold)?.scopes ?? [];
  return scopes.flatMap((scope) => {
    const { spentMicroUsd, limitMicroUsd } = scopeState(after, scope);
    return thresholdsOf(ledger)
      .filter((thresholdPct) => rings(after, scope, thresholdPct))
      .map((thresholdPct) => ({
        type: 'budget.alert.raised' as const,
        scope,
        thresholdPct,
        spentMicroUsd,
        limitMicroUsd,
      }));
  });
}
