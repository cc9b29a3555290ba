import type { EventCheck } from './check.ts';
import type { Spending } from './spending.ts';

/** A thread goes on with more money only where the ledger has that cap on record. */
export function liftCheck(spending: Pick<Spending, 'everLimited'>): EventCheck {
  return ({ subject, seq, recorded: { event } }) => {
    if (event.type !== 'thread.escalation.lifted') return null;
    const { scope, limitMicroUsd } = event;
    if (spending.everLimited(subject.actor, scope, limitMicroUsd) !== false) return null;
    return {
      check: 'cost',
      seq,
      field: 'limitMicroUsd',
      expected: null,
      found: limitMicroUsd,
      message: `event ${seq} goes on with a cap of ${scope} that nobody has set in the ledger`,
    };
  };
}
