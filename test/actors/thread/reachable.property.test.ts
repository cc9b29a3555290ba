import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { thread, type ThreadContext } from '../../../actors/index.ts';
import { explore } from '../world.ts';
import { ann, bob, cid, proceed, type Line } from './script.ts';
import { keyOf, threadWorld, type ThreadState } from './world.ts';

/** Every state of a thread that two or three agents, a clock and a person can bring about. */
const worlds = {
  'two agents, every choice, one may drop out': threadWorld({
    agents: [ann, bob],
    kinds: ['bug'],
    choices: ['approve', 'reject', 'abstain', null],
    failing: [bob],
  }),
  'three agents, one with a veto': threadWorld({
    agents: [ann, bob, cid],
    kinds: ['bug'],
    choices: ['approve', 'reject'],
    failing: [ann],
    rules: { vetoRoles: ['security'] },
  }),
  'three agents, money that runs out and a person who raises the cap': threadWorld({
    agents: [ann, bob, cid],
    kinds: ['bug'],
    choices: ['approve', 'reject'],
    failing: [ann, bob],
    broke: true,
    rules: { minParticipants: 2 },
  }),
  'two agents, two items': threadWorld({
    agents: [ann, bob],
    kinds: ['bug', 'style'],
    choices: ['approve', 'reject'],
    failing: [],
  }),
};

for (const [what, world] of Object.entries(worlds)) {
  const { states, steps } = explore(world, keyOf);
  const contexts = states.map(({ context }) => context);

  describe(`in every state of ${what}`, () => {
    it('there is something to look at', () => {
      assert.ok(states.length > 400, `${states.length} states`);
      assert.ok(contexts.some(({ verdict }) => verdict === 'approved'));
      assert.ok(contexts.some(({ verdict }) => verdict === 'changes_requested'));
      assert.ok(contexts.some(({ round, escalation }) => round === 2 && escalation));
    });

    it('no vote counts twice', () => {
      for (const { votes } of contexts) {
        const cast = votes.map(({ round, proposal, agent }) => `${round} ${proposal} ${agent}`);
        assert.equal(new Set(cast).size, cast.length);
      }
    });

    it('an item is decided only by enough votes that say so', () => {
      for (const context of contexts) {
        for (const { proposal, outcome } of context.proposals)
          if (outcome !== 'open') assert.ok(isSupported(context, proposal, outcome));
      }
    });

    it('the verdict is what the accepted items ask for, or what the person said', () => {
      for (const { verdict, escalation, proposals } of contexts.filter((each) => each.verdict)) {
        const blocked = proposals.some(({ outcome }) => outcome === 'accepted');
        const earned = blocked ? 'changes_requested' : 'approved';
        assert.equal(verdict, escalation ? escalation.verdict : earned);
        if (!escalation) assert.ok(proposals.every(({ outcome }) => outcome !== 'open'));
      }
    });

    it('what is decided stays decided', () => {
      for (const { from, to } of steps) {
        if (from.context.verdict) assert.equal(to.context.verdict, from.context.verdict);
        assert.ok(isAtRest(to) || !isAtRest(from));
        for (const [index, { outcome }] of from.context.proposals.entries())
          if (outcome !== 'open') assert.equal(to.context.proposals[index]?.outcome, outcome);
      }
    });

    it('the thread waits exactly while it is at work, and only for what it would take', () => {
      const taken = new Map(states.map((state) => [keyOf(state), new Set<string>()]));
      for (const { from, line } of steps) taken.get(keyOf(from))?.add(workOf(line, from.context));
      for (const state of states) {
        const due = thread.due(state);
        const idle = ['new', 'open', 'agreed', 'closed'].some((value) => value === state.value);
        assert.equal(due.length === 0, idle);
        for (const { id } of due) assert.ok(taken.get(keyOf(state))?.has(id), id);
        const moves = due.some(({ kind }) => kind === 'proceed');
        assert.equal(world.handle(state, proceed).events.length > 0, moves);
      }
    });

    it('a decision is within reach', () => {
      const ends = new Set(states.filter(isAtRest).map(keyOf));
      for (let before = -1; before !== ends.size;) {
        before = ends.size;
        for (const { from, to } of steps) if (ends.has(keyOf(to))) ends.add(keyOf(from));
      }
      assert.equal(ends.size, states.length);
    });
  });
}

function isAtRest({ value }: ThreadState): boolean {
  return value === 'agreed' || value === 'closed';
}

/** A majority, or a veto, counted by hand: some round has the votes that the outcome asks for. */
function isSupported(
  { review, votes }: ThreadContext,
  proposal: string,
  outcome: 'accepted' | 'rejected',
): boolean {
  const { participants = [], policy } = review ?? {};
  const [quorum, least] = [policy?.quorumPct ?? 100, policy?.minParticipants ?? Infinity];
  return [1, 2].some((round) => {
    const cast = votes.filter((vote) => vote.round === round && vote.proposal === proposal);
    const yes = cast.filter(({ choice }) => choice === 'approve').length;
    const no = cast.filter(({ choice }) => choice === 'reject').length;
    const vetoed = participants.some(
      ({ agent, role }) =>
        policy?.vetoRoles.includes(role) &&
        cast.some((vote) => vote.agent === agent && vote.choice === 'reject'),
    );
    if (vetoed) return outcome === 'rejected';
    const valid = cast.length * 100 >= quorum * participants.length && yes + no >= least;
    return valid && (outcome === 'accepted' ? yes > no : no > yes);
  });
}

/** The work that a command does, by the id under which the thread waits for it. */
function workOf(line: Line, { round }: ThreadContext): string {
  switch (line.type) {
    case 'enterReview':
      return `review/0/${line.agent}`;
    case 'castBallot':
      return `vote/${round}/${line.agent}`;
    case 'enterRemarks':
      return `discuss/${round}/${line.agent}`;
    case 'passDeadline':
      return `deadline/${line.deadline}`;
    default:
      return line.type;
  }
}
