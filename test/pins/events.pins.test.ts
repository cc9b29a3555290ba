import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { agentEvent } from '../../events/agent.ts';
import { budgetEvent } from '../../events/budget.ts';
import { nodeEvent } from '../../events/node.ts';
import { threadEvent } from '../../events/thread.ts';

/**
 * Names of events are XState event types, subjects and filters at once, and old logs are full of them. Add
 * at will; a shape that changes is a new version with an upcaster.
 */
describe('the events', () => {
  it('of a thread are the pinned ones', () =>
    assert.deepEqual(namesOf(threadEvent), [
      'thread.closed',
      'thread.consensus.reached',
      'thread.deadline.passed',
      'thread.discussion.opened',
      'thread.escalated',
      'thread.escalation.defaulted',
      'thread.escalation.lifted',
      'thread.escalation.resolved',
      'thread.finding.entered',
      'thread.fork.started',
      'thread.forked',
      'thread.message.posted',
      'thread.objection.raised',
      'thread.opened',
      'thread.participant.failed',
      'thread.proposal.made',
      'thread.review.entered',
      'thread.review.opened',
      'thread.turn.ended',
      'thread.verdict.reached',
      'thread.vote.cast',
      'thread.vote.opened',
    ]));

  it('of an agent are the pinned ones', () =>
    assert.deepEqual(namesOf(agentEvent), [
      'agent.answer.rejected',
      'agent.call.completed',
      'agent.call.failed',
      'agent.call.started',
      'agent.finding.stated',
      'agent.memory.noted',
      'agent.message.stated',
      'agent.objection.stated',
      'agent.registered',
      'agent.resumed',
      'agent.retired',
      'agent.review.stated',
      'agent.role.revised',
      'agent.summary.stated',
      'agent.suspended',
      'agent.turn.completed',
      'agent.turn.failed',
      'agent.turn.started',
      'agent.vote.stated',
    ]));

  it('of a budget are the pinned ones', () =>
    assert.deepEqual(namesOf(budgetEvent), [
      'budget.alert.raised',
      'budget.alerts.set',
      'budget.clock.reset',
      'budget.held',
      'budget.hold.charged',
      'budget.limit.removed',
      'budget.limit.set',
      'budget.opened',
      'budget.price.recorded',
      'budget.refused',
      'budget.released',
      'budget.settled',
    ]));

  it('of a node are the pinned ones', () =>
    assert.deepEqual(namesOf(nodeEvent), [
      'node.checkpoint.sealed',
      'node.checkpoint.witnessed',
      'node.log.registered',
      'node.restored',
      'node.started',
      'node.stopped',
      'node.subject.erased',
    ]));
});

type Union = {
  readonly options: readonly { readonly shape: { readonly type: { readonly value: string } } }[];
};

function namesOf({ options }: Union): string[] {
  return options.map(({ shape }) => shape.type.value).toSorted();
}
