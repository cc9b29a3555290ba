import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { formatCheckpoint, parseCheckpoint, Rfc6962 } from '../../../../src/shared/note/index.ts';
import { log, signer, statement } from './key.ts';

const hash = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes) => Buffer.from(bytes).toString('hex'));
const count = fc.nat(Number.MAX_SAFE_INTEGER);
function headOf(key: fc.Arbitrary<string>) {
  const head = { log: key, length: count, root: hash, fork: fc.nat() };
  return fc.record(head, { noNullPrototype: true });
}

const stated = fc
  .record({
    node: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/),
    own: headOf(fc.constant(log)),
    others: fc.uniqueArray(headOf(hash), { selector: (head) => head.log, maxLength: 12 }),
    root: hash,
    at: fc
      .date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true })
      .map((at) => at.toISOString()),
  })
  .map(({ node, own, others, root, at }) => {
    const heads = [own, ...others.filter((head) => head.log !== log)];
    return { node, log, size: own.length, root, at, heads };
  });

describe('a checkpoint of anything', () => {
  it('is read as it was written, and written as it was read', () => {
    fc.assert(
      fc.property(stated, (given) => {
        const note = formatCheckpoint(given, signer);
        const { node, size, root, at, heads, ...rest } = parseCheckpoint(note);
        const sorted = given.heads.toSorted((a, b) => (a.log < b.log ? -1 : 1));
        assert.deepEqual(
          { node, log: rest.log, size, root, at, heads },
          { ...given, heads: sorted },
        );
        assert.equal(formatCheckpoint({ node, log, size, root, at, heads }, signer), note);
      }),
      { numRuns: 200 },
    );
  });

  it('is refused with any one bit flipped', () => {
    const bytes = Buffer.from(formatCheckpoint(statement, signer));
    for (let at = 0; at < bytes.length; at++) {
      for (let bit = 1; bit < 256; bit <<= 1) {
        const flipped = Buffer.from(bytes);
        flipped[at] = (bytes[at] ?? 0) ^ bit;
        const text = flipped.toString();
        assert.throws(() => parseCheckpoint(text), { code: 'CHECKPOINT_INVALID' }, `${at} ${bit}`);
      }
    }
  });

  it('is refused with anything cut out, doubled or put in', () => {
    const note = formatCheckpoint(statement, signer);
    const place = fc.nat(note.length - 1);
    fc.assert(
      fc.property(place, place, fc.string({ maxLength: 3 }), (a, b, put) => {
        const [from, to] = [Math.min(a, b), Math.max(a, b)];
        const changed = note.slice(0, from) + put + note.slice(to);
        fc.pre(changed !== note);
        assert.throws(() => parseCheckpoint(changed), { code: 'CHECKPOINT_INVALID' });
        const doubled = note.slice(0, to) + note.slice(from);
        fc.pre(doubled !== note);
        assert.throws(() => parseCheckpoint(doubled), { code: 'CHECKPOINT_INVALID' });
      }),
      { numRuns: 500 },
    );
  });
});

// The definition of RFC 6962, 2.1, word for word.
function rootOf(leaves: readonly Uint8Array[]): Buffer {
  const sha256 = (...parts: readonly Uint8Array[]): Buffer =>
    createHash('sha256').update(Buffer.concat(parts)).digest();
  const [only] = leaves;
  if (!only) return sha256();
  if (leaves.length === 1) return sha256(Buffer.of(0), only);
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  return sha256(Buffer.of(1), rootOf(leaves.slice(0, k)), rootOf(leaves.slice(k)));
}

describe('the tree of RFC 6962', () => {
  it('has the roots that the tests of certificate transparency publish', () => {
    const leaves = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657'];
    const tree = new Rfc6962();
    const roots = [...leaves, '606162636465666768696a6b6c6d6e6f'].map((leaf) => {
      tree.append(Buffer.from(leaf, 'hex'));
      return tree.root();
    });
    assert.deepEqual(roots, [
      '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
      'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
      'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
      '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
      '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
      'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
      '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
    ]);
    const empty = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
    assert.equal(new Rfc6962().root(), empty);
  });

  it('has the root of its definition at every size', () => {
    const blocks = fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 70 });
    fc.assert(
      fc.property(blocks, (leaves) => {
        const tree = new Rfc6962();
        for (const [index, leaf] of leaves.entries()) {
          tree.append(leaf);
          assert.equal(tree.size, index + 1);
          assert.equal(tree.root(), rootOf(leaves.slice(0, index + 1)).toString('hex'));
        }
      }),
      { numRuns: 50 },
    );
  });
});
