import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  agentAddress,
  budgetAddress,
  nodeAddress,
  threadAddress,
  type BzzzEvent,
  type Meta,
  type Recorded,
} from '../../../events/index.ts';
import { escalated } from '../../support/history.ts';
import { brief, heard, told, Victim, type Attack } from './attack.ts';
import { changing, isNamed, type EventNamed, type Forger } from './forger.ts';

const thread = threadAddress('shop', 'pr-1');
const reviewer = agentAddress('reviewer', 'reviewer', 'shop');
const performance = agentAddress('performance', 'performance', 'shop');
const architect = agentAddress('architect', 'architect', 'shop');
const budget = budgetAddress('shop');
const node = nodeAddress('local');

type Change = (events: readonly Recorded[]) => readonly Recorded[];

/** Rewrites the log of an actor and signs it with its key: nothing is wrong with the bytes. */
function rewriting(actor: string, change: Change): Attack {
  return (forger) => forger.rewrite(actor, change);
}

function without(type: BzzzEvent['type']): Change {
  return (events) => {
    const at = events.findIndex(({ event }) => event.type === type);
    assert.ok(at >= 0);
    return events.toSpliced(at, 1);
  };
}

/** Appends one more event, as the holder of the key may at any time. */
function adding(
  actor: string,
  make: (events: readonly Recorded[], forger: Forger) => BzzzEvent | Promise<BzzzEvent>,
): Attack {
  return async (forger) => {
    const events = await forger.events(actor);
    const last = events.at(-1);
    assert.ok(last);
    const event = await make(events, forger);
    const id = last.meta.id.replace(/....$/, 'ffff');
    await forger.rewrite(actor, () => [...events, { meta: { ...last.meta, id }, event }]);
  };
}

function first<Type extends BzzzEvent['type']>(
  events: readonly Recorded[],
  type: Type,
): EventNamed<Type> {
  for (const { event } of events) if (isNamed(type, event)) return event;
  throw new TypeError(`no ${type}`);
}

/** One envelope that is not what it was. */
function envelope(
  at: number,
  change: (was: Meta, events: readonly Recorded[]) => Partial<Meta>,
): Change {
  return (events) =>
    events.map((recorded, seq) =>
      seq === at
        ? { ...recorded, meta: { ...recorded.meta, ...change(recorded.meta, events) } }
        : recorded,
    );
}

/** The vote of the performance engineer on p1, and every trace of it in the consensus. */
function unheard(events: readonly Recorded[]): readonly Recorded[] {
  const kept = events.filter(
    ({ event }) =>
      !(
        isNamed('thread.vote.cast', event) &&
        event.agent === performance &&
        event.proposal === 'p1'
      ),
  );
  assert.equal(kept.length, events.length - 1);
  return changing('thread.consensus.reached', (event) => ({
    ...event,
    tally: {
      ...event.tally,
      approve: event.tally.approve - 1,
      approveWeight: event.tally.approveWeight - 1,
    },
    votes: event.votes.filter(({ agent }) => agent !== performance),
  }))(kept);
}

const attacks: readonly { name: string; attack: Attack; finds: readonly RegExp[] }[] = [
  // Lawfulness and envelope
  {
    name: 'a close before there is a verdict',
    attack: rewriting(thread, (events) => [
      ...events.slice(0, 2),
      ...events.slice(-1).map(({ meta }) => ({
        meta,
        event: { type: 'thread.closed' as const, by: 'x' },
      })),
      ...events.slice(2),
    ]),
    finds: [/^law \S+pr-1 2 event$/],
  },
  {
    name: 'a verdict before there is a review, at which a guard throws',
    attack: rewriting(thread, (events) => [
      ...events.slice(0, 1),
      ...events.slice(-1),
      ...events.slice(1, -1),
    ]),
    finds: [/^consensus \S+pr-1 1 decision$/],
  },
  {
    name: 'an event that is not one',
    attack: async (forger) => {
      const key = await forger.keyOf(reviewer);
      await forger.replace(key, [...(await forger.blocksOf(key)), Buffer.from('{"meta":{}}')]);
    },
    finds: [/^envelope reviewer\S+ \d+ meta.id$/],
  },
  {
    name: 'bytes that are no text',
    attack: async (forger) => {
      const key = await forger.keyOf(reviewer);
      await forger.replace(key, [...(await forger.blocksOf(key)), Buffer.from([0xff, 0xfe])]);
    },
    finds: [/^envelope reviewer\S+ \d+ -$/],
  },
  {
    name: 'an event dated back',
    attack: rewriting(
      thread,
      envelope(5, () => ({ at: '2026-11-22T00:00:00.000Z' })),
    ),
    finds: [/^envelope \S+pr-1 5 meta.at$/],
  },
  {
    name: 'an event with the id of another',
    attack: rewriting(
      thread,
      envelope(5, (_was, events) => ({ id: events[4]?.meta.id ?? '' })),
    ),
    finds: [/^envelope \S+pr-1 5 meta.id$/],
  },
  {
    name: 'an event of another actor',
    attack: rewriting(
      reviewer,
      envelope(3, () => ({ actor: architect })),
    ),
    finds: [/^envelope reviewer\S+ 3 meta.actor$/],
  },
  {
    name: 'an agent under the name of another',
    attack: rewriting(
      reviewer,
      changing('agent.registered', (event) => ({ ...event, name: 'architect' })),
    ),
    // The state that is recorded with a later statement is another one, too, and so is its hash.
    finds: [/^envelope reviewer\S+ 0 event$/, /^entry \S+pr-2 \d+ ref\.hash$/],
  },
  {
    name: 'a log registered for two actors',
    attack: adding(node, async (_events, forger) => ({
      type: 'node.log.registered',
      actor: agentAddress('twin', 'reviewer', 'shop'),
      kind: 'agent',
      log: await forger.keyOf(reviewer),
    })),
    finds: [/^register local\S+ 7 log$/, /^law local\S+ 7 event$/],
  },

  {
    name: 'a seal of a log that is not registered',
    attack: adding(node, () => ({
      type: 'node.checkpoint.sealed',
      heads: [{ log: 'cd'.repeat(32), length: 1, root: 'ef'.repeat(32), fork: 0 }],
    })),
    finds: [/^register local\S+ 7 heads$/],
  },

  // Double entry
  {
    name: 'a vote that the agent never stated',
    attack: rewriting(
      thread,
      changing('thread.vote.cast', (event) => ({ ...event, ref: { ...event.ref, seq: 1 } })),
    ),
    finds: [/^entry \S+pr-1 \d+ ref$/],
  },
  {
    name: 'a vote turned round',
    attack: rewriting(
      thread,
      changing('thread.vote.cast', (event) => ({
        ...event,
        choice: event.choice === 'approve' ? 'reject' : 'approve',
      })),
    ),
    finds: [/^entry \S+pr-1 \d+ choice$/],
  },
  {
    name: 'a statement with another text under the same facts',
    attack: rewriting(reviewer, (events) =>
      events.map((recorded) =>
        recorded.event.type === 'agent.review.stated' && recorded.event.thread === thread
          ? { ...recorded, body: { subject: thread, box: 'AAAA' } }
          : recorded,
      ),
    ),
    finds: [/^entry \S+pr-1 \d+ ref.hash$/],
  },
  {
    name: 'a statement entered twice, the second time as another kind',
    attack: rewriting(
      thread,
      changing('thread.review.entered', (event) => ({
        ...event,
        ref: { ...event.ref, seq: event.ref.seq - 1 },
      })),
    ),
    finds: [/^entry \S+pr-1 \d+ ref$/],
  },
  {
    name: 'a statement from the log of another agent',
    attack: async (forger) => {
      const log = await forger.keyOf(architect);
      await forger.rewrite(
        thread,
        changing(
          'thread.finding.entered',
          (event) => ({ ...event, ref: { ...event.ref, log } }),
          ({ agent }) => agent === reviewer,
        ),
      );
    },
    finds: [/^entry \S+pr-1 \d+ ref.log$/],
  },
  {
    name: 'a participant with the log of another',
    attack: async (forger) => {
      const log = await forger.keyOf(architect);
      await forger.rewrite(
        thread,
        changing('thread.review.opened', (event) => ({
          ...event,
          participants: event.participants.map((one) => ({ ...one, log })),
        })),
      );
    },
    finds: [/^entry \S+pr-1 1 participants.\d.log$/],
  },
  {
    name: 'a vote that the thread left out, and counted without',
    attack: rewriting(thread, unheard),
    finds: [/^entry performance\S+ \d+ entered$/],
  },
  {
    name: 'a vote that the thread left out',
    attack: rewriting(thread, without('thread.vote.cast')),
    finds: [/^consensus \S+pr-1 \d+ tally.approve$/],
  },
  {
    name: 'a turn ended for an agent that did not take it',
    attack: rewriting(
      architect,
      changing('agent.turn.completed', (event) => ({
        type: 'agent.turn.failed',
        turn: event.turn,
        reason: 'x',
      })),
    ),
    finds: [/^entry \S+pr-1 \d+ turn$/],
  },
  {
    name: 'a text that an event refers to and that is not there',
    attack: rewriting(architect, (events) =>
      events.map((recorded, seq) => {
        const blob = { hash: '0'.repeat(64), bytes: 1 };
        return seq === 1 ? { ...recorded, body: { subject: thread, blob } } : recorded;
      }),
    ),
    finds: [/^blob architect\S+ 1 body.blob$/],
  },

  // Consensus
  {
    name: 'a false tally',
    attack: rewriting(
      thread,
      changing('thread.consensus.reached', (event) => ({
        ...event,
        tally: { ...event.tally, approve: event.tally.approve + 1 },
      })),
    ),
    finds: [/^consensus \S+pr-1 \d+ tally.approve$/],
  },
  {
    name: 'an outcome that the votes do not have',
    attack: rewriting(
      thread,
      changing('thread.consensus.reached', (event) => ({
        ...event,
        outcome: event.outcome === 'accepted' ? 'rejected' : 'accepted',
      })),
    ),
    finds: [/^consensus \S+pr-1 \d+ outcome$/],
  },
  {
    name: 'a decision left out',
    attack: rewriting(thread, without('thread.consensus.reached')),
    finds: [/^consensus \S+pr-1 \d+ decision$/],
  },
  {
    name: 'a verdict turned round',
    attack: rewriting(
      thread,
      changing('thread.verdict.reached', (event) => ({ ...event, verdict: 'approved' })),
    ),
    finds: [/^consensus \S+pr-1 \d+ verdict$/],
  },

  // Cost
  {
    name: 'a settlement with a smaller amount',
    attack: rewriting(
      budget,
      changing('budget.settled', (event) => ({ ...event, amountMicroUsd: 1 })),
    ),
    finds: [/^cost \S+\/cost \d+ amountMicroUsd$/],
  },
  {
    name: 'a settlement over what was held',
    attack: rewriting(
      budget,
      changing('budget.settled', (event) => ({
        ...event,
        amountMicroUsd: 50_000,
        reportedMicroUsd: 50_000,
      })),
    ),
    finds: [/^cost \S+\/cost \d+ reportedMicroUsd$/],
  },
  {
    name: 'a settlement at another price than the one that was recorded',
    attack: rewriting(
      budget,
      changing('budget.price.recorded', (event) => {
        const { standard } = event.price.tiers;
        const base = { ...standard.base, output: standard.base.output + 1_000_000 };
        return { ...event, price: { ...event.price, tiers: { standard: { ...standard, base } } } };
      }),
    ),
    finds: [/^cost \S+\/cost \d+ amountMicroUsd$/],
  },
  {
    name: 'a settlement with another usage than the agent reported',
    attack: rewriting(
      budget,
      changing('budget.settled', (event) => ({
        ...event,
        usage: event.usage && { ...event.usage, outputTokens: 1 },
      })),
    ),
    finds: [/^cost \S+\/cost \d+ reportedMicroUsd$/],
  },
  {
    name: 'a settlement with another usage than the agent reported, at its true price',
    attack: rewriting(
      budget,
      changing('budget.settled', (event) => ({
        ...event,
        usage: event.usage && { ...event.usage, outputTokens: 1 },
        amountMicroUsd: 21,
        reportedMicroUsd: 21,
      })),
    ),
    finds: [/^cost \S+\/cost \d+ usage$/],
  },
  {
    name: 'a hold over the cap',
    attack: rewriting(
      budget,
      changing('budget.held', (event) => ({ ...event, amountMicroUsd: 10_001 })),
    ),
    finds: [/^cost \S+\/cost \d+ task:pr-1$/],
  },
  {
    name: 'a hold that was made twice',
    attack: adding(budget, (events) => first(events, 'budget.held')),
    finds: [/^cost \S+\/cost \d+ hold$/],
  },
  {
    name: 'a hold that ended twice',
    attack: adding(budget, (events) => first(events, 'budget.settled')),
    finds: [/^cost \S+\/cost \d+ hold$/],
  },
  {
    name: 'an answer that nobody paid for',
    attack: rewriting(
      budget,
      changing('budget.settled', ({ hold }) => ({
        type: 'budget.released',
        hold,
        reason: 'x',
      })),
    ),
    finds: [/^cost \S+\/cost \d+ hold$/],
  },
  {
    name: 'a call without money held for it',
    attack: rewriting(
      reviewer,
      changing('agent.call.started', (event) => ({ ...event, hold: 'another' })),
    ),
    finds: [/^cost reviewer\S+ 2 hold$/, /^cost \S+\/cost \d+ call$/],
  },
  {
    name: 'a call to a dearer model than was held for',
    attack: rewriting(
      reviewer,
      changing('agent.call.started', (event) => ({ ...event, model: 'dear' })),
    ),
    finds: [/^cost reviewer\S+ \d+ model$/],
  },
];

describe('the auditor of what logs say', () => {
  it('names the first event that is not so, when the keys were in the wrong hands', () =>
    Victim.with({ chapters: [heard, escalated], ending: 'killed' }, async (victim) => {
      for (const { name, attack, finds } of attacks) {
        const report = await victim.attacked(attack);
        const found = brief(report);
        assert.ok(!report.intact, name);
        assert.equal(found.length, finds.length, `${name}: ${told(report)}`);
        for (const [index, finding] of found.entries()) {
          assert.match(finding, finds[index] ?? /^never$/, `${name}: ${told(report)}`);
        }
      }
    }));

  it('says what is there and what has to be', () =>
    Victim.with({ chapters: [heard], ending: 'killed' }, async (victim) => {
      const attack = changing('budget.settled', (event) => ({ ...event, amountMicroUsd: 1 }));
      let seq = -1;
      const { findings } = await victim.attacked(async (forger) => {
        const events = await forger.events(budget);
        seq = events.findIndex(({ event }) => event.type === 'budget.settled');
        await forger.rewrite(budget, attack);
      });
      const [{ log, message, ...finding } = { log: '', message: '' }] = findings;
      assert.match(log, /^[0-9a-f]{64}$/);
      assert.match(message, /was not settled by what was used/);
      const where = { check: 'cost', actor: budget, seq, field: 'amountMicroUsd' };
      assert.deepEqual(finding, { ...where, expected: 40, found: 1 });
    }));
});
