import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { threadAddress } from '../../../events/index.ts';
import { decodeLine, encodeLine, LineIndex, linesOf } from '../../../src/audit/bundle/lines.ts';
import { completedBy, nodeCount, placeOf } from '../../../src/audit/bundle/nodes.ts';
import { agreed, escalated, writeHistory } from '../../support/history.ts';
import { mulberry32 } from '../../support/mulberry32.ts';
import { withTempDir } from '../../support/testNode.ts';
import { blake2b } from '../../independent/blake2b.ts';
import { changed, exported, filesOf } from './bundles.ts';
import { data } from 'hypercore-crypto';

describe('a line of a bundle', () => {
  const block = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.json().map((text) => Buffer.from(text)),
    fc.uint8Array({ maxLength: 20 }).map((rest) => Buffer.concat([Buffer.from('{'), rest])),
  );

  it('gives back any block, and is one line', () =>
    fc.assert(
      fc.property(block, (bytes) => {
        const line = Buffer.from(encodeLine(bytes));
        assert.ok(!line.includes(0x0a));
        const back = decodeLine(line);
        assert.ok(back instanceof Uint8Array);
        assert.deepEqual(Buffer.from(back), Buffer.from(bytes));
      }),
    ));

  it('is the only one of its block', () =>
    fc.assert(
      fc.property(block, fc.nat(), fc.integer({ min: 1, max: 255 }), (bytes, at, bits) => {
        const line = Buffer.from(encodeLine(bytes));
        const other = Buffer.from(line);
        const index = at % Math.max(1, line.length);
        other[index] = (other[index] ?? 0) ^ bits;
        const back = decodeLine(other);
        if (back instanceof Uint8Array) assert.notDeepEqual(Buffer.from(back), Buffer.from(bytes));
      }),
    ));

  it('is found by its number, however far apart the marks are', () =>
    fc.assert(
      fc.property(
        fc.array(fc.nat(30), { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 1, max: 80 }),
        fc.nat(),
        fc.nat(),
        (sizes, step, a, b) => {
          const lines = sizes.map((size, seq) => `${seq}:${'x'.repeat(size)}`);
          const file = Buffer.from(lines.map((line) => `${line}\n`).join(''));
          const index = new LineIndex(step);
          for (let at = 0; at < file.length; at += 7) index.see(file.subarray(at, at + 7));
          assert.equal(index.lines, lines.length);
          const [from = 0, to = 0] = [a, b]
            .map((n) => n % (lines.length + 1))
            .toSorted((x, y) => x - y);
          const { start, end, skip } = index.around(from, to);
          const found = linesOf(file.subarray(start, end)).slice(skip, skip + to - from);
          assert.deepEqual(found.map(String), lines.slice(from, to));
        },
      ),
    ));
});

describe('the tree of a bundle', () => {
  it('keeps every node where the order of completion puts it', () => {
    let place = 0;
    for (let seq = 0; seq < 3000; seq++) {
      for (const index of completedBy(seq)) assert.equal(placeOf(index), place++);
      assert.equal(nodeCount(seq + 1), place);
    }
  });
});

describe('the hash of the independent verifier', () => {
  it('is BLAKE2b: RFC 7693 is silent about 32 bytes, so the vectors are of libsodium and of b2sum -l 256', () => {
    assert.equal(
      blake2b(Buffer.from('abc')).toString('hex'),
      'bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319',
    );
    assert.equal(
      blake2b(Buffer.alloc(0)).toString('hex'),
      '0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8',
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 700 }), (bytes) => {
        const size = Buffer.alloc(8);
        size.writeBigUInt64LE(BigInt(bytes.length));
        const own = blake2b(Buffer.concat([Buffer.of(0), size, bytes]));
        assert.deepEqual(own, Buffer.from(data(bytes)));
      }),
    );
  });
});

describe('any byte of a bundle', () => {
  for (const sums of ['old', 'fitting'] as const) {
    const changes = sums === 'old' ? 150 : 250;
    it(`is missed by neither verifier when it is changed, with ${sums} sums, ${changes} times`, () =>
      withTempDir(async (root) => {
        const dir = await writeHistory(join(root, 'a'), [agreed, escalated]);
        await exported(dir, join(root, 'node'));
        await exported(dir, join(root, 'thread'), { thread: threadAddress('shop', 'pr-2') });
        let state = sums === 'old' ? 11 : 12;
        const dice = (below: number): number => {
          const { unit, next } = mulberry32(state);
          state = next;
          return Math.floor(unit * below);
        };
        for (let round = 0; round < changes; round++) {
          const bundle = join(root, round % 2 === 0 ? 'node' : 'thread');
          const files = await filesOf(bundle);
          const rest = sums === 'old' ? files : files.filter((name) => name !== 'SHA256SUMS');
          const file = rest[dice(rest.length)] ?? '';
          let told = '';
          const found = await changed(
            bundle,
            async (copy) => {
              const bytes = await readFile(join(copy, file));
              const at = dice(bytes.length);
              const by = 1 + dice(255);
              told = `${file} byte ${at} ^ ${by}: ${bytes.subarray(Math.max(0, at - 30), at + 10).toString()}`;
              bytes[at] = (bytes[at] ?? 0) ^ by;
              await writeFile(join(copy, file), bytes);
            },
            sums,
          );
          assert.ok(found.bzzz.length > 0, `bzzz: ${told}`);
          assert.ok(found.independent.length > 0, `independent: ${told}`);
        }
      }));
  }
});
