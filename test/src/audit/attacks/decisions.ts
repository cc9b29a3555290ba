import type { BzzzEvent, Choice, EventOf } from '../../../../events/index.ts';
import type { Dice } from '../../../support/dice.ts';
import { alteration } from './alteration.ts';
import type { AttackClass, Variant } from './family.ts';
import { altered, everyNamed, logOf, named, pick, type Scene } from './scene.ts';

export const otherChoice = (choice: Choice): Choice =>
  choice === 'approve' ? 'reject' : 'approve';

const falseTally = alteration(
  { name: 'a consensus with a false tally', variants: 15, type: 'thread.consensus.reached' },
  ({ event }, dice) => {
    const field = dice.one('approve', 'reject', 'abstain', 'approveWeight', 'rejectWeight');
    const tally = { ...event.tally, [field]: event.tally[field] + dice.whole(1, 3) };
    return {
      event: { ...event, tally },
      expected: { check: 'consensus', field: `tally.${field}` },
    };
  },
);

const falseOutcome = alteration(
  { name: 'an outcome that the votes do not have', variants: 10, type: 'thread.consensus.reached' },
  ({ event }) => ({
    event: { ...event, outcome: event.outcome === 'accepted' ? 'rejected' : 'accepted' },
    expected: { check: 'consensus', field: 'outcome' },
  }),
);

const lostVote = alteration(
  { name: 'a consensus without one of its votes', variants: 8, type: 'thread.consensus.reached' },
  ({ event }, dice) => ({
    event: { ...event, votes: event.votes.toSpliced(dice.whole(0, event.votes.length - 1), 1) },
    expected: { check: 'consensus', field: 'votes' },
  }),
);

const falseVerdict = alteration(
  {
    name: 'a verdict that the decisions do not lead to',
    variants: 8,
    type: 'thread.verdict.reached',
  },
  ({ event }) => ({
    event: { ...event, verdict: event.verdict === 'approved' ? 'changes_requested' : 'approved' },
    expected: { check: 'consensus', field: 'verdict' },
  }),
);

/** Consistent in all logs that say it: the vote, its entry, the count. Nothing in the events tells. */
const consistent: AttackClass = {
  name: 'a dissenting vote flipped in the thread and in the log of its agent',
  variants: 16,
  on: 'sealed',
  draw: (scene, dice) => flipEverywhere(scene, dice),
};

/** A vote on the losing side, put on the winning one wherever it is told of. */
export function flipEverywhere(scene: Scene, dice: Dice): Variant | null {
  const decided = pick(dice, everyNamed(scene, 'thread.consensus.reached'));
  if (!decided) return null;
  const { log: thread, event } = decided;
  const losing: Choice = event.outcome === 'accepted' ? 'reject' : 'approve';
  const dissent = pick(
    dice,
    event.votes.filter(({ choice }) => choice === losing),
  );
  const cast = named(thread, 'thread.vote.cast').find(
    ({ event: vote }) => vote.ref.hash === dissent?.statement,
  );
  const agent = cast && logOf(scene, cast.event.agent);
  const stated = agent?.events[cast?.event.ref.seq ?? -1];
  if (!dissent || !cast || !agent || stated?.event.type !== 'agent.vote.stated') return null;
  const choice = otherChoice(losing);
  return {
    what: `the ${losing} of ${cast.event.agent} on ${event.proposal} of ${thread.actor}`,
    async attack(forger) {
      const words = { ...stated.event, choice };
      await forger.record(
        agent.key,
        agent.events.with(cast.event.ref.seq, { ...stated, event: words }),
      );
      const hash = await forger.hashOf(agent.key, cast.event.ref.seq);
      const recount = recounted(event, dissent.statement, { choice, hash });
      const entry = { ...cast.event, choice, ref: { ...cast.event.ref, hash } };
      const events = altered(cast, entry).with(decided.seq, {
        ...decided.recorded,
        event: recount,
      });
      await forger.record(thread.key, events);
    },
    finds: [
      { check: 'seal', log: agent.key, field: 'root' },
      { check: 'seal', log: thread.key, field: 'root' },
    ],
  };
}

/** A consensus with one vote on the other side; all weights are one. */
function recounted(
  fact: EventOf<'thread'> & { type: 'thread.consensus.reached' },
  statement: string,
  { choice, hash }: { choice: Choice; hash: string },
): BzzzEvent {
  const shift = choice === 'approve' ? 1 : -1;
  const { approve, reject, abstain, approveWeight, rejectWeight } = fact.tally;
  return {
    ...fact,
    tally: {
      approve: approve + shift,
      reject: reject - shift,
      abstain,
      approveWeight: approveWeight + shift,
      rejectWeight: rejectWeight - shift,
    },
    votes: fact.votes.map((vote) =>
      vote.statement === statement ? { ...vote, choice, statement: hash } : vote,
    ),
  };
}

/** What is made of the votes. */
export const decisions: readonly AttackClass[] = [
  falseTally,
  falseOutcome,
  lostVote,
  falseVerdict,
  consistent,
];
