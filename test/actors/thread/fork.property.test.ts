import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { EventOf } from '../../../events/index.ts';
import { Refusal, sha256Hex } from '../../../events/index.ts';
import type { ThreadContext } from '../../../actors/index.ts';
import { anyLog } from '../world.ts';
import {
  after,
  ann,
  at,
  bob,
  cid,
  handle,
  initial,
  open,
  openReview,
  play,
  replay,
} from './script.ts';
import { threadWorld, type ThreadState } from './world.ts';

type Log = readonly EventOf<'thread'>[];

const begun = [open, openReview([ann, bob, cid])];
const world = threadWorld({
  agents: [ann, bob, cid],
  kinds: ['bug', 'style'],
  choices: ['approve', 'reject'],
  failing: [bob, cid],
});
const anyReview = anyLog({ ...world, initial: after(...begun).state }, 40).map(({ log }) => [
  ...play(...begun),
  ...log,
]);

/** The state of a fork that took over all of these events; null where there can be none. */
function forkAfter(log: Log, escalation: number | null): ThreadState | null {
  try {
    const { length } = log;
    return handle(initial, {
      type: 'fork',
      project: 'chorus',
      task: 'what-if',
      origin: { thread: at, log: sha256Hex('log'), length, root: sha256Hex('root') },
      subject: at,
      model: null,
      by: 'dana',
      copies: log.slice(1).map((event) => ({ event, copied: { from: 'id' } })),
      escalation,
      deadlineMs: 1,
    }).state;
  } catch (error) {
    assert.ok(error instanceof Refusal, String(error));
    return null;
  }
}

/** What a fork shares with its origin: all but its name, its time and where it came from. */
function shared({ task: _task, fork: _fork, review, escalation, ...rest }: ThreadContext): object {
  const [{ deadlineAt: _review, ...reviewed }, { deadlineAt: _asked, ...asked }] = [
    { deadlineAt: null, ...review },
    { deadlineAt: null, ...escalation },
  ];
  return { ...rest, reviewed, asked };
}

describe('a fork of any thread', () => {
  it('can begin exactly while something is left to decide', () => {
    let [forks, none] = [0, 0];
    fc.assert(
      fc.property(anyReview, (log) => {
        for (let length = 2; length <= log.length; length++) {
          const origin = replay(log.slice(0, length));
          const { verdict, escalation } = origin.context;
          const isOpen =
            verdict === null && (escalation?.verdict ?? null) === null && origin.value !== 'closed';
          const number = escalation?.escalation ?? null;
          const fork = forkAfter(log.slice(0, length), number);
          assert.equal(fork !== null, isOpen);
          if (fork) forks++;
          else none++;
          if (fork) assert.deepEqual(fork.context.passed, []);
        }
      }),
      { numRuns: 60 },
    );
    assert.ok(forks > 100 && none > 10, `${forks} forks, ${none} none`);
  });

  it('goes on as its origin did, if everybody says the same and no time runs out', () => {
    let compared = 0;
    fc.assert(
      fc.property(anyReview, (log) => {
        const end = replay(log);
        for (let length = 2; length < log.length; length++) {
          const origin = replay(log.slice(0, length));
          const rest = log.slice(length);
          const isTimely =
            origin.context.passed.length === 0 &&
            rest.every(({ type }) => type !== 'thread.deadline.passed');
          const number = origin.context.escalation?.escalation ?? null;
          const fork = isTimely ? forkAfter(log.slice(0, length), number) : null;
          if (!fork) continue;
          const state = replay(rest, fork);
          assert.deepEqual(state.value, end.value);
          assert.deepEqual(shared(state.context), shared(end.context));
          compared++;
        }
      }),
      { numRuns: 60 },
    );
    assert.ok(compared > 50, `only ${compared}`);
  });
});
