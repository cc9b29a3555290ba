import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sha256Hex, type EventOf } from '../../../events/index.ts';
import { thread } from '../../../actors/index.ts';
import { startMs } from '../../support/specify.ts';
import {
  ann,
  approved,
  at,
  awaits,
  begun,
  bob,
  castBallot,
  discussing,
  drop,
  enterReview,
  escalated,
  finding,
  given,
  handle,
  initial,
  items,
  lift,
  logOf,
  open,
  openReview,
  passDeadline,
  play,
  proceed,
  replay,
  resolve,
  reviewed,
  voting,
  votingAgain,
  type Line,
} from './script.ts';

type Log = readonly EventOf<'thread'>[];
const laterMs = startMs + 24 * 3_600_000;
const deadlineMs = 600_000;
const deadlineAt = new Date(laterMs + deadlineMs).toISOString();
const forked = {
  project: 'chorus',
  task: 'pr-42-at-1',
  subject: at,
  model: 'other',
  by: 'dana',
} as const;

/** The command that forks a thread after all of these events. */
function fork(log: Log, escalation: number | null = null): Line {
  const { length } = log;
  return {
    type: 'fork',
    ...forked,
    origin: { thread: at, log: logOf('thread'), length, root: sha256Hex('root') },
    copies: log.slice(1).map((event, index) => ({ event, copied: { from: `id-${index}` } })),
    escalation,
    deadlineMs,
    nowMs: laterMs,
  };
}

function logAfter(...lines: readonly Line[]): Log {
  return play(...lines);
}

describe('a fork of a thread', () => {
  it('begins with the facts of its origin, between its own two', () => {
    const log = logAfter(...voting);
    const { facts, events } = handle(initial, fork(log));
    assert.deepEqual(events, [
      {
        type: 'thread.forked',
        ...forked,
        origin: { thread: at, log: logOf('thread'), length: log.length, root: sha256Hex('root') },
      },
      ...log.slice(1),
      { type: 'thread.fork.started', deadlineAt, escalation: null },
    ]);
    assert.deepEqual(
      facts.map(({ copied }) => copied?.from ?? null),
      [null, ...log.slice(1).map((_, index) => `id-${index}`), null],
    );
  });

  it('stands after every fact of its origin where that stood, with a deadline of its own', () => {
    const log = logAfter(...escalated);
    const from = log.findIndex(({ type }) => type === 'thread.review.opened') + 1;
    for (let length = from; length <= log.length; length++) {
      const prefix = log.slice(0, length);
      const origin = replay(prefix);
      const waiting = origin.context.escalation;
      const { state } = handle(initial, fork(prefix, waiting?.escalation ?? null));
      assert.deepEqual(state.value, origin.value);
      const { fork: line, ...context } = state.context;
      assert.deepEqual(line, {
        origin: { thread: at, log: logOf('thread'), length, root: sha256Hex('root') },
        subject: at,
        model: 'other',
        round: origin.context.round,
      });
      assert.deepEqual(context, {
        ...origin.context,
        task: forked.task,
        review: origin.context.review && { ...origin.context.review, deadlineAt },
        escalation: waiting && { ...waiting, deadlineAt },
      });
      const ids = (due: ReturnType<typeof thread.due>): string[] => due.map(({ id }) => id);
      assert.deepEqual(ids(thread.due(state)), ids(thread.due(origin)));
    }
  });

  it('asks those who are still due, and nobody else', () => {
    const log = logAfter(...voting, castBallot(items, ann, ['approve']));
    const { state } = handle(initial, fork(log));
    assert.deepEqual(
      thread.due(state).map(({ id }) => id),
      [`vote/1/${bob}`, 'deadline/review'],
    );
  });

  it('comes to another end than its origin', () => {
    const log = logAfter(...voting, castBallot(items, ann, ['approve']));
    const origin = replay(logAfter(...approved, proceed));
    let { state } = handle(initial, fork(log));
    ({ state } = handle(state, castBallot(items, bob, ['reject'])));
    ({ state } = handle(state, proceed));
    assert.equal(origin.context.verdict, 'changes_requested');
    assert.equal(state.context.verdict, null);
    assert.deepEqual(state.value, { deliberating: 'discussing' });
  });

  it('has the time that had run out in its origin', () => {
    const late = [...begun, passDeadline('review')];
    assert.deepEqual(awaits(...late), ['proceed']);
    const { state } = handle(initial, fork(logAfter(...late)));
    assert.deepEqual(
      thread.due(state).map(({ id }) => id),
      [`review/0/${ann}`, `review/0/${bob}`, 'deadline/review'],
    );
  });

  it('of a fork holds the start of that one among its copies, and counts by its own', () => {
    const first = handle(initial, fork(logAfter(...reviewed))).events;
    const further = [...first, ...handle(replay(first), proceed).events];
    const { state } = handle(initial, fork(further));
    assert.equal(state.context.round, 1);
    assert.equal(state.context.fork?.round, 1);
    assert.equal(state.context.fork?.origin.length, further.length);
    assert.equal(replay(first).context.fork?.round, 0);
  });
});

describe('a fork is refused', () => {
  it('where there is a thread already', () =>
    given(...play(open))
      .when(fork(logAfter(...begun)))
      .isRefused('COMMAND_NOT_ALLOWED'));

  it('before a review was opened, and after it was decided', () => {
    const none = given();
    none.when(fork(logAfter(open))).isRefused('COMMAND_NOT_ALLOWED');
    none.when(fork(logAfter(...approved, proceed))).isRefused('COMMAND_NOT_ALLOWED');
    none
      .when(fork(logAfter(...escalated, resolve('approved')), 1))
      .isRefused('COMMAND_NOT_ALLOWED');
  });

  it('with another escalation than the one that waits', () => {
    const none = given();
    for (const number of [null, 2]) {
      none.when(fork(logAfter(...escalated), number)).isRefused('COMMAND_NOT_ALLOWED');
    }
    none.when(fork(logAfter(...discussing), 1)).isRefused('COMMAND_NOT_ALLOWED');
  });

  it('with a copy that was not lawful in its origin', () => {
    const log = logAfter(...voting, castBallot(items, ann, ['approve']));
    given()
      .when(fork([...log, ...log.slice(-2)]))
      .isRefused('COMMAND_NOT_ALLOWED');
  });
});

describe('the start of a fork', () => {
  const start = { type: 'thread.fork.started', deadlineAt, escalation: null } as const;

  it('is unlawful in a thread that was opened', () => {
    for (const lines of [[open], begun, voting, votingAgain])
      given(...play(...lines)).rejects(start);
  });

  it('answers no escalation', () => {
    const log = logAfter(
      open,
      openReview(),
      enterReview(ann, finding(ann)),
      drop(bob, 'BUDGET_NEVER_FITS'),
      proceed,
    );
    const { state } = handle(initial, fork(log, 1));
    assert.equal(state.value, 'escalated');
    assert.deepEqual(
      thread.due(state).map(({ id }) => id),
      ['deadline/escalation'],
    );
    const lifted = handle(state, lift()).state;
    assert.equal(lifted.value, 'reviewing');
    assert.equal(lifted.context.lifts, 1);
  });
});
