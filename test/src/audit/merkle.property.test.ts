import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import Corestore from 'corestore';
import fc from 'fast-check';
import { hex, MerkleTree } from '../../../src/audit/merkle.ts';
import { SealCheck, type Seal } from '../../../src/audit/seals.ts';
import { withTempDir } from '../../support/testNode.ts';

const blocks = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 70 });

function rootsOf(log: readonly Uint8Array[]): string[] {
  const tree = new MerkleTree();
  return [hex(tree.hash()), ...log.map((block) => (tree.append(block), hex(tree.hash())))];
}

/** What the seals of a log say of another one. */
function brokenBy(log: readonly Uint8Array[], seals: readonly Seal[]) {
  return held(log, seals).broken;
}

function held(log: readonly Uint8Array[], seals: readonly Seal[]) {
  const tree = new MerkleTree();
  const check = new SealCheck({ length: log.length }, seals);
  check.reach(tree);
  for (const block of log) {
    tree.append(block);
    check.reach(tree);
  }
  return check;
}

describe('a Merkle tree', () => {
  it('has the root that hypercore signs, at every length', () =>
    withTempDir(async (dir) => {
      const store = new Corestore(dir);
      let name = 0;
      await fc.assert(
        fc.asyncProperty(blocks, async (log) => {
          const core = store.get({ name: String(name++) });
          await core.ready();
          if (log.length > 0) await core.append(log);
          for (const [length, root] of rootsOf(log).entries()) {
            assert.equal(hex(await core.treeHash(length)), root);
          }
          await core.close();
        }),
        { numRuns: 30 },
      );
      await store.close();
    }));

  it('keeps every seal of an honest log, in any order', () => {
    fc.assert(
      fc.property(blocks, fc.array(fc.nat(70)), (log, at) => {
        const roots = rootsOf(log);
        const seals = at
          .filter((length) => length <= log.length)
          .map((length, seq) => ({ length, seq, root: roots[length] ?? '' }));
        assert.equal(brokenBy(log, seals), null);
      }),
    );
  });

  it('breaks the seal of a log that was cut, or changed anywhere before it', () => {
    fc.assert(
      fc.property(blocks, fc.nat(), fc.boolean(), (log, at, cut) => {
        fc.pre(log.length > 0);
        const seal = { length: log.length, root: rootsOf(log).at(-1) ?? '', seq: 7 };
        const seq = at % log.length;
        const other = cut
          ? log.slice(0, seq)
          : log.with(seq, Uint8Array.of(...(log[seq] ?? []), 0));
        const broken = brokenBy(other, [seal]);
        assert.equal(broken?.field, cut ? 'length' : 'root');
        assert.match(broken?.message ?? '', /event 7/);
      }),
    );
  });

  it('contradicts the witnessed heads of a log that was cut or changed before them, and no others', () => {
    fc.assert(
      fc.property(blocks, fc.array(fc.nat(70)), fc.nat(), fc.boolean(), (log, lengths, at, cut) => {
        fc.pre(log.length > 0);
        const roots = rootsOf(log);
        const heads = lengths
          .filter((length) => length <= log.length)
          .map((length, checkpoint) => ({ length, checkpoint, root: roots[length] ?? '' }));
        const seq = at % log.length;
        const other = cut
          ? log.slice(0, seq)
          : log.with(seq, Uint8Array.of(...(log[seq] ?? []), 0));
        const others = rootsOf(other);
        const expected = heads
          .filter(({ length }) => length > seq)
          .map((head) => {
            const length = Math.min(head.length, other.length);
            return { head, found: { length, root: others[length] } };
          })
          .toSorted((a, b) => a.head.length - b.head.length);
        const seals = held(other, heads);
        assert.deepEqual(seals.contradicted(others.at(-1) ?? ''), expected);
        assert.equal(seals.broken, null, 'they are no seals of the node');
      }),
    );
  });
});
