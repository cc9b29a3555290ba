import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { agentAddress, threadAddress } from '../../../events/index.ts';
import { cutsOf, forkOn } from '../../support/forks.ts';
import type { TestNode } from '../../support/testNode.ts';
import { eventsOf, first, lastOf, second, withNode } from './forkNode.ts';

describe('a fork is refused, with what to do', () => {
  const refused = async (
    node: TestNode,
    address: string,
    asked: Parameters<typeof forkOn>[2],
    code: string,
    message: RegExp,
  ): Promise<void> => {
    const logs = node.host.registered().length;
    await assert.rejects(forkOn(node, address, asked), { code, message });
    assert.equal(node.host.registered().length, logs);
  };

  it(
    'for a thread or an event that is not there',
    withNode(async (node) => {
      const none = threadAddress('shop', 'none');
      await refused(node, none, { seq: 3 }, 'NOT_FOUND', /bzzz thread ls/);
      const { length } = await eventsOf(node, second);
      const message = new RegExp(
        `has ${length} events, 0 to ${length - 1}; choose --at ${length - 1}$`,
      );
      await refused(node, second, { seq: length }, 'ARGUMENT_INVALID', message);
    }),
  );

  it(
    'before there is a review',
    withNode((node) =>
      refused(
        node,
        first,
        { seq: 0 },
        'ARGUMENT_INVALID',
        /no review is opened up to event 0; choose --at 1$/,
      ),
    ),
  );

  it(
    'in the middle of what was said at once',
    withNode(async (node) => {
      const cuts = await cutsOf(node, first);
      const at = await lastOf(node, first, 'thread.proposal.made');
      const [below, above] = [cuts.findLast((seq) => seq < at), cuts.find((seq) => seq > at)];
      const message = new RegExp(
        `said at once, up to event ${above}; choose --at ${below} or ${above}$`,
      );
      await refused(node, first, { seq: at }, 'ARGUMENT_INVALID', message);
    }),
  );

  it(
    'where it was decided',
    withNode(async (node) => {
      const at = await lastOf(node, first, 'thread.verdict.reached');
      const last = (await cutsOf(node, first)).at(-1);
      const message = new RegExp(
        `nothing is left to decide after event ${at}; choose --at ${last}$`,
      );
      await refused(node, first, { seq: at }, 'ARGUMENT_INVALID', message);
    }),
  );

  it(
    'within what a fork took over',
    withNode(async (node) => {
      const seq = await lastOf(node, first, 'thread.vote.opened');
      const { thread } = await forkOn(node, first, { seq });
      const message =
        /events 1 to \d+ are those of \S+pr-1: to fork it at event 2, fork that thread/;
      await refused(node, thread, { seq: 2 }, 'ARGUMENT_INVALID', message);
    }),
  );

  it(
    'for a task that is taken; without one it finds a free name',
    withNode(async (node) => {
      const seq = await lastOf(node, first, 'thread.vote.opened');
      const taken = /there is a thread \S+pr-2 already; choose another --task/;
      await refused(node, first, { seq, task: 'pr-2' }, 'ARGUMENT_INVALID', taken);
      const names = [];
      for (let count = 0; count < 3; count++)
        names.push((await forkOn(node, first, { seq })).thread);
      const name = `pr-1-at-${seq}`;
      assert.deepEqual(
        names,
        [name, `${name}-2`, `${name}-3`].map((task) => threadAddress('shop', task)),
      );
    }),
  );

  it(
    'while somebody who takes part is suspended',
    withNode(async (node) => {
      const agent = agentAddress('reviewer', 'reviewer', 'shop');
      await node.host.handle({
        kind: 'agent',
        actor: agent,
        commandId: 'suspend',
        command: { type: 'suspend', by: 'ann' },
      });
      const seq = await lastOf(node, first, 'thread.vote.opened');
      const message = /is suspended and takes part; bzzz agent resume/;
      await refused(node, first, { seq }, 'COMMAND_NOT_ALLOWED', message);
    }),
  );
});
