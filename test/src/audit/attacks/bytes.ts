import type { Dice } from '../../../support/dice.ts';
import type { AttackClass, Expected, Family } from './family.ts';
import { pick, type Scene } from './scene.ts';

type Target = { readonly key: string; readonly length: number };

/** Any log, the one of texts among them. */
function targetOf({ logs, texts }: Scene, dice: Dice, lengthMin = 1): Target | null {
  const all = [...logs.map(({ key, events }) => ({ key, length: events.length })), texts];
  return pick(
    dice,
    all.filter(({ length }) => length >= lengthMin),
  );
}

/** One bit of a block is another one. */
function flip(block: Uint8Array, at: number): Uint8Array {
  const byte = (at >> 3) % block.byteLength;
  return block.with(byte, (block[byte] ?? 0) ^ (1 << (at & 7)));
}

/** What a seal has to say as well, after what is wrong with the bytes. */
const tree = (key: string, field: string, seq: number | null = null): Expected[] => [
  { check: 'tree', log: key, seq, field },
];

const changed: AttackClass = {
  name: 'a changed block',
  variants: 40,
  on: 'both',
  draw(scene, dice) {
    const target = targetOf(scene, dice);
    if (!target) return null;
    const { key, length } = target;
    const seq = dice.whole(0, length - 1);
    const bit = dice.whole(0, 1 << 24);
    return {
      what: `bit ${bit} of block ${seq} of ${key}`,
      attack: (forger) => forger.changeBlock(key, seq, (was) => flip(was, bit)),
      finds: tree(key, `node ${2 * seq}`, seq),
      // What a block of the node's log, or of the texts, was needed for.
      follows: 'anywhere',
    };
  },
};

const rebuilt: AttackClass = {
  name: 'a changed block with a rewritten tree',
  variants: 15,
  on: 'both',
  draw(scene, dice) {
    const target = targetOf(scene, dice);
    if (!target) return null;
    const { key, length } = target;
    const seq = dice.whole(0, length - 1);
    const bit = dice.whole(0, 1 << 24);
    return {
      what: `bit ${bit} of block ${seq} of ${key}, and the tree above it`,
      async attack(forger) {
        await forger.changeBlock(key, seq, (was) => flip(was, bit));
        await forger.rebuildTree(key);
      },
      finds: tree(key, 'rootHash'),
      follows: 'anywhere',
    };
  },
};

const rerooted: AttackClass = {
  name: 'a changed block with rewritten tree and roots',
  variants: 15,
  on: 'both',
  draw(scene, dice) {
    const target = targetOf(scene, dice);
    if (!target) return null;
    const { key, length } = target;
    const seq = dice.whole(0, length - 1);
    const bit = dice.whole(0, 1 << 24);
    return {
      what: `bit ${bit} of block ${seq} of ${key}, the tree and its root`,
      async attack(forger) {
        await forger.changeBlock(key, seq, (was) => flip(was, bit));
        await forger.rebuildRoot(key);
      },
      finds: [{ check: 'signature', log: key, seq: null, field: 'signature' }],
      follows: 'anywhere',
    };
  },
};

const deleted: AttackClass = {
  name: 'a block that is gone',
  variants: 10,
  on: 'both',
  draw(scene, dice) {
    const target = targetOf(scene, dice);
    if (!target) return null;
    const { key, length } = target;
    const seq = dice.whole(0, length - 1);
    return {
      what: `block ${seq} of ${key} is deleted`,
      attack: (forger) => forger.deleteBlock(key, seq),
      finds: [{ check: 'storage', log: key, seq }],
      follows: 'anywhere',
    };
  },
};

const swapped: AttackClass = {
  name: "two blocks in each other's place",
  variants: 10,
  on: 'both',
  draw(scene, dice) {
    const target = targetOf(scene, dice, 2);
    if (!target) return null;
    const { key, length } = target;
    const first = dice.whole(0, length - 2);
    const second = dice.whole(first + 1, length - 1);
    return {
      what: `blocks ${first} and ${second} of ${key}`,
      async attack(forger) {
        const blocks = await forger.blocksOf(key);
        await forger.changeBlock(key, first, () => blocks[second] ?? new Uint8Array());
        await forger.changeBlock(key, second, () => blocks[first] ?? new Uint8Array());
      },
      finds: tree(key, `node ${2 * first}`, first),
      follows: 'anywhere',
    };
  },
};

const foreign: AttackClass = {
  name: 'a block of another log',
  variants: 10,
  on: 'both',
  draw(scene, dice) {
    const target = targetOf(scene, dice);
    const source = targetOf(scene, dice);
    if (!target || !source || target.key === source.key) return null;
    const seq = dice.whole(0, target.length - 1);
    const from = dice.whole(0, source.length - 1);
    return {
      what: `block ${from} of ${source.key} as block ${seq} of ${target.key}`,
      async attack(forger) {
        const block = (await forger.blocksOf(source.key))[from];
        await forger.changeBlock(target.key, seq, () => block ?? new Uint8Array());
      },
      finds: tree(target.key, `node ${2 * seq}`, seq),
      follows: 'anywhere',
    };
  },
};

const node: AttackClass = {
  name: 'a changed node of a tree',
  variants: 15,
  on: 'both',
  draw(scene, dice) {
    const target = targetOf(scene, dice);
    if (!target) return null;
    const { key, length } = target;
    // A parent stands above a whole subtree: an odd index, if the log is long enough.
    const seq = dice.whole(0, length - 1);
    const level = dice.whole(0, 3);
    const first = seq - (seq % (1 << level));
    if (first + (1 << level) > length) return null;
    const index = 2 * first + (1 << level) - 1;
    return {
      what: `node ${index} of the tree of ${key}`,
      attack: (forger) => forger.changeNode(key, index),
      finds: tree(key, `node ${index}`, level === 0 ? first : null),
    };
  },
};

export const bytes: Family = {
  name: 'bytes',
  classes: [changed, rebuilt, rerooted, deleted, swapped, foreign, node],
};
