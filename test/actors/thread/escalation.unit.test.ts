import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  after,
  at,
  ann,
  awaits,
  begun,
  bob,
  castBallot,
  close,
  deadlineAt,
  drop,
  enterReview,
  escalated,
  handle,
  items,
  lift,
  passDeadline,
  proceed,
  resolve,
  typesOf,
  voting,
} from './script.ts';

describe('an escalation', () => {
  it('waits for a person, with a deadline', () =>
    assert.deepEqual(awaits(...escalated), ['deadline/escalation']));

  it('is resolved by a person, whose reasons stay apart from the facts', () => {
    const { facts } = handle(after(...escalated).state, resolve('approved', 'a false alarm'));
    assert.deepEqual(facts, [
      {
        event: {
          type: 'thread.escalation.resolved',
          escalation: 1,
          verdict: 'approved',
          by: 'dana',
        },
        body: { subject: at, text: 'a false alarm' },
      },
    ]);
  });

  it('leads to the verdict of the person', () => {
    assert.deepEqual(awaits(...escalated, resolve('approved')), ['proceed']);
    after(...escalated, resolve('approved'))
      .when(proceed)
      .gives({ type: 'thread.verdict.reached', decision: 1, verdict: 'approved', blocking: [] });
  });

  it('that nobody answers falls back on what the policy says', () => {
    assert.deepEqual(awaits(...escalated, passDeadline('escalation')), ['proceed']);
    after(...escalated, passDeadline('escalation'))
      .when(proceed)
      .gives(
        { type: 'thread.escalation.defaulted', escalation: 1, verdict: 'changes_requested' },
        {
          type: 'thread.verdict.reached',
          decision: 1,
          verdict: 'changes_requested',
          blocking: [],
        },
      );
  });

  it('can still be answered after its deadline, until silence has decided', () => {
    const late = [...escalated, passDeadline('escalation')];
    const { events } = handle(after(...late, resolve('approved')).state, proceed);
    assert.deepEqual(typesOf(events), ['verdict.reached']);
    after(...late, proceed)
      .when(resolve('approved'))
      .isRefused('COMMAND_NOT_ALLOWED');
  });

  it('is answered once, by its number, and no agent has a say in it any more', () => {
    after(...escalated, resolve('approved'))
      .when(resolve('changes_requested'))
      .isRefused('COMMAND_NOT_ALLOWED');
    const state = after(...escalated);
    for (const line of [
      { ...resolve('approved'), escalation: 2 },
      castBallot(items, ann, ['approve'], 2),
      drop(ann),
      close,
    ])
      assert.throws(() => handle(state.state, line), { name: 'Refusal' });
  });

  it('ends in an agreed thread, which waits for nobody and can be closed', () => {
    const agreed = [...escalated, resolve('approved'), proceed];
    assert.deepEqual(awaits(...agreed), []);
    after(...agreed)
      .when(close)
      .gives({ type: 'thread.closed', by: 'operator' });
  });
});

describe('an escalation for want of money', () => {
  const broke = (agent: string) => drop(agent, 'BUDGET_NEVER_FITS');
  const reviewing = [...begun, enterReview(ann), broke(bob), proceed];
  const deliberating = [
    ...voting,
    castBallot(items, ann, ['approve']),
    broke(ann),
    broke(bob),
    proceed,
  ];

  it('names it, and who raises the cap brings back those who had dropped out', () => {
    const { events } = handle(after(...begun, enterReview(ann), broke(bob)).state, proceed);
    assert.ok(events[0]?.type === 'thread.escalated' && events[0].reason === 'budget');
    after(...reviewing)
      .when(lift())
      .gives({
        type: 'thread.escalation.lifted',
        escalation: 1,
        round: 0,
        agents: [bob],
        scope: 'task:pr-42',
        limitMicroUsd: 2_000_000,
        deadlineAt,
        by: 'dana',
      });
  });

  it('goes on exactly where it was interrupted: in the blind review', () => {
    assert.deepEqual(awaits(...reviewing, lift()), [`review/0/${bob}`, 'deadline/review']);
    assert.deepEqual(awaits(...reviewing, lift(), enterReview(bob)), ['proceed']);
  });

  it('goes on exactly where it was interrupted: in a vote, with the votes that were cast', () => {
    assert.deepEqual(awaits(...deliberating, lift()), [`vote/1/${bob}`, 'deadline/review']);
    const decided = [...deliberating, lift(), castBallot(items, bob, ['approve'])];
    const { events } = handle(after(...decided).state, proceed);
    assert.deepEqual(typesOf(events), ['consensus.reached', 'verdict.reached']);
  });

  it('can come again, with a number of its own', () => {
    const again = [...reviewing, lift(), broke(bob), proceed];
    assert.deepEqual(awaits(...again), ['deadline/escalation']);
    after(...again)
      .when(lift(1))
      .isRefused('COMMAND_NOT_ALLOWED');
    assert.deepEqual(awaits(...again, lift(2)), [`review/0/${bob}`, 'deadline/review']);
  });

  it('is not what was asked when the agents disagree, or after the answer', () => {
    for (const lines of [escalated, [...reviewing, resolve('approved')]])
      assert.throws(() => handle(after(...lines).state, lift()), { name: 'Refusal' });
  });
});
