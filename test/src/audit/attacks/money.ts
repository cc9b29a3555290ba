import { parseAddress, type BzzzEvent, type Recorded } from '../../../../events/index.ts';
import type { Dice } from '../../../support/dice.ts';
import { alteration } from './alteration.ts';
import { seen, type AttackClass, type Expected, type Family } from './family.ts';
import {
  altered,
  another,
  everyNamed,
  ledger,
  named,
  pick,
  type Log,
  type Scene,
} from './scene.ts';

type Fact<Type extends BzzzEvent['type']> = Extract<BzzzEvent, { type: Type }>;
/** The events of the ledger are others. */
function rewriting(
  name: string,
  variants: number,
  change: (
    log: Log,
    dice: Dice,
    scene: Scene,
  ) => { what: string; events: readonly Recorded[]; expected: Omit<Expected, 'log'> } | null,
): AttackClass {
  return {
    name,
    variants,
    on: 'both',
    draw(scene, dice) {
      const log = ledger(scene);
      const changed = change(log, dice, scene);
      if (!changed) return null;
      const { what, events, expected } = changed;
      return {
        what,
        attack: (forger) => forger.record(log.key, events),
        ...seen(scene, [log.key], [{ log: log.key, ...expected }]),
      };
    },
  };
}

/** What a call of the scripted models costs, by tokens: a micro-dollar each. */
const otherAmount = alteration(
  { name: 'a settlement with another amount', variants: 12, type: 'budget.settled' },
  ({ event }, dice) => ({
    event: { ...event, amountMicroUsd: dice.whole(0, 99) },
    expected: { check: 'cost', field: 'amountMicroUsd' },
  }),
);

const otherPrice = rewriting('a settlement with another price', 12, (log, dice) => {
  const priced = named(log, 'budget.price.recorded')[0];
  const held = named(log, 'budget.held')[0];
  if (!priced || !held) return null;
  const { event, seq } = priced;
  const { standard } = event.price.tiers;
  const rate = dice.one('input', 'output');
  const base = { ...standard.base, [rate]: standard.base[rate] + dice.whole(1, 9) * 100_000 };
  const price = { ...event.price, tiers: { standard: { ...standard, base } } };
  return {
    what: `${rate} for ${base[rate]} micro-dollars for 1M tokens, in event ${seq}`,
    events: altered(priced, { ...event, price }),
    expected: { check: 'cost', seq: held.seq, field: 'amountMicroUsd' },
  };
});

const otherUsage = alteration(
  {
    name: 'a settlement for another usage, at its true price',
    variants: 12,
    type: 'budget.settled',
  },
  ({ event }, dice) => {
    if (!event.usage) return null;
    const outputTokens = dice.whole(0, 19);
    const amountMicroUsd = event.amountMicroUsd - event.usage.outputTokens + outputTokens;
    return {
      event: {
        ...event,
        usage: { ...event.usage, outputTokens },
        amountMicroUsd,
        reportedMicroUsd: amountMicroUsd,
      },
      expected: { check: 'cost', field: 'usage' },
    };
  },
);

const otherTier = alteration(
  { name: 'a settlement in another service tier', variants: 6, type: 'budget.settled' },
  ({ event }, dice) => ({
    event: { ...event, serviceTier: dice.one('flex', 'priority', 'standard') },
    expected: { check: 'cost', field: 'serviceTier' },
  }),
);

const twice = rewriting('a double settlement', 12, (log, dice) => {
  const settled = pick(dice, named(log, 'budget.settled'));
  if (!settled) return null;
  const at = dice.whole(settled.seq + 1, log.events.length);
  const before = log.events[at - 1];
  if (!before) return null;
  return {
    what: `${settled.event.hold} settled again in event ${at}`,
    events: log.events.toSpliced(at, 0, another(before, settled.event, dice)),
    expected: { check: 'cost', seq: at, field: 'hold' },
  };
});

const heldTwice = rewriting('a hold that was made twice', 8, (log, dice) => {
  const held = pick(dice, named(log, 'budget.held'));
  if (!held) return null;
  const at = dice.whole(held.seq + 1, log.events.length);
  const before = log.events[at - 1];
  if (!before) return null;
  return {
    what: `${held.event.hold} held again in event ${at}`,
    events: log.events.toSpliced(at, 0, another(before, held.event, dice)),
    expected: { check: 'cost', seq: at, field: 'hold' },
  };
});

/** The call was answered, its agent went on, and nobody paid. */
const unpaid = rewriting('a hold never settled but spent', 12, (log, dice, scene) => {
  const settled = pick(dice, [
    ...named(log, 'budget.settled'),
    ...named(log, 'budget.hold.charged'),
  ]);
  const held = named(log, 'budget.held').find(({ event }) => event.hold === settled?.event.hold);
  if (!settled || !held || !wentOn(scene, held.event)) return null;
  const next = log.events.slice(settled.seq + 1);
  const alerts = next.findIndex(({ event }) => event.type !== 'budget.alert.raised');
  // Alerts, and refusals, that tell of the money follow: they do not fit any more.
  const told = alerts !== 0 || next.some(({ event }) => tellsTotals(event));
  return {
    what: `no end of ${settled.event.hold}`,
    events: log.events.toSpliced(settled.seq, 1),
    expected: told ? { check: ['cost', 'law'] } : { check: 'cost', seq: held.seq, field: 'hold' },
  };
});

function tellsTotals(event: BzzzEvent): boolean {
  return event.type === 'budget.alert.raised' || event.type === 'budget.refused';
}

/** The agent has completed the turn that it held the money for. */
function wentOn(scene: Scene, { agent, hold }: Fact<'budget.held'>): boolean {
  const log = scene.logs.find(({ actor }) => actor === agent);
  const started = log && named(log, 'agent.call.started').find(({ event }) => event.hold === hold);
  return (log?.events ?? []).some(
    ({ event }) => event.type === 'agent.turn.completed' && event.turn === started?.event.turn,
  );
}

const released = rewriting('an answer that nobody paid for', 10, (log, dice) => {
  const settled = pick(dice, named(log, 'budget.settled'));
  if (!settled) return null;
  const { hold } = settled.event;
  const told = log.events.slice(settled.seq + 1).some(({ event }) => tellsTotals(event));
  return {
    what: `${hold} released in event ${settled.seq}`,
    events: altered(settled, { type: 'budget.released', hold, reason: 'superseded' }),
    expected: told
      ? { check: ['cost', 'law'] }
      : { check: 'cost', seq: settled.seq, field: 'hold' },
  };
});

const hastened = rewriting('a hold that expired before its time', 8, (log, dice) => {
  const settled = pick(dice, named(log, 'budget.settled'));
  const held = named(log, 'budget.held').find(({ event }) => event.hold === settled?.event.hold);
  if (!settled || !held) return null;
  const { hold, amountMicroUsd } = held.event;
  return {
    what: `${hold} expired in event ${settled.seq}`,
    events: altered(settled, {
      type: 'budget.hold.charged',
      hold,
      amountMicroUsd,
      reason: 'expired',
    }),
    expected: { check: 'cost', seq: settled.seq, field: 'reason' },
  };
});

const overCap = rewriting('spending over a cap that was lowered afterwards', 8, (log, dice) => {
  const set = pick(
    dice,
    named(log, 'budget.limit.set').filter(({ event }) => event.scope.startsWith('task:')),
  );
  const held = named(log, 'budget.held').find(
    ({ seq, event }) =>
      seq > (set?.seq ?? Infinity) && event.scopes.includes(set?.event.scope ?? ''),
  );
  if (!set || !held) return null;
  const limitMicroUsd = dice.whole(0, 99);
  return {
    what: `a cap of ${limitMicroUsd} in event ${set.seq}`,
    events: altered(set, { ...set.event, limitMicroUsd }),
    expected: { check: 'cost', seq: held.seq, field: set.event.scope },
  };
});

const uncapped = rewriting('spending without a cap', 4, (log) => {
  const held = named(log, 'budget.held');
  const caps = log.events.filter(({ event }) => event.type === 'budget.limit.set');
  const [first] = held;
  if (!first || caps.length === 0) return null;
  const gone = log.events.slice(0, first.seq).filter((one) => caps.includes(one)).length;
  return {
    what: `none of ${caps.length} caps was ever set`,
    events: log.events.filter((one) => !caps.includes(one)),
    expected: { check: 'cost', seq: first.seq - gone, field: 'scopes' },
  };
});

const nobodysRaise = alteration(
  { name: 'a cap raised by nobody', variants: 12, type: 'thread.escalation.lifted' },
  ({ event }, dice) => ({
    event: { ...event, limitMicroUsd: event.limitMicroUsd + dice.whole(1, 100_000) },
    expected: { check: 'cost', field: 'limitMicroUsd' },
  }),
);

/** A scope is left out, or another one is charged, so that a cap does not bite. */
const otherScope = alteration(
  { name: 'a hold counted elsewhere', variants: 14, type: 'budget.held' },
  ({ event }, dice) => {
    const kind = dice.one('thread', 'agent', 'role', 'project', 'day', 'month');
    const of = (scope: string): boolean => scope.startsWith(`${kind}:`);
    const scopes = dice.chance(50)
      ? event.scopes.filter((scope) => !of(scope))
      : event.scopes.map((scope) => (of(scope) ? `${kind}:2030-01-01` : scope));
    return { event: { ...event, scopes }, expected: { check: 'cost', field: `scopes.${kind}` } };
  },
);

const otherHolder = alteration(
  { name: 'money held for somebody else', variants: 8, type: 'budget.held' },
  ({ event }, dice) => {
    const agent = event.agent.replace(parseAddress(event.agent).agent, `a${dice.whole(1, 99)}`);
    return { event: { ...event, agent }, expected: { check: 'cost', field: 'scopes.agent' } };
  },
);

const noHold = alteration(
  { name: 'a call without money held for it', variants: 10, type: 'agent.call.started' },
  ({ event }, dice) => ({
    event: { ...event, hold: `${event.hold}${dice.whole(1, 99)}` },
    expected: { check: 'cost', field: 'hold' },
  }),
);

const dearer = alteration(
  { name: 'a call to a dearer model than was held for', variants: 8, type: 'agent.call.started' },
  ({ event }, dice) => ({
    event: { ...event, model: `dear-${dice.whole(1, 99)}` },
    expected: { check: 'cost', field: 'model' },
  }),
);

const longer = alteration(
  {
    name: 'a call with a longer prompt than was held for',
    variants: 8,
    type: 'agent.call.started',
  },
  ({ event }, dice) => ({
    event: { ...event, promptTokensBound: event.promptTokensBound + dice.whole(1, 1000) },
    expected: { check: 'cost', field: 'promptTokensBound' },
  }),
);

const falseRefusal = rewriting('a refusal of what would have fitted', 8, (log, dice) => {
  const held = pick(dice, named(log, 'budget.held'));
  if (!held) return null;
  const { thread, agent, model } = held.event;
  const event: BzzzEvent = {
    type: 'budget.refused',
    refusal: dice.one('transient', 'neverFits'),
    amountMicroUsd: 100,
    thread,
    agent,
    model,
    scopes: [],
    retryAfterMs: null,
  };
  const { seq } = held;
  return {
    what: `${event.refusal} before event ${seq}`,
    events: log.events.toSpliced(seq + 1, 0, another(held.recorded, event, dice)),
    expected: { check: 'law', seq: seq + 1, field: 'event' },
  };
});

/** The whole ledger passed off as written by a program that said less of money. */
const older: AttackClass = {
  name: 'a ledger passed off as one of an older version',
  variants: 6,
  on: 'unsealed',
  draw(scene, dice) {
    const log = ledger(scene);
    const v = dice.whole(1, 2);
    const events = log.events.map(({ meta, ...rest }) => {
      const { state: _state, ...others } = meta;
      return { meta: { ...others, v }, ...rest };
    });
    const [call] = everyNamed(scene, 'agent.call.started');
    if (!call) return null;
    return {
      what: `all ${events.length} events of ${log.actor} in version ${v}`,
      attack: (forger) => forger.record(log.key, events),
      finds: [{ check: 'cost', log: call.log.key, seq: call.seq, field: 'hold.v' }],
      follows: 'anywhere',
    };
  },
};

export const money: Family = {
  name: 'money',
  classes: [
    otherAmount,
    otherPrice,
    otherUsage,
    otherTier,
    twice,
    heldTwice,
    unpaid,
    released,
    hastened,
    overCap,
    uncapped,
    nobodysRaise,
    otherScope,
    otherHolder,
    noHold,
    dearer,
    longer,
    falseRefusal,
    older,
  ],
};
