import type { EventOf } from '../../events/index.ts';
import { openProposals, reviewOf, type ThreadContext } from './context.ts';
import { awaited, ballotOf, deadlockOf, reviewsDone, settledItems, verdictOf } from './law.ts';
import { mergeFindings } from './merge.ts';

export type ThreadPhase = 'reviewing' | 'voting' | 'discussing' | 'escalated' | 'other';
type Facts = EventOf<'thread'>[];

/**
 * The next facts that follow from what is known, without anybody saying anything: merged proposals, a vote
 * opened, a consensus, a verdict, an escalation. Empty while the thread waits for somebody.
 */
export function nextFacts(thread: ThreadContext, phase: ThreadPhase, nowMs: number): Facts {
  switch (phase) {
    case 'reviewing':
      return askPerson(thread, nowMs) ?? afterReviews(thread);
    case 'voting':
      return afterVotes(thread, nowMs);
    case 'discussing':
      return askPerson(thread, nowMs) ?? afterDiscussion(thread);
    case 'escalated':
      return afterEscalation(thread);
    case 'other':
      return [];
  }
}

function afterReviews(thread: ThreadContext): Facts {
  if (!reviewsDone(thread)) return [];
  const proposals = mergeFindings(thread);
  if (proposals.length === 0) return verdict(thread);
  const made = proposals.map(({ outcome: _outcome, ...proposal }) => ({
    type: 'thread.proposal.made' as const,
    ...proposal,
  }));
  return [
    ...made,
    { type: 'thread.vote.opened', round: 1, proposals: ballotOf({ ...thread, proposals }) },
  ];
}

function afterVotes(thread: ThreadContext, nowMs: number): Facts {
  const reached = settledItems(thread);
  const consensus = reached.map((fact, index) => ({
    ...fact,
    decision: thread.decisions + index + 1,
  }));
  const decided: ThreadContext = {
    ...thread,
    decisions: thread.decisions + consensus.length,
    proposals: thread.proposals.map((item) => ({
      ...item,
      outcome: reached.find(({ proposal }) => proposal === item.proposal)?.outcome ?? item.outcome,
    })),
  };
  const open = openProposals(decided).map(({ proposal }) => proposal);
  if (open.length === 0) return [...consensus, ...verdict(decided)];
  const asked = askPerson(decided, nowMs);
  if (asked) return [...consensus, ...asked];
  if (awaited(thread, 'vote').length > 0) return consensus;
  return [...consensus, { type: 'thread.discussion.opened', round: thread.round, proposals: open }];
}

function afterDiscussion(thread: ThreadContext): Facts {
  if (awaited(thread, 'discuss').length > 0) return [];
  return [{ type: 'thread.vote.opened', round: thread.round + 1, proposals: ballotOf(thread) }];
}

function afterEscalation(thread: ThreadContext): Facts {
  const { escalation } = thread;
  if (!escalation) return [];
  if (escalation.verdict) return verdict(thread);
  if (!thread.passed.includes('escalation')) return [];
  const silence = { ...escalation, verdict: escalation.onSilence };
  return [
    {
      type: 'thread.escalation.defaulted',
      escalation: escalation.escalation,
      verdict: escalation.onSilence,
    },
    ...verdict({ ...thread, escalation: silence }),
  ];
}

function verdict(thread: ThreadContext): Facts {
  return [verdictOf(thread) ?? []].flat();
}

function askPerson(thread: ThreadContext, nowMs: number): Facts | null {
  const reason = deadlockOf(thread);
  if (!reason) return null;
  const { policy } = reviewOf(thread);
  return [
    {
      type: 'thread.escalated',
      escalation: thread.escalations + 1,
      reason,
      proposals: openProposals(thread).map(({ proposal }) => proposal),
      deadlineAt: new Date(nowMs + policy.escalationMs).toISOString(),
      onSilence: policy.onSilence,
    },
  ];
}
