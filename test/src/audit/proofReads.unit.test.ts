import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { StoredLog } from '../../../src/audit/evidence.ts';
import { readLogs, readRuns } from '../../../src/audit/proofReads.ts';

const mib = 1024 * 1024;

/** A log of blocks of these sizes, which counts what has been read of it and not been let go. */
function logOf(sizes: readonly number[], leaves: readonly number[] = sizes) {
  const read = { bytes: 0 };
  const log: StoredLog = {
    key: '',
    discoveryKey: '',
    manifest: null,
    length: sizes.length,
    fork: 0,
    rootHash: null,
    signature: null,
    blocks(from, to) {
      const blocks = sizes.slice(from, to).map((size) => new Uint8Array(size));
      read.bytes += blocks.reduce((sum, { byteLength }) => sum + byteLength, 0);
      return Promise.resolve(blocks);
    },
    nodes: (indexes) =>
      Promise.resolve(
        indexes.map((index) => {
          return { index, size: leaves[index / 2] ?? 0, hash: new Uint8Array(32) };
        }),
      ),
  };
  return { log, read };
}

/** The most bytes that were in memory at once, and the order of the blocks. */
async function takeAll({ log, read }: ReturnType<typeof logOf>) {
  let most = 0;
  let taken = 0;
  const seqs: number[] = [];
  for await (const { from, blocks } of readRuns(log)) {
    most = Math.max(most, read.bytes - taken);
    for (const [index, block] of blocks.entries()) {
      seqs.push(from + index);
      if ('byteLength' in block) taken += block.byteLength;
    }
  }
  assert.deepEqual(seqs, [...Array(log.length).keys()]);
  return most;
}

describe('reading ahead', () => {
  it('holds no more than three runs of 4 MiB, whatever the mix of blocks', async () => {
    const sizes = Array.from({ length: 1500 }, (_, seq) => (seq % 50 === 7 ? mib : 600));
    const most = await takeAll(logOf(sizes));
    assert.ok(most <= 12 * mib && most > 4 * mib, `${most} bytes`);
  });

  it('reads blocks that are larger than a run one by one', async () => {
    const most = await takeAll(logOf(Array.from({ length: 12 }, () => 8 * mib)));
    assert.equal(most, 24 * mib);
  });

  it('does not believe a leaf again that has lied about its block', async () => {
    const sizes = Array.from({ length: 1200 }, (_, seq) => (seq < 3 ? mib : 64 * 1024));
    const { log, read } = logOf(
      sizes,
      sizes.map(() => 1),
    );
    const runs: number[] = [];
    for await (const { blocks } of readRuns(log)) runs.push(blocks.length);
    assert.equal(
      read.bytes,
      sizes.reduce((sum, size) => sum + size, 0),
    );
    // What was planned before the lie was seen, then one at a time.
    assert.deepEqual(new Set(runs.slice(3)), new Set([1]));
  });

  it('starts the next logs early, with one run each', async () => {
    const logs = Array.from({ length: 10 }, () => logOf(Array.from({ length: 40 }, () => mib)));
    const tasks = readLogs(logs);
    const first = tasks.next().value;
    assert.equal(first?.log, logs[0]?.log);
    await new Promise((resolve) => setImmediate(resolve));
    const begun = logs.map(({ read }) => read.bytes);
    assert.deepEqual(
      begun,
      logs.map((_, index) => (index < 4 ? 4 * mib : 0)),
    );
  });
});
