import {
  agentAddress,
  budgetAddress,
  kindOf,
  nodeAddress,
  threadAddress,
  type BzzzEvent,
} from '../../../events/index.ts';
import { compare, type EventCheck } from './check.ts';

/** A clock that is set right may go back this far; more is a date that was made up. */
const clockStepMsMax = 60_000;

/**
 * Every event is where its envelope says, belongs to its actor, and is not older than the one before.
 * `ids` holds the ids of all events of the store.
 */
export function envelopeCheck(ids: Set<string>): EventCheck {
  let latestMs = 0;
  return ({ subject, seq, recorded: { meta, event } }) => {
    const earliestMs = latestMs - clockStepMsMax;
    const atMs = Date.parse(meta.at);
    latestMs = Math.max(latestMs, atMs);
    const idTaken = ids.has(meta.id);
    ids.add(meta.id);
    const misplaced = compare('envelope', seq, `event ${seq} says of itself what is not so`, [
      ['meta.seq', seq, meta.seq],
      ['meta.stream', subject.log, meta.stream],
      ['meta.actor', subject.actor, meta.actor],
      ['event.type', subject.kind, kindOf(event.type)],
      ['event', subject.actor, addressIn(event) ?? subject.actor],
    ]);
    if (misplaced) return misplaced;
    if (idTaken) {
      const message = `event ${seq} has the id of another event`;
      return { check: 'envelope', seq, field: 'meta.id', expected: null, found: meta.id, message };
    }
    if (atMs >= earliestMs) return null;
    return {
      check: 'envelope',
      seq,
      field: 'meta.at',
      expected: new Date(earliestMs).toISOString(),
      found: meta.at,
      message: `event ${seq} is dated before an event that it follows`,
    };
  };
}

/** The address that follows from the event which begins the life of an actor. */
function addressIn(event: BzzzEvent): string | null {
  switch (event.type) {
    case 'agent.registered':
      return agentAddress(event.name, event.role, event.project);
    case 'thread.opened':
      return threadAddress(event.project, event.task);
    case 'budget.opened':
      return budgetAddress(event.project);
    case 'node.started':
      return nodeAddress(event.name);
    default:
      return null;
  }
}
