import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { threadAddress } from '../../../events/index.ts';
import type { Actors } from '../../../src/ports.ts';
import { forkOn, goOnWith } from '../../support/forks.ts';
import { agreed, writeHistory } from '../../support/history.ts';
import { openTestNode, steppingClock, withTempDir } from '../../support/testNode.ts';
import { withHandle } from '../../support/wrap.ts';
import { auditOf, told } from '../audit/attack.ts';
import { contextOf, eventsOf, first, lastOf, script } from './forkNode.ts';

describe('a process that dies', () => {
  class Killed extends Error {}
  /** Dies at the n-th command: before it, or after it is on disk and unacknowledged. */
  function mortal(actors: Actors, at: number, when: 'before' | 'after'): Actors {
    let commands = 0;
    return withHandle(actors, async (instruction) => {
      const number = ++commands;
      if (number > at || (number === at && when === 'before')) throw new Killed();
      const outcome = await actors.handle(instruction);
      if (number === at) throw new Killed();
      return outcome;
    });
  }

  it('while it forks leaves a whole fork or none', async () => {
    for (const [at, when, isThere] of [
      [1, 'before', false],
      [1, 'after', false],
      [2, 'before', false],
      [2, 'after', true],
    ] as const) {
      await withTempDir(async (root) => {
        const clock = steppingClock();
        const dir = await writeHistory(root, [agreed], 'stopped', clock);
        const dying = await openTestNode(root, clock);
        const seq = await lastOf(dying, first, 'thread.vote.opened');
        await assert.rejects(
          forkOn(dying, first, { seq }, { actors: mortal(dying.host, at, when) }),
          Killed,
        );
        await dying.drop();
        const node = await openTestNode(root, clock);
        const thread = threadAddress('shop', `pr-1-at-${seq}`);
        const { length } = await eventsOf(node, thread);
        assert.equal(length, isThere ? seq + 2 : 0, `${at} ${when}`);
        const again = await forkOn(node, first, { seq });
        assert.equal(again.thread === thread, !isThere);
        await goOnWith(node, again.thread, script);
        await node.close();
        const report = await auditOf(dir);
        assert.ok(report.intact, told(report));
      });
    }
  });

  it('while a fork goes on can be gone on with', async () => {
    for (const at of [1, 4, 9, 14]) {
      await withTempDir(async (root) => {
        const clock = steppingClock();
        const dir = await writeHistory(root, [agreed], 'stopped', clock);
        const dying = await openTestNode(root, clock);
        const seq = await lastOf(dying, first, 'thread.vote.opened');
        const { thread } = await forkOn(dying, first, { seq, model: 'other' });
        const cut = goOnWith(dying, thread, script, mortal(dying.host, at, 'after'));
        await assert.rejects(cut, Killed);
        await dying.drop();
        const node = await openTestNode(root, clock);
        await goOnWith(node, thread, script);
        assert.equal((await contextOf(node, thread)).verdict, 'approved');
        await node.close();
        const report = await auditOf(dir);
        assert.ok(report.intact, told(report));
      });
    }
  });
});
