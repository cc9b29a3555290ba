import type { Dice } from '../../../support/dice.ts';
import { brokenSeals, type AttackClass, type Family, type Variant } from './family.ts';
import { another, ledger, named, ofKind, pick, type Log, type Scene } from './scene.ts';
import { encodeRecorded } from '../../../../events/index.ts';

/** Any log of events with at least so many. */
function someLog({ logs }: Scene, dice: Dice, lengthMin = 1): Log | null {
  return pick(
    dice,
    logs.filter(({ events }) => events.length >= lengthMin),
  );
}

const hexOf = (log: Log): string => `${log.actor} (${log.key.slice(0, 8)})`;

/** Nothing but the head of a log is changed. */
function head(
  name: string,
  variants: number,
  change: (log: Log, dice: Dice) => Omit<Variant, 'what'>,
): AttackClass {
  return {
    name,
    variants,
    on: 'both',
    draw(scene, dice) {
      const log = someLog(scene, dice, 2);
      return log && { what: `${name}: ${hexOf(log)}`, ...change(log, dice) };
    },
  };
}

const foreignSignature = head('a rewritten signature with a foreign key', 12, (log) => ({
  attack: async (forger) => forger.replace(log.key, await forger.blocksOf(log.key), 'foreign'),
  finds: [{ check: 'signature', log: log.key, seq: null, field: 'signature' }],
}));

const foreignContent = head('a changed block signed with a foreign key', 12, (log, dice) => {
  const seq = dice.whole(0, log.events.length - 1);
  const bit = dice.whole(0, 7);
  return {
    attack: async (forger) => {
      const blocks = await forger.blocksOf(log.key);
      const block = blocks[seq] ?? new Uint8Array();
      const at = dice.whole(0, block.byteLength - 1);
      const other = block.with(at, (block[at] ?? 0) ^ (1 << bit));
      await forger.replace(log.key, blocks.with(seq, other), 'foreign');
    },
    finds: [{ check: 'signature', log: log.key, seq: null, field: 'signature' }],
    follows: 'anywhere',
  };
});

const foreignManifest = head('a foreign manifest', 10, (log) => ({
  attack: (forger) => forger.changeSigner(log.key),
  finds: [{ check: 'key', log: log.key, seq: null, field: 'manifest' }],
}));

const signatureBit = head('a changed bit of a signature', 10, (log, dice) => ({
  attack: (forger) =>
    forger.changeHead(log.key, ({ signature }) => {
      // After one signer and the 64 bytes of its signature come patches, of which nobody reads any.
      const at = dice.whole(2, 65);
      const bit = 1 << dice.whole(0, 7);
      return { signature: signature.with(at, (signature[at] ?? 0) ^ bit) };
    }),
  finds: [{ check: 'signature', log: log.key, seq: null, field: 'signature' }],
}));

const rootBit = head('a changed bit of a root', 10, (log, dice) => ({
  attack: (forger) =>
    forger.changeHead(log.key, ({ rootHash }) => {
      const at = dice.whole(0, rootHash.byteLength - 1);
      return { rootHash: rootHash.with(at, (rootHash[at] ?? 0) ^ (1 << dice.whole(0, 7))) };
    }),
  finds: [{ check: 'tree', log: log.key, seq: null, field: 'rootHash' }],
}));

const shorterHead = head('a length that is not the one that was signed', 10, (log, dice) => ({
  attack: (forger) =>
    forger.changeHead(log.key, ({ length }) => ({ length: dice.whole(1, length - 1) })),
  finds: [{ check: 'tree', log: log.key, seq: null, field: 'rootHash' }],
  follows: 'anywhere',
}));

const forkNumber = head('a number of forks that was not signed', 10, (log, dice) => ({
  attack: (forger) => forger.changeHead(log.key, () => ({ fork: dice.whole(1, 1000) })),
  finds: [{ check: 'signature', log: log.key, seq: null, field: 'signature' }],
}));

const lentSignature: AttackClass = {
  name: 'the head of another log',
  variants: 10,
  on: 'both',
  draw(scene, dice) {
    const log = someLog(scene, dice);
    const other = someLog(scene, dice);
    if (!log || !other || log.key === other.key) return null;
    return {
      what: `the signature of ${hexOf(other)} over ${hexOf(log)}`,
      async attack(forger) {
        const lent: Uint8Array[] = [];
        await forger.changeHead(other.key, ({ signature }) => {
          lent.push(signature);
          return {};
        });
        await forger.changeHead(log.key, () => ({ signature: lent[0] ?? new Uint8Array() }));
      },
      finds: [{ check: 'signature', log: log.key, seq: null, field: 'signature' }],
    };
  },
};

const forked: AttackClass = {
  name: 'truncate and re-append (fork)',
  variants: 15,
  on: 'both',
  draw(scene, dice) {
    const log = someLog(scene, dice, 3);
    if (!log) return null;
    const at = dice.whole(1, log.events.length - 1);
    const same = dice.chance(30);
    return {
      what: `${hexOf(log)} cut back to ${at}, and ${same ? 'the same' : 'less'} said again`,
      async attack(forger) {
        const tail = (await forger.blocksOf(log.key)).slice(at);
        await forger.truncate(log.key, at, ...(same ? tail : tail.slice(1)));
      },
      finds: [{ check: 'fork', log: log.key, seq: null, field: 'fork' }],
      follows: 'anywhere',
    };
  },
};

/** Changes a statement of an agent, and has the next honest append sign it. */
function launder(scene: Scene, dice: Dice): Variant | null {
  const agent = pick(dice, ofKind(scene, 'agent'));
  const stated = agent && pick(dice, named(agent, 'agent.vote.stated'));
  const last = agent?.events.at(-1);
  if (!stated || !last) return null;
  const { key, events } = agent;
  const vote = scene.logs
    .flatMap((log) => named(log, 'thread.vote.cast'))
    .find(({ event }) => event.ref.log === key && event.ref.seq === stated.seq);
  if (!vote) return null;
  const noted = another(
    last,
    { type: 'agent.memory.noted', thread: stated.event.thread, topic: 'review.outcome' },
    dice,
  );
  const { meta } = noted;
  const confidencePct = (stated.event.confidencePct + dice.whole(1, 99)) % 100;
  return {
    what: `a confidence of ${confidencePct} in event ${stated.seq} of ${hexOf(agent)}, then an append`,
    async attack(forger) {
      await forger.changeBlock(key, stated.seq, () =>
        encodeRecorded({ ...stated.recorded, event: { ...stated.event, confidencePct } }),
      );
      await forger.rebuildTree(key);
      const next = { ...noted, meta: { ...meta, seq: events.length } };
      await forger.append(key, encodeRecorded(next));
    },
    finds: scene.sealed
      ? brokenSeals(key)
      : [{ check: 'entry', log: vote.log.key, seq: vote.seq, field: 'confidencePct' }],
  };
}

const laundered: AttackClass = {
  name: 'an honest append after a forgery (laundering)',
  variants: 16,
  on: 'both',
  draw: launder,
};

const launderedLedger: AttackClass = {
  name: 'a forged ledger that an honest append has signed',
  variants: 8,
  on: 'both',
  draw(scene, dice) {
    const log = ledger(scene);
    const settled = pick(dice, named(log, 'budget.settled'));
    const last = log.events.at(-1);
    if (!settled || !last) return null;
    const amountMicroUsd = dice.whole(0, settled.event.amountMicroUsd - 1);
    const { meta, event } = another(
      last,
      { type: 'budget.alerts.set', thresholdsPct: [90], by: 'ann' },
      dice,
    );
    return {
      what: `${amountMicroUsd} for ${settled.event.hold}, then an append`,
      async attack(forger) {
        await forger.changeBlock(log.key, settled.seq, () =>
          encodeRecorded({ ...settled.recorded, event: { ...settled.event, amountMicroUsd } }),
        );
        await forger.rebuildTree(log.key);
        const next = { meta: { ...meta, seq: log.events.length }, event };
        await forger.append(log.key, encodeRecorded(next));
      },
      finds: scene.sealed
        ? brokenSeals(log.key)
        : [{ check: 'cost', log: log.key, seq: settled.seq, field: 'amountMicroUsd' }],
    };
  },
};

export const signatures: Family = {
  name: 'signatures',
  classes: [
    foreignSignature,
    foreignContent,
    foreignManifest,
    signatureBit,
    rootBit,
    shorterHead,
    forkNumber,
    lentSignature,
    forked,
    laundered,
    launderedLedger,
  ],
};
