import type { BzzzEvent, Recorded } from '../../../../events/index.ts';
import type { Attack } from '../attack.ts';
import type { AttackClass, Expected, Family } from './family.ts';
import {
  another,
  everyNamed,
  ledger,
  named,
  nodeLog,
  ofKind,
  pick,
  type Log,
  type Scene,
} from './scene.ts';
import { flipEverywhere } from './decisions.ts';

function cutTo(log: Log, length: number): Attack {
  return (forger) => forger.record(log.key, log.events.slice(0, length));
}

const others = (scene: Scene): Log[] => scene.logs.filter(({ kind }) => kind !== 'node');

const sealedTail: AttackClass = {
  name: 'a deleted tail',
  variants: 20,
  on: 'sealed',
  draw(scene, dice) {
    const log = pick(dice, others(scene));
    if (!log) return null;
    const length = dice.whole(0, log.events.length - 1);
    return {
      what: `${log.actor} without its last ${log.events.length - length} events`,
      attack: cutTo(log, length),
      finds: [{ check: 'seal', log: log.key, seq: length, field: 'length' }],
      follows: 'anywhere',
    };
  },
};

const sealedTexts: AttackClass = {
  name: 'a deleted tail of the texts',
  variants: 6,
  on: 'sealed',
  draw({ texts: { key, length } }, dice) {
    if (length < 2) return null;
    const kept = dice.whole(0, length - 1);
    return {
      what: `${length - kept} blocks of texts`,
      attack: async (forger) => forger.replace(key, (await forger.blocksOf(key)).slice(0, kept)),
      finds: [{ check: 'seal', log: key, seq: kept, field: 'length' }],
      follows: 'anywhere',
    };
  },
};

/** Facts that are lawful at the end of a log, and that the node never took down. */
function lateFact({ kind, events }: Log, scene: Scene): BzzzEvent | null {
  switch (kind) {
    case 'agent': {
      const [verdict] = everyNamed(scene, 'thread.verdict.reached');
      const thread = verdict?.log.actor;
      return thread === undefined
        ? null
        : { type: 'agent.memory.noted', thread, topic: 'review.outcome' };
    }
    case 'budget':
      return { type: 'budget.limit.set', scope: 'day', limitMicroUsd: 1_000_000, by: 'ann' };
    default:
      return events.some(({ event }) => event.type === 'thread.verdict.reached')
        ? { type: 'thread.closed', by: 'ann' }
        : null;
  }
}

const grown: AttackClass = {
  name: 'a lawful event added after the node had stopped',
  variants: 15,
  on: 'sealed',
  draw(scene, dice) {
    const log = pick(dice, others(scene));
    const last = log?.events.at(-1);
    const event = log && lateFact(log, scene);
    if (!log || !last || !event) return null;
    return {
      what: `${JSON.stringify(event)} at the end of ${log.actor}`,
      attack: (forger) => forger.record(log.key, [...log.events, another(last, event, dice)]),
      finds: [{ check: 'seal', log: log.key, seq: log.events.length, field: 'length' }],
    };
  },
};

const agentTail: AttackClass = {
  name: 'a deleted tail to which a thread refers',
  variants: 15,
  on: 'unsealed',
  draw(scene, dice) {
    const cast = pick(dice, everyNamed(scene, 'thread.vote.cast'));
    const agent = scene.logs.find(({ key }) => key === cast?.event.ref.log);
    if (!cast || !agent) return null;
    const length = dice.whole(1, cast.event.ref.seq);
    const first = cast.log.events.findIndex(({ event }) => refersPast(event, agent.key, length));
    return {
      what: `${agent.actor} from event ${length} on`,
      attack: cutTo(agent, length),
      finds: [{ check: 'entry', log: cast.log.key, seq: [0, first] }],
      follows: 'anywhere',
    };
  },
};

function refersPast(event: BzzzEvent, key: string, length: number): boolean {
  return 'ref' in event && event.ref.log === key && event.ref.seq >= length;
}

/** The agents know how far the thread had come. */
const threadTail: AttackClass = {
  name: 'a deleted tail of a thread that its agents know of',
  variants: 20,
  on: 'unsealed',
  draw(scene, dice) {
    const thread = pick(dice, ofKind(scene, 'thread'));
    if (!thread) return null;
    const asked = everyNamed(scene, 'agent.turn.started').filter(
      ({ event }) => event.thread === thread.actor && event.kind !== 'summarise',
    );
    const opened = thread.events.findLastIndex(
      ({ event }) =>
        (event.type === 'thread.vote.opened' &&
          asked.some(({ event: turn }) => turn.kind === 'vote' && turn.round === event.round)) ||
        (event.type === 'thread.review.opened' && asked.length > 0),
    );
    if (opened < 0) return null;
    const length = dice.whole(1, opened);
    return {
      what: `${thread.actor} from event ${length} on`,
      attack: cutTo(thread, length),
      finds: [{ check: 'entry', log: thread.key, seq: length, field: 'turn' }],
    };
  },
};

const ledgerTail: AttackClass = {
  name: 'a deleted tail of a ledger',
  variants: 15,
  on: 'unsealed',
  draw(scene, dice) {
    const log = ledger(scene);
    const calls = everyNamed(scene, 'agent.call.started');
    const known = named(log, 'budget.held').filter(({ event }) =>
      calls.some(({ event: call }) => call.hold === event.hold),
    );
    const held = pick(dice, known);
    if (!held) return null;
    const lost = new Set(known.filter(({ seq }) => seq >= held.seq).map(({ event }) => event.hold));
    const agents = Map.groupBy(
      calls.filter(({ event }) => lost.has(event.hold)),
      (call) => call.log.key,
    );
    return {
      what: `${log.actor} from event ${held.seq} on`,
      attack: cutTo(log, held.seq),
      finds: [...agents].map(([key, [first]]) => ({
        check: 'cost' as const,
        log: key,
        seq: first?.seq ?? null,
        field: 'hold',
      })),
      follows: 'anywhere',
    };
  },
};

const nodeTail: AttackClass = {
  name: 'a deleted tail of the register',
  variants: 8,
  on: 'unsealed',
  draw(scene, dice) {
    const node = nodeLog(scene);
    const registered = pick(dice, named(node, 'node.log.registered'));
    if (!registered) return null;
    return {
      what: `the register from event ${registered.seq} on`,
      attack: cutTo(node, registered.seq),
      finds: [{ check: 'register', log: '', seq: null }],
      follows: 'anywhere',
    };
  },
};

/** As the store was at an earlier moment: every log cut, those gone that did not exist yet. */
const rolledBack: AttackClass = {
  name: 'all logs cut to an older state',
  variants: 20,
  on: 'unsealed',
  draw(scene, dice) {
    const moments = scene.logs.flatMap(({ events }) => events.map(({ meta }) => meta.at));
    const until = pick(dice, moments.toSorted().slice(1, -1));
    if (until === null) return null;
    const kept = scene.logs.map((log) => ({
      log,
      length: lengthAt(scene, log, until),
    }));
    const cut = kept.filter(({ log, length }) => length < log.events.length);
    if (cut.length === 0 || !isWhole(kept)) return null;
    return {
      what: `all logs as they were at ${until}`,
      async attack(forger) {
        for (const { log, length } of cut)
          await (length === 0
            ? forger.remove(log.key)
            : forger.record(log.key, log.events.slice(0, length)));
      },
      finds: cut.map(({ log, length }): Expected => ({
        check: length === 0 ? ['witness', 'register'] : 'witness',
        log: log.key,
        ...(length > 0 && { field: 'length' }),
      })),
      onlyWitnessed: true,
    };
  },
};

/** Events by then; of the register as many as are needed for the logs that there are, for it is told last. */
function lengthAt(scene: Scene, log: Log, until: string): number {
  const length = log.events.findLastIndex(({ meta }) => meta.at <= until) + 1;
  if (log.kind !== 'node') return length;
  const needed = named(log, 'node.log.registered').flatMap(({ event, seq }) => {
    const own = scene.logs.find(({ key }) => key === event.log);
    return own && lengthAt(scene, own, until) > 0 ? seq + 1 : 0;
  });
  return Math.max(length, ...needed);
}

/** No log is registered that is not there yet. */
function isWhole(kept: readonly { readonly log: Log; readonly length: number }[]): boolean {
  return kept
    .filter(({ log }) => log.kind === 'node')
    .flatMap(({ log, length }) =>
      named(log, 'node.log.registered').filter(({ seq }) => seq < length),
    )
    .every(({ event }) => kept.some(({ log, length }) => log.key === event.log && length > 0));
}

/** The last events of a log, to which nothing refers. */
const unreferred: AttackClass = {
  name: 'a signed tail that was never sealed nor referred to',
  variants: 15,
  on: 'unsealed',
  draw(scene, dice) {
    const log = pick(dice, scene.logs);
    if (!log) return null;
    const first = log.events.findLastIndex((recorded) => !isLoose(recorded)) + 1;
    if (first >= log.events.length) return null;
    const length = dice.whole(first, log.events.length - 1);
    return {
      what: `${log.actor} from event ${length} on`,
      attack: cutTo(log, length),
      finds: [{ check: 'witness', log: log.key, field: 'length' }],
      onlyWitnessed: true,
    };
  },
};

function isLoose({ event: { type } }: Recorded): boolean {
  return type === 'agent.memory.noted' || type === 'thread.escalated';
}

/** The same story in all logs, signed with their keys. */
const retold: AttackClass = {
  name: 'a vote flipped wherever it is told of, before anything was sealed',
  variants: 10,
  on: 'unsealed',
  draw(scene, dice) {
    const divided = scene.logs.some(({ actor }) => actor.endsWith(':divided'));
    const variant = divided ? flipEverywhere(scene, dice) : null;
    if (!variant?.what.includes(':divided')) return null;
    const finds = variant.finds.map(({ log }) => ({
      check: 'witness' as const,
      log,
      field: 'root',
    }));
    return { ...variant, finds, onlyWitnessed: true };
  },
};

export const tails: Family = {
  name: 'tails',
  classes: [
    sealedTail,
    sealedTexts,
    grown,
    agentTail,
    threadTail,
    ledgerTail,
    nodeTail,
    rolledBack,
    unreferred,
    retold,
  ],
};
