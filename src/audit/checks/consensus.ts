import { countVotes, outcomeOf } from '../../../actors/index.ts';
import {
  severityOrder,
  type Choice,
  type EventOf,
  type Participant,
  type Policy,
  type Severity,
  type Verdict,
} from '../../../events/index.ts';
import type { Difference } from '../findings.ts';
import { compare, type EventCheck } from './check.ts';

type Fact<Type extends string> = Extract<EventOf<'thread'>, { type: Type }>;
type Vote = { agent: string; choice: Choice; statement: string };

/** Counts the votes of a thread again, and decides again by the policy that was recorded with them. */
export function consensusCheck(): EventCheck {
  const count = new Recount();
  return ({ seq, recorded: { event } }) => {
    switch (event.type) {
      case 'thread.review.opened':
        count.open(event.policy, event.participants);
        return null;
      case 'thread.proposal.made':
        count.propose(event);
        return null;
      case 'thread.vote.opened':
        count.openRound(event.round);
        return null;
      case 'thread.vote.cast':
        count.cast(event);
        return null;
      case 'thread.consensus.reached':
        return count.consensus(event, seq);
      case 'thread.escalation.resolved':
      case 'thread.escalation.defaulted':
        count.decided = event.verdict;
        return null;
      case 'thread.verdict.reached':
        return count.verdict(event, seq);
      default:
        return null;
    }
  };
}

class Recount {
  /** What a person, or silence, decided. */
  decided: Verdict | null = null;
  #policy: Policy | null = null;
  #participants: readonly Participant[] = [];
  readonly #items = new Map<string, { hash: string; severity: Severity; accepted: boolean }>();
  #votes = new Map<string, Vote[]>();
  #round = 0;
  #decisions = 0;

  open(policy: Policy, participants: readonly Participant[]): void {
    this.#policy = policy;
    this.#participants = participants;
  }

  propose({ proposal, hash, severity }: Fact<'thread.proposal.made'>): void {
    this.#items.set(proposal, { hash, severity, accepted: false });
  }

  openRound(round: number): void {
    this.#round = round;
    this.#votes = new Map();
  }

  cast({ proposal, agent, choice, ref }: Fact<'thread.vote.cast'>): void {
    const votes = this.#votes.get(proposal) ?? [];
    this.#votes.set(proposal, [...votes, { agent, choice, statement: ref.hash }]);
  }

  consensus(fact: Fact<'thread.consensus.reached'>, seq: number): Difference | null {
    const votes = this.#votes.get(fact.proposal) ?? [];
    const item = this.#items.get(fact.proposal);
    const policy = this.#policy;
    if (item) item.accepted = fact.outcome === 'accepted';
    const expected = ++this.#decisions;
    if (!policy) return null;
    const tally = countVotes(policy, this.#participants, votes);
    return compare('consensus', seq, `the consensus on ${fact.proposal} is not what was voted`, [
      ['decision', expected, fact.decision],
      ['round', this.#round, fact.round],
      ['hash', item?.hash ?? null, fact.hash],
      ['tally.approve', tally.approve, fact.tally.approve],
      ['tally.reject', tally.reject, fact.tally.reject],
      ['tally.abstain', tally.abstain, fact.tally.abstain],
      ['tally.approveWeight', tally.approveWeight, fact.tally.approveWeight],
      ['tally.rejectWeight', tally.rejectWeight, fact.tally.rejectWeight],
      ['votes', votes, fact.votes],
      ['outcome', outcomeOf(policy, this.#participants, votes), fact.outcome],
    ]);
  }

  verdict(fact: Fact<'thread.verdict.reached'>, seq: number): Difference | null {
    const floor = severityOrder.indexOf(this.#policy?.blockingSeverity ?? 'info');
    const blocking = [...this.#items]
      .filter(([, { accepted, severity }]) => accepted && severityOrder.indexOf(severity) >= floor)
      .map(([proposal]) => proposal);
    const verdict = this.decided ?? (blocking.length > 0 ? 'changes_requested' : 'approved');
    return compare('consensus', seq, 'the verdict is not what the decisions lead to', [
      ['decision', ++this.#decisions, fact.decision],
      ['blocking', blocking, fact.blocking],
      ['verdict', verdict, fact.verdict],
    ]);
  }
}
