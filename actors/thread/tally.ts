import type { Choice, Participant, Policy, Tally } from '../../events/index.ts';

export type Outcome = 'accepted' | 'rejected' | 'undecided';
type Position = { agent: string; choice: Choice };

/** Counts votes by number and by weight. An agent votes once; whoever is no participant is not counted. */
export function countVotes(
  policy: Policy,
  participants: readonly Participant[],
  votes: readonly Position[],
): Tally {
  const tally = { approve: 0, reject: 0, abstain: 0, approveWeight: 0, rejectWeight: 0 };
  // A map, because every object has a `constructor`, and so may a project have a role of that name.
  const weights = new Map(Object.entries(policy.weights));
  for (const { agent, role } of participants) {
    const vote = votes.find((cast) => cast.agent === agent);
    if (!vote) continue;
    const weight = weights.get(role) ?? 1;
    tally[vote.choice] += 1;
    if (vote.choice === 'approve') tally.approveWeight += weight;
    if (vote.choice === 'reject') tally.rejectWeight += weight;
  }
  return tally;
}

/** What the policy makes of these votes if no other vote comes. */
export function outcomeOf(
  policy: Policy,
  participants: readonly Participant[],
  votes: readonly Position[],
): Outcome {
  const vetoed = participants.some(
    ({ agent, role }) =>
      policy.vetoRoles.includes(role) &&
      votes.some((vote) => vote.agent === agent && vote.choice === 'reject'),
  );
  if (vetoed) return 'rejected';
  const tally = countVotes(policy, participants, votes);
  const voted = tally.approve + tally.reject + tally.abstain;
  const positions = tally.approve + tally.reject;
  if (voted * 100 < policy.quorumPct * participants.length) return 'undecided';
  if (positions === 0 || positions < policy.minParticipants) return 'undecided';
  return compare(policy, tally);
}

function compare(policy: Policy, tally: Tally): Outcome {
  const weighted = policy.rule === 'weighted';
  const approve = weighted ? tally.approveWeight : tally.approve;
  const reject = weighted ? tally.rejectWeight : tally.reject;
  const reaches = (side: number): boolean => {
    switch (policy.rule) {
      case 'majority':
        return side * 2 > approve + reject;
      case 'supermajority':
      case 'weighted':
        // More than half as well: at a threshold of 50 both sides would win.
        return (
          side * 100 >= policy.thresholdPct * (approve + reject) && side * 2 > approve + reject
        );
      case 'unanimity':
        return side === approve + reject;
    }
  };
  if (reaches(approve)) return 'accepted';
  if (reaches(reject)) return 'rejected';
  return 'undecided';
}

/**
 * The outcome, once no vote still to come can change it; null while one can. Each rule is monotone in
 * every vote, so it is enough to try the extremes: all who are missing approve, reject, or abstain, or
 * never vote at all.
 */
export function settledOutcome(
  policy: Policy,
  participants: readonly Participant[],
  votes: readonly Position[],
  missing: readonly string[],
): Outcome | null {
  const now = outcomeOf(policy, participants, votes);
  const changes = (['approve', 'reject', 'abstain'] as const).some((choice) => {
    const rest = missing.map((agent) => ({ agent, choice }));
    return outcomeOf(policy, participants, [...votes, ...rest]) !== now;
  });
  return changes ? null : now;
}
