import {
  Refusal,
  type BzzzEvent,
  type Participant,
  type Policy,
  type Recorded,
} from '../../../events/index.ts';
import type { EvidenceArchive } from './archive.ts';

/** An event of a log, where it stands and when it was recorded. */
export type Entry = {
  readonly seq: number;
  readonly at: string;
  readonly body: Recorded['body'];
  readonly event: BzzzEvent;
};
/** One of a type. */
export type Told<Type extends BzzzEvent['type']> = Entry & {
  readonly event: Extract<BzzzEvent, { type: Type }>;
};
type Decided = Told<'thread.consensus.reached'> | Told<'thread.verdict.reached'>;

/** What happened in a thread up to one of its decisions, that included. */
export type Tale = {
  readonly address: string;
  readonly log: string;
  readonly openedAt: string;
  /** SHA-256 of the diff. */
  readonly change: string;
  readonly policy: Policy;
  readonly participants: readonly Participant[];
  readonly events: readonly Entry[];
  readonly decided: Decided;
};

export function isOf<Type extends BzzzEvent['type']>(type: Type) {
  return (entry: Entry): entry is Told<Type> => entry.event.type === type;
}

/** Reads a thread up to a decision. Throws Refusal NOT_FOUND when it has no such decision. */
export async function taleOf(
  archive: EvidenceArchive,
  address: string,
  number: number,
): Promise<Tale> {
  const log = archive.keyOf(address);
  if (!log) {
    const message = `there is no thread ${address}; bzzz thread ls names them all`;
    throw new Refusal('NOT_FOUND', message);
  }
  const all: Entry[] = [];
  for await (const entry of archive.events(address)) all.push(entry);
  const decisions = all.filter(isDecision);
  const decided = decisions.find(({ event }) => event.decision === number);
  const review = all.find(isOf('thread.review.opened'));
  if (!decided || !review) {
    const many = decisions.length === 1 ? '1 decision' : `${decisions.length} decisions`;
    throw new Refusal('NOT_FOUND', `${address} has ${many}, and none with the number ${number}`, {
      data: { decisions: decisions.length },
    });
  }
  archive.rely(log, decided.seq);
  const { policy, participants, change } = review.event;
  const events = all.filter(({ seq }) => seq <= decided.seq);
  const openedAt = all[0]?.at ?? review.at;
  return { address, log, openedAt, change: change.hash, policy, participants, events, decided };
}

function isDecision(entry: Entry): entry is Decided {
  return isOf('thread.consensus.reached')(entry) || isOf('thread.verdict.reached')(entry);
}
