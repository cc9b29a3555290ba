import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { countVotes, outcomeOf } from '../../../actors/index.ts';
import { settledOutcome } from '../../../actors/thread/tally.ts';
import type { Choice, Participant, Policy } from '../../../events/index.ts';
import { logOf, policy } from './script.ts';

// A vote in short: one letter per participant, a(pprove), r(eject), o for abstain, - for none yet.
const choices: Readonly<Record<string, Choice>> = { a: 'approve', r: 'reject', o: 'abstain' };
const roles = ['lead', 'security', 'reviewer', 'reviewer', 'reviewer'];

function votesIn(short: string): { agent: string; choice: Choice }[] {
  return Array.from(short).flatMap((letter, index) => {
    const choice = choices[letter];
    return choice ? [{ agent: `agent-${index}`, choice }] : [];
  });
}

function participantsIn(short: string): Participant[] {
  return Array.from(short).map((_, index) => {
    const agent = `agent-${index}`;
    return { agent, role: roles[index] ?? 'reviewer', log: logOf(agent) };
  });
}

function outcome(rules: Partial<Policy>, short: string): string {
  return outcomeOf({ ...policy, ...rules }, participantsIn(short), votesIn(short));
}

describe('the outcome', () => {
  type Table = { rules: Partial<Policy>; outcomes: Readonly<Record<string, string>> };
  const tables: Readonly<Record<string, Table>> = {
    'of a majority': {
      rules: { rule: 'majority' },
      outcomes: {
        aar: 'accepted',
        arr: 'rejected',
        ar: 'undecided',
        aro: 'undecided',
        aarr: 'undecided',
        aao: 'accepted',
      },
    },
    'of a supermajority of 67 %': {
      rules: { rule: 'supermajority', thresholdPct: 67 },
      outcomes: { aaar: 'accepted', aar: 'undecided', arrr: 'rejected', aaarr: 'undecided' },
    },
    'of a supermajority of 50 % asks for more than half': {
      rules: { rule: 'supermajority', thresholdPct: 50 },
      outcomes: { ar: 'undecided', aar: 'accepted', arr: 'rejected' },
    },
    'of unanimity': {
      rules: { rule: 'unanimity' },
      outcomes: { aaa: 'accepted', aar: 'undecided', rrr: 'rejected', aao: 'accepted' },
    },
    'by weight': {
      rules: { rule: 'weighted', thresholdPct: 60, weights: { lead: 3, security: 0 } },
      outcomes: { aarr: 'accepted', arrrr: 'undecided', raaa: 'rejected', raaaa: 'undecided' },
    },
    'of votes without weight': {
      rules: { rule: 'weighted', weights: { lead: 0, security: 0 } },
      outcomes: { aa: 'undecided', rr: 'undecided', aar: 'rejected' },
    },
    'with a veto of security': {
      rules: { vetoRoles: ['security'] },
      outcomes: { araaa: 'rejected', '-r---': 'rejected', raaaa: 'accepted', 'aoa--': 'accepted' },
    },
    'with a quorum of 60 %, abstentions counted': {
      rules: { quorumPct: 60 },
      outcomes: { 'aa---': 'undecided', 'aaa--': 'accepted', 'aao--': 'accepted' },
    },
    'with at least three positions': {
      rules: { minParticipants: 3 },
      outcomes: { aaoo: 'undecided', aaao: 'accepted', aar: 'accepted' },
    },
    'of abstentions alone': {
      rules: { quorumPct: 0, minParticipants: 1 },
      outcomes: { '---': 'undecided', ooo: 'undecided', 'a--': 'accepted' },
    },
  };
  for (const [what, { rules, outcomes }] of Object.entries(tables)) {
    for (const [votes, expected] of Object.entries(outcomes))
      it(`${what}: ${votes} is ${expected}`, () => assert.equal(outcome(rules, votes), expected));
  }
});

describe('the count', () => {
  const count = (votes: { agent: string; choice: Choice }[], weights = {}) =>
    countVotes({ ...policy, weights }, participantsIn('aaa'), votes);

  it('is by number and by weight', () =>
    assert.deepEqual(count(votesIn('aro'), { lead: 5, security: 2 }), {
      approve: 1,
      reject: 1,
      abstain: 1,
      approveWeight: 5,
      rejectWeight: 2,
    }));

  it('leaves out strangers and second votes', () =>
    assert.deepEqual(
      count([
        { agent: 'stranger', choice: 'reject' },
        ...votesIn('a'),
        { agent: 'agent-0', choice: 'reject' },
      ]),
      { approve: 1, reject: 0, abstain: 0, approveWeight: 1, rejectWeight: 0 },
    ));

  it('gives weight 1 to a role without a weight, whatever its name', () => {
    const [first] = participantsIn('a');
    const tally = countVotes(
      policy,
      [{ agent: 'agent-0', log: first?.log ?? '', role: 'constructor' }],
      votesIn('a'),
    );
    assert.equal(tally.approveWeight, 1);
  });
});

describe('the outcome is settled', () => {
  const settled = (rules: Partial<Policy>, short: string): string | null => {
    const missing = Array.from(short).flatMap((letter, index) =>
      letter === '-' ? `agent-${index}` : [],
    );
    return settledOutcome({ ...policy, ...rules }, participantsIn(short), votesIn(short), missing);
  };

  const tables: [rules: Partial<Policy>, outcomes: Record<string, string | null>][] = [
    [{}, { 'aa-': 'accepted', 'rr-': 'rejected', 'a--': null, 'ar-': null, ar: 'undecided' }],
    [{ vetoRoles: ['security'] }, { 'a-a': null, 'aaa-': 'accepted', '-r--': 'rejected' }],
    [{ rule: 'unanimity' }, { 'ar-': 'undecided', 'aa-': null }],
    [{ quorumPct: 100 }, { 'aa-': null, aao: 'accepted' }],
  ];
  for (const [rules, outcomes] of tables) {
    for (const [votes, expected] of Object.entries(outcomes))
      it(`as ${expected} by ${votes} under ${JSON.stringify(rules)}`, () =>
        assert.equal(settled(rules, votes), expected));
  }
});
