import type { ThreadContext, ThreadWork } from '../../actors/index.ts';
import { parseAddress, type Participant, type ThreadTurn } from '../../events/index.ts';

export type TurnWork = Extract<ThreadWork, { kind: 'turn' }>;

/** A thread in which a review has been opened. */
export type ReviewedThread = ThreadContext & { review: NonNullable<ThreadContext['review']> };

/** Id of a turn, the same on every start: what its commands, calls and holds are named after. */
export function turnId(
  thread: string,
  { turn, round, agent }: { turn: ThreadTurn; round: number; agent: string },
): string {
  return `${parseAddress(thread).task}/${turn}/${round}/${parseAddress(agent).agent}`;
}

/**
 * What the commands of a turn end with, once a cap was raised: who had dropped out is asked again, in the same
 * turn, by other commands.
 */
export function again(lifts: number | undefined): string {
  return lifts === undefined ? '' : `~${lifts}`;
}

/** Why a call of a fork goes to its model: nothing was chosen. */
export const forkChoice = 'fork';

/** Turns of a review that are certainly still to be paid, the one under way among them. */
export function turnsLeft(context: ReviewedThread, { turn, round }: TurnWork): number {
  const active = context.review.participants.filter(({ agent }) => !(agent in context.failed));
  const missing = (kind: ThreadTurn): number =>
    active.filter(({ agent }) => !context.ended.includes(`${kind}/${round}/${agent}`)).length;
  switch (turn) {
    case 'review':
      return active.filter(({ agent }) => !context.entered.includes(agent)).length + active.length;
    case 'discuss':
      return missing('discuss') + active.length;
    case 'vote':
      return missing('vote');
  }
}

/** The participant behind an address. */
export function participantOf(context: ReviewedThread, agent: string): Participant {
  const found = context.review.participants.find((candidate) => candidate.agent === agent);
  if (!found) throw new TypeError(`${agent} does not take part`);
  return found;
}
