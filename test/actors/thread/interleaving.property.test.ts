import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { countVotes, thread, type ThreadContext, type ThreadWork } from '../../../actors/index.ts';
import type { EventOf } from '../../../events/index.ts';
import { anyLog } from '../world.ts';
import {
  after,
  ann,
  bob,
  castBallot,
  cid,
  enterRemarks,
  enterReview,
  handle,
  open,
  openReview,
  passDeadline,
  play,
  proceed,
  replay,
  type Line,
} from './script.ts';
import { threadWorld, type ThreadState } from './world.ts';

const begun = [open, openReview([ann, bob, cid])];
const world = threadWorld({
  agents: [ann, bob, cid],
  kinds: ['bug', 'style'],
  choices: ['approve', 'reject', 'abstain'],
  failing: [bob, cid],
});

/**
 * Agents, clock and person say what they like, more than once and in any order; then whoever is still
 * waited for finds nothing, approves, and lets deadlines pass.
 */
const anyReview = anyLog({ ...world, initial: after(...begun).state }, 40).map(({ log, state }) => [
  ...play(...begun),
  ...log,
  ...finish(state),
]);

function finish(state: ThreadState): EventOf<'thread'>[] {
  const [work] = thread.due(state);
  if (!work) return [];
  const handled = handle(state, answerTo(work, state.context));
  return [...handled.events, ...finish(handled.state)];
}

function answerTo(work: ThreadWork, { proposals }: ThreadContext): Line {
  if (work.kind === 'proceed') return proceed;
  if (work.kind === 'deadline') return passDeadline(work.deadline);
  switch (work.turn) {
    case 'review':
      return enterReview(work.agent);
    case 'vote':
      return castBallot(
        proposals,
        work.agent,
        proposals.map(() => 'approve'),
        work.round,
      );
    case 'discuss':
      return enterRemarks(work.agent);
  }
}

function ofType<Type extends EventOf<'thread'>['type']>(
  log: readonly EventOf<'thread'>[],
  type: Type,
): Extract<EventOf<'thread'>, { type: Type }>[] {
  return log.filter(
    (event): event is Extract<EventOf<'thread'>, { type: Type }> => event.type === type,
  );
}

describe('a review, whoever speaks when', () => {
  it('ends in every way that there is, in a sample that is always the same', () => {
    const endings = fc.sample(anyReview, { seed: 1, numRuns: 200 }).map((log) => {
      const { escalation, verdict } = replay(log).context;
      return escalation?.reason ?? verdict;
    });
    const all = ['approved', 'changes_requested', 'deadline', 'undecided', 'participants'] as const;
    assert.deepEqual(new Set(endings), new Set(all));
  });

  it('ends in one verdict, by a log that any other host accepts', () =>
    fc.assert(
      fc.property(anyReview, (log) => {
        const [verdict, ...others] = ofType(log, 'thread.verdict.reached');
        assert.deepEqual(others, []);
        assert.equal(replay(log).context.verdict, verdict?.verdict);
      }),
    ));

  it('decides an item once, by votes that anybody can count again', () =>
    fc.assert(
      fc.property(anyReview, (log) => {
        const reached = ofType(log, 'thread.consensus.reached');
        const items = new Set(reached.map(({ proposal }) => proposal));
        assert.equal(items.size, reached.length);
        for (const { proposal, hash, round, tally, votes } of reached) {
          const cast = ofType(log, 'thread.vote.cast').filter(
            (vote) => vote.proposal === proposal && vote.round === round && vote.hash === hash,
          );
          const { policy, participants } = openReview([ann, bob, cid]);
          assert.deepEqual(countVotes(policy, participants, cast), tally);
          assert.deepEqual(
            votes.map(({ statement }) => statement),
            cast.map(({ ref }) => ref.hash),
          );
        }
      }),
    ));

  it('counts its decisions without a gap', () =>
    fc.assert(
      fc.property(anyReview, (log) => {
        const decisions = [
          ...ofType(log, 'thread.consensus.reached'),
          ...ofType(log, 'thread.verdict.reached'),
        ].map(({ decision }) => decision);
        assert.deepEqual(
          decisions,
          decisions.map((_, index) => index + 1),
        );
      }),
    ));
});
