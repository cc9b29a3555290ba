import { agentAddress, encodeRecorded, type Recorded } from '../../../../events/index.ts';
import type { Dice } from '../../../support/dice.ts';
import { seen, type AttackClass, type Expected, type Family } from './family.ts';
import { altered, another, named, nodeLog, ofKind, pick, type Log, type Scene } from './scene.ts';

const others = (scene: Scene): Log[] => scene.logs.filter(({ kind }) => kind !== 'node');

const removed: AttackClass = {
  name: 'a removed actor log',
  variants: 20,
  on: 'both',
  draw(scene, dice) {
    const target = pick(dice, [...scene.logs.map(({ key }) => key), scene.texts.key]);
    if (!target) return null;
    return {
      what: `log ${target} is removed`,
      attack: (forger) => forger.remove(target),
      finds: [{ check: 'register', log: target, seq: null }],
      follows: 'anywhere',
    };
  },
};

/** The log of an agent or a ledger is gone, and the register was rewritten as if it never was. */
const unregistered: AttackClass = {
  name: 'a log removed with its registration',
  variants: 12,
  on: 'unsealed',
  draw(scene, dice) {
    const target = pick(dice, others(scene));
    if (!target) return null;
    const node = nodeLog(scene);
    const kept = node.events.filter(
      ({ event }) => event.type !== 'node.log.registered' || event.log !== target.key,
    );
    return {
      what: `${target.actor} is removed, and was never registered`,
      async attack(forger) {
        await forger.remove(target.key);
        await forger.record(node.key, kept);
      },
      finds: missedBy(scene, target, dice),
      follows: 'anywhere',
    };
  },
};

/** Where others speak of a log that is not there. */
function missedBy(scene: Scene, target: Log, dice: Dice): Expected[] {
  switch (target.kind) {
    case 'agent': {
      const opened = ofKind(scene, 'thread').flatMap((thread) =>
        named(thread, 'thread.review.opened'),
      );
      return opened.flatMap(({ log, seq, event }) => {
        const index = event.participants.findIndex(({ log: own }) => own === target.key);
        const field = `participants.${index}.log`;
        return index < 0 ? [] : [{ check: 'entry' as const, log: log.key, seq, field }];
      });
    }
    case 'budget':
      return ofKind(scene, 'agent').flatMap((agent) => {
        const [first] = named(agent, 'agent.call.started');
        return first
          ? [{ check: 'cost' as const, log: agent.key, seq: first.seq, field: 'hold' }]
          : [];
      });
    default: {
      const asked = ofKind(scene, 'agent').flatMap((agent) =>
        named(agent, 'agent.turn.started').filter(({ event }) => event.thread === target.actor),
      );
      const first = asked[dice.whole(0, 0)];
      return first
        ? [{ check: 'register', log: first.log.key, seq: first.seq, field: 'thread' }]
        : [];
    }
  }
}

const exchanged: AttackClass = {
  name: 'a log swapped for another of the same kind',
  variants: 12,
  on: 'both',
  draw(scene, dice) {
    const log = pick(dice, others(scene));
    const other = log && pick(dice, ofKind(scene, log.kind));
    if (!log || !other || log.key === other.key) return null;
    return {
      what: `the events of ${other.actor} in the log of ${log.actor}`,
      attack: async (forger) => forger.replace(log.key, await forger.blocksOf(other.key)),
      ...seen(
        scene,
        [log.key],
        [{ check: 'envelope', log: log.key, seq: 0, field: 'meta.stream' }],
      ),
    };
  },
};

const crossed: AttackClass = {
  name: "two logs registered for each other's actors",
  variants: 8,
  on: 'unsealed',
  draw(scene, dice) {
    const log = pick(dice, others(scene));
    const other = log && pick(dice, ofKind(scene, log.kind));
    if (!log || !other || log.key === other.key) return null;
    const node = nodeLog(scene);
    const events = node.events.map((recorded): Recorded => {
      const { event } = recorded;
      if (event.type !== 'node.log.registered') return recorded;
      const swap = event.log === log.key ? other : log;
      const isOne = event.log === log.key || event.log === other.key;
      return isOne ? { ...recorded, event: { ...event, log: swap.key } } : recorded;
    });
    return {
      what: `${log.actor} and ${other.actor} have each other's log`,
      attack: (forger) => forger.record(node.key, events),
      finds: [log, other].map(({ key }) => ({
        check: 'envelope' as const,
        log: key,
        seq: 0,
        field: 'meta.actor',
      })),
      follows: 'anywhere',
    };
  },
};

const twice: AttackClass = {
  name: 'a log registered twice',
  variants: 10,
  on: 'both',
  draw(scene, dice) {
    const target = pick(dice, others(scene));
    const node = nodeLog(scene);
    const last = node.events.at(-1);
    if (!target || !last) return null;
    const up = scene.sealed
      ? node.events.findLastIndex(({ event }) => event.type === 'node.checkpoint.sealed')
      : node.events.length;
    const { kind, key } = target;
    const actor = agentAddress(`twin${dice.whole(1, 99)}`, 'reviewer', 'shop');
    const event = { type: 'node.log.registered', actor, kind, log: key } as const;
    const events = node.events.toSpliced(up, 0, another(last, event, dice));
    return {
      what: `the log of ${target.actor} for ${actor}`,
      attack: (forger) => forger.record(node.key, events),
      finds: [{ check: 'register', log: node.key, seq: up, field: 'log' }],
    };
  },
};

const intruder: AttackClass = {
  name: 'a log that nobody has registered',
  variants: 6,
  on: 'both',
  draw(scene, dice) {
    const source = pick(dice, others(scene));
    if (!source) return null;
    const count = dice.whole(1, source.events.length);
    const blocks = source.events.slice(0, count).map((recorded) => encodeRecorded(recorded));
    return {
      what: `${count} events of ${source.actor} in a log of nobody`,
      attack: async (forger) => void (await forger.intrude(...blocks)),
      finds: [{ check: 'register', log: '', seq: null }],
    };
  },
};

const strayed: AttackClass = {
  name: 'events swapped between logs',
  variants: 15,
  on: 'both',
  draw(scene, dice) {
    const log = pick(dice, others(scene));
    const other = log && pick(dice, ofKind(scene, log.kind));
    if (!log || !other || log.key === other.key) return null;
    const seq = dice.whole(0, log.events.length - 1);
    const from = dice.whole(0, other.events.length - 1);
    const [mine, theirs] = [log.events[seq], other.events[from]];
    if (!mine || !theirs) return null;
    return {
      what: `event ${seq} of ${log.actor} and event ${from} of ${other.actor}`,
      async attack(forger) {
        await forger.record(log.key, log.events.with(seq, theirs));
        await forger.record(other.key, other.events.with(from, mine));
      },
      ...seen(
        scene,
        [log.key, other.key],
        [
          { check: 'envelope', log: log.key, seq, field: 'meta.stream' },
          { check: 'envelope', log: other.key, seq: from, field: 'meta.stream' },
        ],
      ),
    };
  },
};

const replayed: AttackClass = {
  name: 'a replayed event',
  variants: 20,
  on: 'both',
  draw(scene, dice) {
    const log = pick(dice, others(scene));
    if (!log) return null;
    const from = dice.whole(0, log.events.length - 1);
    const at = dice.whole(from + 1, log.events.length);
    const again = log.events[from];
    if (!again) return null;
    return {
      what: `event ${from} of ${log.actor} again as event ${at}`,
      attack: (forger) => forger.record(log.key, log.events.toSpliced(at, 0, again)),
      ...seen(scene, [log.key], [{ check: 'envelope', log: log.key, seq: at, field: 'meta.id' }]),
    };
  },
};

/** An older version says less, so that less can be held against it. */
const downgraded: AttackClass = {
  name: 'an event passed off as one of an older version',
  variants: 12,
  on: 'unsealed',
  draw(scene, dice) {
    const log = pick(dice, others(scene));
    if (!log || log.events.length < 2) return null;
    const seq = dice.whole(1, log.events.length - 1);
    const recorded = log.events[seq];
    if (!recorded) return null;
    const { meta } = recorded;
    const older = { ...recorded, meta: { ...meta, v: meta.v - 1 } };
    return {
      what: `event ${seq} of ${log.actor} in version ${older.meta.v}`,
      attack: (forger) => forger.record(log.key, log.events.with(seq, older)),
      finds: [{ check: 'envelope', log: log.key, seq, field: 'meta.v' }],
      follows: 'anywhere',
    };
  },
};

const renamed: AttackClass = {
  name: 'a life that begins under another name',
  variants: 6,
  on: 'unsealed',
  draw(scene, dice) {
    const agent = pick(dice, ofKind(scene, 'agent'));
    const first = agent && named(agent, 'agent.registered')[0];
    if (!first) return null;
    const name = `other${dice.whole(1, 99)}`;
    return {
      what: `${agent.actor} is registered as ${name}`,
      attack: (forger) => forger.record(agent.key, altered(first, { ...first.event, name })),
      finds: [{ check: 'envelope', log: agent.key, seq: 0, field: 'event' }],
      follows: 'anywhere',
    };
  },
};

/** The same key twice in an object: who reads the first is told something else than who reads the last. */
const ambiguous: AttackClass = {
  name: 'an event with two meanings',
  variants: 10,
  on: 'unsealed',
  draw(scene, dice) {
    const log = pick(dice, others(scene));
    if (!log) return null;
    const seq = dice.whole(0, log.events.length - 1);
    const way = dice.one('key', 'space', 'number');
    return {
      what: `event ${seq} of ${log.actor}, written with another ${way}`,
      async attack(forger) {
        const blocks = await forger.blocksOf(log.key);
        const text = Buffer.from(blocks[seq] ?? []).toString();
        const other = {
          key: text.replace('"event":{', '"event":{"type":"thread.closed",'),
          space: text.replace('{', '{ '),
          number: text.replace(/"seq":(\d+)/, '"seq":$1.0'),
        }[way];
        await forger.replace(log.key, blocks.with(seq, Buffer.from(other)));
      },
      finds: [{ check: 'envelope', log: log.key, seq, field: 'block' }],
      follows: 'anywhere',
    };
  },
};

export const structure: Family = {
  name: 'structure',
  classes: [
    removed,
    unregistered,
    exchanged,
    crossed,
    twice,
    intruder,
    strayed,
    replayed,
    downgraded,
    renamed,
    ambiguous,
  ],
};
