import assert from 'node:assert/strict';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import { agentAddress, nodeAddress } from '../../../events/index.ts';
import { verify, type AuditReport, type ProofThread } from '../../../src/audit/index.ts';
import { proofThread } from '../../../src/cli/audit.ts';
import { dataDir, openReadOnly, type DataDir } from '../../../src/log/index.ts';
import { agreed, writeHistory } from '../../support/history.ts';
import { withTempDir } from '../../support/testNode.ts';
import type { Attack } from './attack.ts';
import { Forger } from './forger.ts';

const reviewer = agentAddress('reviewer', 'reviewer', 'shop');
const broken = (block: Uint8Array): Uint8Array => Buffer.concat([block.subarray(1), block]);

const attacks: Readonly<Record<string, Attack>> = {
  nothing: async () => undefined,
  'a block changed': async (forger) => forger.changeBlock(await forger.keyOf(reviewer), 5, broken),
  'a block gone': async (forger) => forger.deleteBlock(await forger.keyOf(reviewer), 5),
  'a false node': async (forger) => forger.changeNode(await forger.keyOf(reviewer), 9),
  'a tree rebuilt': async (forger) => {
    const key = await forger.keyOf(reviewer);
    await forger.changeBlock(key, 5, broken);
    await forger.rebuildTree(key);
  },
  'a foreign signature': async (forger) => {
    const key = await forger.keyOf(reviewer);
    await forger.replace(key, await forger.blocksOf(key), 'foreign');
  },
  'another signer': async (forger) => forger.changeSigner(await forger.keyOf(reviewer)),
  'a fork': async (forger) => {
    const key = await forger.keyOf(reviewer);
    const last = (await forger.blocksOf(key)).at(-1);
    assert.ok(last);
    await forger.truncate(key, (await forger.blocksOf(key)).length - 1, last);
  },
  'a tail gone': async (forger) => {
    const key = await forger.keyOf(reviewer);
    await forger.replace(key, (await forger.blocksOf(key)).slice(0, -3));
  },
  'a log gone': async (forger) => forger.remove(await forger.keyOf(reviewer)),
  'a log of nobody': async (forger) => void (await forger.intrude(Buffer.from('x'))),
  'texts changed': async (forger) => forger.changeBlock(await forger.keyOf('texts'), 1, broken),
  'the register changed': async (forger) =>
    forger.changeBlock(await forger.keyOf(nodeAddress('local')), 1, broken),
};

/** Threads that are counted, and that are started for a store of any size. */
function counted(dir: DataDir): ProofThread & { readonly workers: Worker[] } {
  const workers: Worker[] = [];
  const thread = proofThread(dir.root);
  return {
    workers,
    fromBlocks: 0,
    start() {
      const worker = thread.start();
      workers.push(worker);
      return worker;
    },
  };
}

/** What a report says, without how long it took. */
function said({ durationMs, blocksPerSecond, proof, ...report }: AuditReport): object {
  assert.ok(durationMs >= 0 && blocksPerSecond >= 0);
  return { ...report, proved: proof.blocks };
}

function assertEnded(workers: readonly Worker[], started: number): void {
  // A thread that has ended has no id any more.
  assert.deepEqual(
    workers.map(({ threadId }) => threadId),
    Array.from({ length: started }, () => -1),
  );
}

describe('a proof in a thread of its own', () => {
  for (const [name, attack] of Object.entries(attacks)) {
    it(`says of ${name} what the proof in this thread says`, () =>
      withTempDir(async (root) => {
        const honest = await writeHistory(join(root, 'honest'), [agreed]);
        const dir = dataDir(join(root, 'with a blank'));
        await cp(honest.root, dir.root, { recursive: true });
        await Forger.at(dir, (forger) => attack(forger, dir));
        const thread = counted(dir);
        const here = await verify(() => openReadOnly(dir));
        const there = await verify(() => openReadOnly(dir), { thread });
        assert.equal(here.intact, name === 'nothing');
        assert.deepEqual(said(there), said(here));
        const looks = here.findings.some(({ check }) => check === 'storage') ? 2 : 1;
        assertEnded(thread.workers, looks);
      }));
  }

  it('is not started for a store that is proved sooner without', () =>
    withTempDir(async (root) => {
      const dir = await writeHistory(root, [agreed]);
      const thread = counted(dir);
      await verify(() => openReadOnly(dir), { thread: { start: () => thread.start() } });
      assert.deepEqual(thread.workers, []);
    }));

  it('ends with the signal, with its reason', () =>
    withTempDir(async (root) => {
      const dir = await writeHistory(root, [agreed]);
      const thread = counted(dir);
      const stop = new AbortController();
      const reason = new Error('enough');
      await assert.rejects(
        verify(() => openReadOnly(dir), {
          thread,
          signal: stop.signal,
          onProgress: () => stop.abort(reason),
        }),
        (error) => error === reason,
      );
      assertEnded(thread.workers, 1);
    }));

  it('ends within seconds when the thread itself hangs', { timeout: 20_000 }, () =>
    withTempDir(async (root) => {
      const dir = await writeHistory(root, [agreed]);
      const stop = new AbortController();
      const worker = new Worker('for (;;);', { eval: true });
      setTimeout(() => stop.abort(), 100);
      const startMs = performance.now();
      await assert.rejects(
        verify(() => openReadOnly(dir), {
          thread: { start: () => worker, fromBlocks: 0 },
          signal: stop.signal,
        }),
        { name: 'AbortError' },
      );
      assert.ok(performance.now() - startMs < 5000);
      assertEnded([worker], 1);
    }),
  );

  it('fails with the error of the thread, and leaves none behind', () =>
    withTempDir(async (root) => {
      const dir = await writeHistory(root, [agreed]);
      const worker = new Worker('throw new TypeError("out of order")', { eval: true });
      const thread = { start: () => worker, fromBlocks: 0 };
      await assert.rejects(
        verify(() => openReadOnly(dir), { thread }),
        /out of order/,
      );
      assertEnded([worker], 1);
    }));

  it('reports a store that the thread cannot open any more', () =>
    withTempDir(async (root) => {
      const dir = await writeHistory(join(root, 'a'), [agreed]);
      const gone = await writeHistory(join(root, 'b'), [agreed]);
      await rm(join(gone.store, 'db', 'CURRENT'));
      const thread = counted(gone);
      const { intact, findings } = await verify(() => openReadOnly(dir), { thread });
      assert.equal(intact, false);
      assert.deepEqual(
        findings.map(({ check, found }) => [check, found]),
        [['storage', 'LOG_CORRUPT']],
      );
      assertEnded(thread.workers, 2);
    }));
});
