import { sameJson } from '../equal.ts';
import {
  severityOrder,
  type EscalationReason,
  type EventOf,
  type Place,
  type RefusalCode,
} from '../../events/index.ts';
import { active, openProposals, reviewOf, turnKey, type ThreadContext } from './context.ts';
import { mergeFindings } from './merge.ts';
import { countVotes, settledOutcome } from './tally.ts';

/**
 * What makes a fact about a thread lawful. The machine's guards ask here before a fact is appended and
 * again whenever the log is replayed, so a log with an unlawful fact cannot pass an audit.
 */
type Fact<Type extends string> = Extract<EventOf<'thread'>, { type: Type }>;

/** Each participant is one agent with one log: nobody counts twice, and no key speaks for two. */
export function mayOpenReview({ participants }: Fact<'thread.review.opened'>): boolean {
  const agents = new Set(participants.map(({ agent }) => agent));
  const logs = new Set(participants.map(({ log }) => log));
  return agents.size === participants.length && logs.size === participants.length;
}

export function maySpeak(thread: ThreadContext, agent: string): boolean {
  return active(thread).some((participant) => participant.agent === agent);
}

/** True when all lines of the place are shown by the diff. */
function placeShown(thread: ThreadContext, { path, line, endLine }: Place): boolean {
  const file = reviewOf(thread).change.files.find((candidate) => candidate.path === path);
  return (
    file?.ranges.some(([from, to]) => from <= line && line <= endLine && endLine <= to) ?? false
  );
}

export function mayEnterFinding(
  thread: ThreadContext,
  fact: Fact<'thread.finding.entered'>,
): boolean {
  return (
    fromOwnLog(thread, fact) &&
    !thread.entered.includes(fact.agent) &&
    placeShown(thread, fact.place) &&
    !thread.findings.some(({ ref }) => ref.hash === fact.ref.hash)
  );
}

export function mayEnterReview(
  thread: ThreadContext,
  fact: Fact<'thread.review.entered'>,
): boolean {
  return (
    fromOwnLog(thread, fact) &&
    !thread.entered.includes(fact.agent) &&
    fact.findings === thread.findings.filter(({ agent }) => agent === fact.agent).length
  );
}

/** Blind review is over when nobody is awaited. */
export function reviewsDone(thread: ThreadContext): boolean {
  return active(thread).every(({ agent }) => thread.entered.includes(agent));
}

export function enoughReviews(thread: ThreadContext): boolean {
  return thread.entered.length >= reviewOf(thread).policy.minParticipants;
}

export function mayPropose(thread: ThreadContext, fact: Fact<'thread.proposal.made'>): boolean {
  const expected = mergeFindings(thread)[thread.proposals.length];
  if (!expected || !reviewsDone(thread) || !enoughReviews(thread)) return false;
  const { outcome: _outcome, ...facts } = expected;
  return sameJson({ type: fact.type, ...facts }, fact);
}

/** Why a vote does not count, or null. */
export function voteProblem(
  thread: ThreadContext,
  fact: Fact<'thread.vote.cast'>,
): RefusalCode | null {
  const item = thread.proposals.find(({ proposal }) => proposal === fact.proposal);
  if (item?.outcome !== 'open') return 'COMMAND_NOT_ALLOWED';
  if (!fromOwnLog(thread, fact) || fact.round !== thread.round) return 'COMMAND_NOT_ALLOWED';
  if (fact.hash !== item.hash) return 'VOTE_UNBOUND';
  if (hasVoted(thread, fact)) return 'VOTE_TWICE';
  const evident = fact.evidence.every((place) => placeShown(thread, place));
  const needed = fact.choice === 'abstain' ? 0 : 1;
  if (!evident || fact.evidence.length < needed) return 'VOTE_EVIDENCE_MISSING';
  return null;
}

function hasVoted(thread: ThreadContext, fact: Fact<'thread.vote.cast'>): boolean {
  return (
    hasEnded(thread, 'vote', fact.agent) ||
    votesOn(thread, fact.proposal).some(({ agent }) => agent === fact.agent)
  );
}

export function hasEnded(thread: ThreadContext, turn: 'vote' | 'discuss', agent: string): boolean {
  return thread.ended.includes(turnKey(turn, thread.round, agent));
}

/** Votes on an item in the round under way. */
function votesOn(thread: ThreadContext, proposal: string): ThreadContext['votes'] {
  return thread.votes.filter((vote) => vote.round === thread.round && vote.proposal === proposal);
}

/** Agents whose vote may still come in this round. */
export function awaited(thread: ThreadContext, turn: 'vote' | 'discuss'): string[] {
  return active(thread)
    .map(({ agent }) => agent)
    .filter((agent) => !hasEnded(thread, turn, agent));
}

/** The consensus fact that an item's votes lead to by now; null while it is open or undecided. */
function consensusOn(
  thread: ThreadContext,
  proposal: ThreadContext['proposals'][number],
): Omit<Fact<'thread.consensus.reached'>, 'decision'> | null {
  const { policy, participants } = reviewOf(thread);
  const votes = votesOn(thread, proposal.proposal);
  const voted = new Set(votes.map(({ agent }) => agent));
  const missing = awaited(thread, 'vote').filter((agent) => !voted.has(agent));
  const outcome = settledOutcome(policy, participants, votes, missing);
  if (outcome === null || outcome === 'undecided') return null;
  return {
    type: 'thread.consensus.reached',
    round: thread.round,
    proposal: proposal.proposal,
    hash: proposal.hash,
    outcome,
    tally: countVotes(policy, participants, votes),
    votes: votes.map(({ agent, choice, statement }) => ({ agent, choice, statement })),
  };
}

/** Every consensus that is due: no vote still to come can change it. */
export function settledItems(
  thread: ThreadContext,
): Omit<Fact<'thread.consensus.reached'>, 'decision'>[] {
  return openProposals(thread).flatMap((item) => consensusOn(thread, item) ?? []);
}

export function mayReachConsensus(
  thread: ThreadContext,
  fact: Fact<'thread.consensus.reached'>,
): boolean {
  const item = openProposals(thread).find(({ proposal }) => proposal === fact.proposal);
  const expected = item ? consensusOn(thread, item) : null;
  return expected !== null && sameJson({ ...expected, decision: thread.decisions + 1 }, fact);
}

/** The ballot of the next voting round: every item that is still open. */
export function ballotOf(thread: ThreadContext): { proposal: string; hash: string }[] {
  return openProposals(thread).map(({ proposal, hash }) => ({ proposal, hash }));
}

/** Accepted items that ask for changes. */
function blockingOf(thread: ThreadContext): string[] {
  const { policy } = reviewOf(thread);
  const floor = severityOrder.indexOf(policy.blockingSeverity);
  return thread.proposals
    .filter(
      ({ outcome, severity }) => outcome === 'accepted' && severityOrder.indexOf(severity) >= floor,
    )
    .map(({ proposal }) => proposal);
}

/** The verdict that the items lead to; null while one is open or too few have reviewed. */
export function verdictOf(thread: ThreadContext): Fact<'thread.verdict.reached'> | null {
  const decision = thread.decisions + 1;
  const type = 'thread.verdict.reached';
  const decided = thread.escalation?.verdict;
  if (!thread.review) return null;
  if (thread.escalation) {
    return decided ? { type, decision, verdict: decided, blocking: blockingOf(thread) } : null;
  }
  if (!reviewsDone(thread) || !enoughReviews(thread) || openProposals(thread).length > 0)
    return null;
  if (thread.proposals.length < mergeFindings(thread).length) return null;
  const blocking = blockingOf(thread);
  return {
    type,
    decision,
    verdict: blocking.length > 0 ? 'changes_requested' : 'approved',
    blocking,
  };
}

/** Rounds of discussion are left. */
export function mayDiscuss(thread: ThreadContext): boolean {
  return thread.round <= reviewOf(thread).policy.discussionRounds;
}

/** Why the group cannot decide any more, so that a person has to; null while it can, or has. */
export function deadlockOf(thread: ThreadContext): EscalationReason | null {
  const voting = thread.round > 0;
  if (voting && (openProposals(thread).length === 0 || settledItems(thread).length > 0))
    return null;
  if (thread.passed.includes('review')) return 'deadline';
  if (!voting) return reviewsDone(thread) && !enoughReviews(thread) ? lackOf(thread) : null;
  if (active(thread).length === 0) return lackOf(thread);
  return awaited(thread, 'vote').length > 0 || mayDiscuss(thread) ? null : 'undecided';
}

// Money that ran out is a thing a person can mend, so it is named before a lack of participants.
function lackOf(thread: ThreadContext): 'budget' | 'participants' {
  return Object.values(thread.failed).some(isMoney) ? 'budget' : 'participants';
}

function isMoney(reason: string): boolean {
  return reason.startsWith('BUDGET_');
}

/** Who dropped out for want of money and can be asked again: to vote, only those who have reviewed. */
export function outOfMoney({ failed, round, entered }: ThreadContext): string[] {
  return Object.keys(failed).filter(
    (agent) => isMoney(failed[agent] ?? '') && (round === 0 || entered.includes(agent)),
  );
}

/** A statement entered for a participant must lie in that participant's own log. */
export function fromOwnLog(
  thread: ThreadContext,
  fact: { agent: string; ref: { log: string } },
): boolean {
  return active(thread).some(({ agent, log }) => agent === fact.agent && log === fact.ref.log);
}
