import type { Choice, EventOf, Policy } from '../../../events/index.ts';
import type { World } from '../world.ts';
import {
  castBallot,
  close,
  drop,
  enterRemarks,
  enterReview,
  finding,
  handle,
  initial,
  lift,
  open,
  openReview,
  passDeadline,
  proceed,
  resolve,
  type Line,
} from './script.ts';

export type ThreadState = typeof initial;
type Cast = {
  readonly agents: readonly string[];
  /** Kinds of the findings of the first agent; the others find nothing. */
  readonly kinds: readonly string[];
  /** How an item may be voted on; null is no vote. */
  readonly choices: readonly (Choice | null)[];
  /** Agents that may drop out. */
  readonly failing: readonly string[];
  /** True: they drop out for want of money, and a person may raise the cap once. */
  readonly broke?: boolean;
  readonly rules?: Partial<Policy>;
};

/** A thread in which everybody may say everything at any time. */
export function threadWorld({
  agents,
  kinds,
  choices,
  failing,
  broke = false,
  rules = {},
}: Cast): World<ThreadState, EventOf<'thread'>, Line> {
  const always = [
    open,
    openReview(agents, rules),
    ...agents.map((agent, index) => {
      const found = index === 0 ? kinds.map((kind) => finding(agent, { kind })) : [];
      return enterReview(agent, ...found);
    }),
    ...agents.map((agent) => enterRemarks(agent)),
    ...failing.map((agent) => drop(agent, broke ? 'BUDGET_NEVER_FITS' : undefined)),
    passDeadline('review'),
    passDeadline('escalation'),
    proceed,
    resolve('approved'),
    resolve('changes_requested'),
  ];
  const ballots = kinds.reduce<(Choice | null)[][]>(
    (shorter) => shorter.flatMap((ballot) => choices.map((choice) => [...ballot, choice])),
    [[]],
  );
  const linesIn = ({ context: { review, proposals, round, lifts } }: ThreadState): Line[] => [
    ...always,
    ...(broke && lifts === undefined ? [lift()] : []),
    // A thread that closes before its review is not worth many walks.
    ...(review ? [close] : []),
    ...agents.flatMap((agent) =>
      ballots.map((ballot) => castBallot(proposals, agent, ballot, round)),
    ),
  ];
  return { initial, handle, linesIn };
}

/**
 * The same for states with the same future: the order of arrival is forgotten, and so are votes of rounds
 * that are over.
 */
export function keyOf({ value, context }: ThreadState): string {
  const { votes, entered, ended, findings, ...rest } = context;
  // Money may bring a vote back that was interrupted.
  const broke = Object.values(rest.failed).some((reason) => reason.startsWith('BUDGET_'));
  const voting = rest.verdict === null && (rest.escalation === null || broke);
  const counted = voting ? votes.filter(({ round }) => round === rest.round) : [];
  const turns = voting ? ended.filter((turn) => turn.includes(`/${rest.round}/`)) : [];
  const sorted = [counted, turns, entered, findings].map((facts) =>
    facts.map((fact) => JSON.stringify(fact)).toSorted((a, b) => (a < b ? -1 : 1)),
  );
  return JSON.stringify([value, rest, sorted]);
}
