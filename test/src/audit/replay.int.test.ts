import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { agentAddress, threadAddress } from '../../../events/index.ts';
import { replay } from '../../../src/audit/index.ts';
import { openReadOnly, type ReadOnlyLogs } from '../../../src/log/index.ts';
import { agreed, writeHistory } from '../../support/history.ts';
import { withTempDir } from '../../support/testNode.ts';
import { Forger } from './forger.ts';

const thread = threadAddress('shop', 'pr-1');

function withLogs(
  use: (logs: ReadOnlyLogs) => Promise<void>,
  forge?: (forger: Forger) => Promise<void>,
): Promise<void> {
  return withTempDir(async (root) => {
    const dir = await writeHistory(root, [agreed]);
    if (forge) await Forger.at(dir, forge);
    const logs = await openReadOnly(dir);
    try {
      await use(logs);
    } finally {
      await logs.close();
    }
  });
}

describe('a replay', () => {
  it('ends in the state of today when no moment is given', () =>
    withLogs(async (logs) => {
      const { state, context, events, version } = await replay(logs, thread);
      const length = (await logs.logs()).find(({ actor }) => actor === thread)?.length;
      assert.equal(state, 'agreed');
      assert.partialDeepStrictEqual(context, { verdict: 'changes_requested', task: 'pr-1' });
      assert.deepEqual([version, events.length], [length, length]);
    }));

  it('shows the state after any one event, and never more', () =>
    withLogs(async (logs) => {
      const { events } = await replay(logs, thread);
      for (const { meta } of events) {
        const then = await replay(logs, thread, { seq: meta.seq });
        assert.equal(then.version, meta.seq + 1);
        assert.equal(then.events.at(-1)?.meta.id, meta.id);
      }
      const opened = await replay(logs, thread, { seq: 1 });
      assert.equal(opened.state, 'reviewing');
      assert.partialDeepStrictEqual(opened.context, { verdict: null, entered: [] });
    }));

  it('shows the state at a time, that instant included', () =>
    withLogs(async (logs) => {
      const { events } = await replay(logs, thread);
      const entered = events.find(({ event }) => event.type === 'thread.review.entered');
      assert.ok(entered);
      const { at } = entered.meta;
      const then = await replay(logs, thread, { at });
      const before = new Date(Date.parse(at) - 1).toISOString();
      assert.partialDeepStrictEqual(then.context, { entered: [{}].map(() => agentOf(entered)) });
      assert.ok((await replay(logs, thread, { at: before })).version < then.version);
      assert.equal((await replay(logs, thread, { at: '2020-01-01T00:00:00Z' })).version, 0);
    }));

  it('takes an address in either form', () =>
    withLogs(async (logs) => {
      const one = agentAddress('reviewer', 'reviewer', 'shop');
      const uri = one.replace('bzzz://', 'bzzz:///');
      assert.deepEqual(await replay(logs, uri), await replay(logs, one));
    }));

  it('refuses what is no address, no actor, no time', () =>
    withLogs(async (logs) => {
      await assert.rejects(replay(logs, 'shop'), { code: 'ADDRESS_INVALID' });
      await assert.rejects(replay(logs, threadAddress('shop', 'pr-9')), { code: 'NOT_FOUND' });
      await assert.rejects(replay(logs, thread, { at: 'yesterday' }), { code: 'ARGUMENT_INVALID' });
    }));

  it('goes up to an unlawful event, and not past it', () =>
    withLogs(
      async (logs) => {
        assert.equal((await replay(logs, thread, { seq: 0 })).version, 1);
        await assert.rejects(replay(logs, thread), {
          code: 'LOG_UNLAWFUL',
          data: { actor: thread, seq: 1 },
        });
      },
      (forger) => forger.rewrite(thread, (events) => events.toSpliced(1, 1)),
    ));
});

function agentOf({ event }: { event: object }): unknown {
  return 'agent' in event ? event.agent : null;
}
