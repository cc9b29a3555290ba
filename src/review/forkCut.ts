import { Refusal, type BlobRef, type EventOf, type Recorded } from '../../events/index.ts';

type ThreadFact = Recorded<EventOf<'thread'>>;

/** How a thread stands after an event, as far as a fork there needs to know. */
export type Cut = {
  /** The escalation that waits for an answer. */
  readonly escalation: number | null;
  readonly escalationMs: number;
  /** Who would go on; nobody while a person is asked. */
  readonly agents: readonly string[];
  /** The change under review. */
  readonly blob: BlobRef | null;
};

type Station = Cut & { readonly isOpen: boolean; readonly isDecided: boolean };

/**
 * Where a thread can be forked: after the last event of a command, while its review is open. Throws Refusal
 * ARGUMENT_INVALID elsewhere, and names the nearest events that are possible.
 */
export function cutAt(origin: string, events: readonly ThreadFact[], seq: number): Cut {
  const stations = stationsOf(events);
  const taken = takenOver(events);
  const possible = stations.flatMap(({ isOpen, isDecided }, at) => {
    const ends = events[at]?.meta.command !== events[at + 1]?.meta.command;
    return isOpen && !isDecided && ends && at >= (taken?.length ?? 0) ? [at] : [];
  });
  const station = stations[seq];
  if (station && possible.includes(seq)) return station;
  const why = station
    ? whyNot(station, events, seq, taken)
    : `${origin} has ${events.length} events, 0 to ${events.length - 1}`;
  const ways = [possible.findLast((at) => at < seq), possible.find((at) => at > seq)];
  const near = ways.filter((at) => at !== undefined).join(' or ');
  const instead = near === '' ? 'there is no other event to fork it at' : `choose --at ${near}`;
  throw new Refusal('ARGUMENT_INVALID', `${why}; ${instead}`, { data: { possible } });
}

function whyNot(
  { isOpen, isDecided }: Station,
  events: readonly ThreadFact[],
  seq: number,
  taken: { thread: string; length: number } | null,
): string {
  if (taken && seq < taken.length) {
    const { thread, length } = taken;
    const whose = `events 1 to ${length - 1} are those of ${thread}`;
    return `${whose}: to fork it at event ${seq}, fork that thread`;
  }
  if (!isOpen) return `no review is opened up to event ${seq}`;
  if (isDecided) return `nothing is left to decide after event ${seq}`;
  const command = events[seq]?.meta.command;
  const last = events.findLastIndex(({ meta }) => meta.command === command);
  return `event ${seq} is one of several that were said at once, up to event ${last}`;
}

/** What a fork has from its origin. */
function takenOver([first]: readonly ThreadFact[]): { thread: string; length: number } | null {
  return first?.event.type === 'thread.forked' ? first.event.origin : null;
}

/** How the thread stands after each of its events. */
function stationsOf(events: readonly ThreadFact[]): Station[] {
  let [isOpen, isDecided, escalationMs] = [false, false, 0];
  let escalation: number | null = null;
  let agents: string[] = [];
  let blob: BlobRef | null = null;
  return events.map(({ event }) => {
    switch (event.type) {
      case 'thread.review.opened':
        isOpen = true;
        ({ escalationMs } = event.policy);
        ({ blob } = event.change);
        agents = event.participants.map(({ agent }) => agent);
        break;
      case 'thread.participant.failed':
        agents = agents.filter((agent) => agent !== event.agent);
        break;
      case 'thread.escalated':
        ({ escalation } = event);
        break;
      case 'thread.escalation.lifted':
        escalation = null;
        agents = [...agents, ...event.agents];
        break;
      case 'thread.escalation.resolved':
      case 'thread.escalation.defaulted':
      case 'thread.verdict.reached':
      case 'thread.closed':
        isDecided = true;
        break;
      default:
    }
    const waits = escalation === null ? agents : [];
    return { isOpen, isDecided, escalation, escalationMs, agents: waits, blob };
  });
}
