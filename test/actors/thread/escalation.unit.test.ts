import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  after,
  at,
  awaits,
  castBallot,
  ann,
  close,
  drop,
  escalated,
  handle,
  items,
  passDeadline,
  proceed,
  resolve,
  typesOf,
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
