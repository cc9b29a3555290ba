import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { outcomeOf } from '../../../actors/index.ts';
import { settledOutcome } from '../../../actors/thread/tally.ts';
import type { Choice, Policy } from '../../../events/index.ts';
import { logOf, policy } from './script.ts';

type Position = { agent: string; choice: Choice };
const choices = ['approve', 'reject', 'abstain'] as const;
const roles = ['reviewer', 'security', 'constructor'] as const;

const anyPolicy: fc.Arbitrary<Policy> = fc
  .record({
    rule: fc.constantFrom<Policy['rule']>('majority', 'supermajority', 'unanimity', 'weighted'),
    thresholdPct: fc.constantFrom(0, 34, 50, 67, 100),
    quorumPct: fc.constantFrom(0, 34, 50, 67, 100),
    minParticipants: fc.integer({ min: 1, max: 4 }),
    vetoRoles: fc.subarray([...roles], { maxLength: 1 }),
    weights: fc.dictionary(fc.constantFrom(...roles), fc.integer({ min: 0, max: 3 })),
  })
  .map((rules) => ({ ...policy, ...rules }));

/** Up to four participants; some have voted, some may still vote, some will not. */
const anyBallot = fc.array(
  fc.record({
    role: fc.constantFrom(...roles),
    vote: fc.constantFrom<Choice | 'missing' | 'gone'>(...choices, 'missing', 'gone'),
  }),
  { minLength: 1, maxLength: 4 },
);

/** Every way in which those who are missing may vote, or not vote at all. */
function completions(missing: readonly string[]): Position[][] {
  const [agent, ...others] = missing;
  if (agent === undefined) return [[]];
  return completions(others).flatMap((rest) => [
    rest,
    ...choices.map((choice) => [{ agent, choice }, ...rest]),
  ]);
}

describe('the settled outcome', () => {
  it('is what every completion of the vote leads to, and null if two differ', () => {
    const seen = new Set<string | null>();
    fc.assert(
      fc.property(anyPolicy, anyBallot, (rules, ballot) => {
        const named = ballot.map((each, index) => ({ ...each, agent: `agent-${index}` }));
        const participants = named.map(({ agent, role }) => ({ agent, role, log: logOf(agent) }));
        const votes = named.flatMap(({ agent, vote }) =>
          vote === 'missing' || vote === 'gone' ? [] : [{ agent, choice: vote }],
        );
        const missing = named.flatMap(({ agent, vote }) => (vote === 'missing' ? [agent] : []));
        const possible = new Set(
          completions(missing).map((rest) => outcomeOf(rules, participants, [...votes, ...rest])),
        );
        const [only = null] = possible.size === 1 ? possible : [];
        assert.equal(settledOutcome(rules, participants, votes, missing), only);
        seen.add(only);
      }),
      { numRuns: 2000 },
    );
    assert.deepEqual(seen, new Set(['accepted', 'rejected', 'undecided', null]));
  });
});
