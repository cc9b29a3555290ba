import type { Findings } from '../findings.ts';
import type { EventCheck } from './check.ts';

/** Notes where a node went on from a backup: what it had recorded since then, if anything, is not here. */
export function restoredNote(findings: Findings): EventCheck {
  return ({ subject, seq, recorded: { event, meta } }) => {
    if (event.type === 'node.restored') {
      const message =
        `went on from a backup of ${event.takenAt}, restored by ${event.by} at ${meta.at}; ` +
        'what was recorded in between is not in these logs';
      findings.note(subject, { kind: 'restored', seq, message });
    }
    return null;
  };
}
