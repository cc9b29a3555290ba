import {
  agentAddress,
  budgetAddress,
  kindOf,
  nodeAddress,
  sha256Hex,
  threadAddress,
  type BzzzEvent,
} from '../../../events/index.ts';
import type { EventIds } from '../eventIds.ts';
import type { Difference } from '../findings.ts';
import { compare, type EventCheck } from './check.ts';

/** Before version 3 a clock that was set right may have gone back this far; more was made up. */
const clockStepMsMax = 60_000;
const monotoneFrom = 3;

/**
 * Every event is where its envelope says, belongs to its actor, and is neither older than the one before nor
 * written by an older program. `ids` holds the ids of all events of the store.
 */
export function envelopeCheck(ids: EventIds): EventCheck {
  let latestMs = 0;
  let latestV = 1;
  return ({ subject, seq, recorded: { meta, event }, block, isPlain }) => {
    const earliestMs = latestMs - (meta.v < monotoneFrom ? clockStepMsMax : 0);
    const earliestV = latestV;
    const atMs = Date.parse(meta.at);
    latestMs = Math.max(latestMs, atMs);
    latestV = Math.max(latestV, meta.v);
    const idTaken = !ids.add(meta.id);
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
    if (atMs < earliestMs) {
      return {
        check: 'envelope',
        seq,
        field: 'meta.at',
        expected: new Date(earliestMs).toISOString(),
        found: meta.at,
        message: `event ${seq} is dated before an event that it follows`,
      };
    }
    if (meta.v < earliestV) {
      // An older version says less, so that less could be held against it.
      const message = `event ${seq} says that an older program wrote it than the one before`;
      const found = meta.v;
      return { check: 'envelope', seq, field: 'meta.v', expected: earliestV, found, message };
    }
    if (madeMs(meta.id) !== atMs) {
      const message = `the id of event ${seq} was made at another time`;
      const expected = new Date(madeMs(meta.id)).toISOString();
      return { check: 'envelope', seq, field: 'meta.at', expected, found: meta.at, message };
    }
    return isPlain ? null : ambiguity(block, seq);
  };
}

/** The first 48 bits of a UUID of version 7 are milliseconds (RFC 9562, 5.7). */
function madeMs(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}

// Other readers may find something else in what is not written as JSON.stringify writes it.
function ambiguity(block: Uint8Array, seq: number): Difference {
  const parsed: unknown = JSON.parse(new TextDecoder().decode(block));
  const message = `event ${seq} is not written as bzzz writes: others may read something else in it`;
  const expected = sha256Hex(JSON.stringify(parsed));
  return { check: 'envelope', seq, field: 'block', expected, found: sha256Hex(block), message };
}

/** The address that follows from the event which begins the life of an actor. */
function addressIn(event: BzzzEvent): string | null {
  switch (event.type) {
    case 'agent.registered':
      return agentAddress(event.name, event.role, event.project);
    case 'thread.opened':
    case 'thread.forked':
      return threadAddress(event.project, event.task);
    case 'budget.opened':
      return budgetAddress(event.project);
    case 'node.started':
      return nodeAddress(event.name);
    default:
      return null;
  }
}
