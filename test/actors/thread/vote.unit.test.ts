import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Choice } from '../../../events/index.ts';
import {
  after,
  ann,
  awaits,
  begun,
  bob,
  castBallot,
  cid,
  discussing,
  drop,
  enterRemarks,
  enterReview,
  escalated,
  finding,
  handle,
  items,
  itemsOf,
  logOf,
  open,
  openReview,
  passDeadline,
  play,
  proceed,
  reviewed,
  statement,
  typesOf,
  voting,
  votingAgain,
} from './script.ts';

// Three reviewers and two items.
const votingOfThree = [
  open,
  openReview([ann, bob, cid]),
  enterReview(ann, finding(ann), finding(ann, { kind: 'style' })),
  enterReview(bob),
  enterReview(cid),
  proceed,
];
const two = itemsOf(play(...votingOfThree));

describe('a blind vote', () => {
  it('asks everybody for a vote', () =>
    assert.deepEqual(awaits(...voting), [`vote/1/${ann}`, `vote/1/${bob}`, 'deadline/review']));

  it('that accepts an item that is severe enough asks for changes, with every vote on record', () =>
    after(...voting, castBallot(items, ann, ['approve']), castBallot(items, bob, ['approve']))
      .when(proceed)
      .gives(
        {
          type: 'thread.consensus.reached',
          decision: 1,
          round: 1,
          proposal: 'p1',
          hash: items[0]?.hash ?? '',
          outcome: 'accepted',
          tally: { approve: 2, reject: 0, abstain: 0, approveWeight: 2, rejectWeight: 0 },
          votes: [ann, bob].map((agent) => ({
            agent,
            choice: 'approve',
            statement: statement(agent, 'approve p1 1').hash,
          })),
        },
        {
          type: 'thread.verdict.reached',
          decision: 2,
          verdict: 'changes_requested',
          blocking: ['p1'],
        },
      ));

  for (const [choice, severity] of [
    ['reject', 'critical'],
    ['approve', 'low'],
  ] as const) {
    it(`approves the change when all ${choice} what is ${severity}`, () => {
      const lines = [...begun, enterReview(ann, finding(ann, { severity })), enterReview(bob)];
      const item = itemsOf(play(...lines, proceed));
      const ballots = [ann, bob].map((agent) => castBallot(item, agent, [choice]));
      after(...lines, proceed, ...ballots, proceed).accepts({ type: 'thread.closed', by: 'dana' });
      const verdict = play(...lines, proceed, ...ballots, proceed).at(-1);
      assert.deepEqual(verdict, {
        type: 'thread.verdict.reached',
        decision: 2,
        verdict: 'approved',
        blocking: [],
      });
    });
  }

  it('stops as soon as no vote can change anything', () => {
    const ballots = [ann, bob].map((agent) => castBallot(two, agent, ['reject', 'approve']));
    assert.deepEqual(awaits(...votingOfThree, ...ballots), ['proceed']);
    // The third ballot is on its way and comes too late.
    after(...votingOfThree, ...ballots, proceed)
      .when(castBallot(two, cid, ['approve', 'approve']))
      .isRefused('COMMAND_NOT_ALLOWED');
  });

  it('leaves out a late vote on a decided item and counts the rest of the ballot', () => {
    const { state } = after(
      ...votingOfThree,
      castBallot(two, ann, ['approve', 'approve']),
      castBallot(two, bob, ['approve', 'reject']),
      proceed,
    );
    const { events } = handle(state, castBallot(two, cid, ['reject', 'reject']));
    assert.deepEqual(typesOf(events), ['vote.cast', 'turn.ended']);
    const [cast] = events;
    assert.equal(cast?.type === 'thread.vote.cast' && cast.proposal, 'p2');
  });

  it('asks nobody again who handed in an empty ballot', () => {
    const left = [`vote/1/${bob}`, 'deadline/review'];
    assert.deepEqual(awaits(...voting, castBallot(items, ann, [])), left);
  });

  it('that runs out of time asks a person', () => {
    const late = [...voting, castBallot(items, ann, ['approve']), passDeadline('review'), proceed];
    const asked = play(...late).at(-1);
    assert.equal(asked?.type === 'thread.escalated' && asked.reason, 'deadline');
  });

  for (const [failure, reason] of [
    ['MODEL_UNAVAILABLE', 'participants'],
    ['BUDGET_TRANSIENT', 'budget'],
  ] as const) {
    it(`in which nobody is left by ${failure} asks a person, naming ${reason}`, () => {
      const deserted = after(...voting, drop(ann), drop(bob, failure));
      const { events } = handle(deserted.state, proceed);
      assert.deepEqual(typesOf(events), ['escalated']);
      assert.equal(events[0]?.type === 'thread.escalated' && events[0].reason, reason);
    });
  }

  const item = { proposal: 'p1', hash: items[0]?.hash ?? '' };
  const approve: Choice[] = ['approve'];
  for (const [what, line, code] of [
    ['to another hash', castBallot([{ ...item, hash: logOf('x') }], bob, approve), 'VOTE_UNBOUND'],
    [
      'on an unknown item',
      castBallot([{ ...item, proposal: 'p9' }], bob, approve),
      'COMMAND_NOT_ALLOWED',
    ],
    ['of another round', castBallot(items, bob, approve, 2), 'COMMAND_NOT_ALLOWED'],
    ['of a stranger', castBallot(items, cid, approve), 'COMMAND_NOT_ALLOWED'],
    ['of somebody who has voted', castBallot(items, ann, ['reject']), 'VOTE_TWICE'],
    ['twice on one item', castBallot([item, item], bob, ['reject', 'approve']), 'VOTE_TWICE'],
  ] as const) {
    it(`refuses a vote ${what}`, () =>
      after(...voting, castBallot(items, ann, approve))
        .when(line)
        .isRefused(code));
  }

  for (const [choice, evidence, accepted] of [
    ['approve', [], false],
    ['reject', [], false],
    ['abstain', [], true],
    ['reject', [{ path: 'src/cap.ts', line: 10, endLine: 10 }], true],
    ['approve', [{ path: 'src/cap.ts', line: 1, endLine: 10 }], true],
    ['reject', [{ path: 'src/cap.ts', line: 10, endLine: 9 }], false],
    ['reject', [{ path: 'src/cap.ts', line: 9, endLine: 11 }], false],
    ['reject', [{ path: 'src/other.ts', line: 1, endLine: 1 }], false],
    ['abstain', [{ path: 'src/other.ts', line: 1, endLine: 1 }], false],
  ] as const) {
    it(`${accepted ? 'counts' : 'refuses'} a vote to ${choice} on ${JSON.stringify(evidence)}`, () => {
      const ballot = castBallot(items, bob, [choice]);
      const votes = ballot.votes.map((vote) => ({ ...vote, evidence: [...evidence] }));
      const state = after(...voting);
      if (accepted) handle(state.state, { ...ballot, votes });
      else state.when({ ...ballot, votes }).isRefused('VOTE_EVIDENCE_MISSING');
    });
  }

  it('refuses a ballot that encloses the vote of another', () =>
    after(...voting)
      .when({ ...castBallot(items, bob, approve), agent: ann })
      .isRefused('COMMAND_NOT_ALLOWED'));
});

describe('an undecided vote', () => {
  it('leads to one discussion, among those who are left', () => {
    assert.deepEqual(awaits(...discussing), [
      `discuss/1/${ann}`,
      `discuss/1/${bob}`,
      'deadline/review',
    ]);
    assert.deepEqual(awaits(...discussing, enterRemarks(ann), drop(bob)), ['proceed']);
  });

  it('enters remarks and objections, and ends the turn', () => {
    const remarks = [
      { proposal: null, objects: false },
      { proposal: 'p1', objects: true },
    ];
    const { events } = handle(after(...discussing).state, enterRemarks(ann, ...remarks));
    assert.deepEqual(typesOf(events), ['message.posted', 'objection.raised', 'turn.ended']);
  });

  it('refuses remarks of a stranger, of another, after the turn, or on what is not open', () => {
    const remark = { proposal: 'p1', objects: true };
    const state = after(...discussing, enterRemarks(ann));
    for (const line of [
      enterRemarks(cid, remark),
      enterRemarks(ann, remark),
      enterRemarks(bob, { ...remark, proposal: 'p2' }),
      { ...enterRemarks(ann, { ...remark, objects: false }), agent: bob },
    ])
      state.when(line).isRefused('COMMAND_NOT_ALLOWED');
  });

  it('is repeated after the discussion, on the open items and with fresh votes', () => {
    const proposals = items.map(({ proposal, hash }) => ({ proposal, hash }));
    after(...discussing, enterRemarks(ann), enterRemarks(bob))
      .when(proceed)
      .gives({ type: 'thread.vote.opened', round: 2, proposals });
    const ballots = [ann, bob].map((agent) => castBallot(items, agent, ['reject'], 2));
    const { events } = handle(after(...votingAgain, ...ballots).state, proceed);
    assert.deepEqual(typesOf(events), ['consensus.reached', 'verdict.reached']);
  });

  it('a second time asks a person', () => {
    const asked = play(...escalated).at(-1);
    assert.equal(asked?.type === 'thread.escalated' && asked.reason, 'undecided');
  });

  it('is not discussed when the policy has no rounds for it', () => {
    const lines = [open, openReview([ann, bob], { discussionRounds: 0 }), ...reviewed.slice(2)];
    const ballots = [castBallot(items, ann, ['approve']), castBallot(items, bob, ['reject'])];
    const { state } = after(...lines, proceed, ...ballots);
    assert.deepEqual(typesOf(handle(state, proceed).events), ['escalated']);
  });
});
