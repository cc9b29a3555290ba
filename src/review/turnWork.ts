import type { ThreadContext, ThreadWork } from '../../actors/index.ts';
import { parseAddress, type Participant, type TurnKind } from '../../events/index.ts';

export type TurnWork = Extract<ThreadWork, { kind: 'turn' }>;

/** A thread in which a review has been opened. */
export type ReviewedThread = ThreadContext & { review: NonNullable<ThreadContext['review']> };

/** Id of a turn, the same on every start: what its commands, calls and holds are named after. */
export function turnId(
  thread: string,
  { turn, round, agent }: { turn: TurnKind; round: number; agent: string },
): string {
  return `${parseAddress(thread).task}/${turn}/${round}/${parseAddress(agent).agent}`;
}

/** The participant behind an address. */
export function participantOf(context: ReviewedThread, agent: string): Participant {
  const found = context.review.participants.find((candidate) => candidate.agent === agent);
  if (!found) throw new TypeError(`${agent} does not take part`);
  return found;
}
