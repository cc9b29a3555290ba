import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import Corestore from 'corestore';
import type { Hypercore } from 'hypercore';
import auditCore from 'hypercore/lib/audit.js';
import { verify, type AuditReport } from '../../src/audit/index.ts';
import { InlineProver } from '../../src/audit/prover.ts';
import { proofThread } from '../../src/cli/audit.ts';
import { openReadOnly, type DataDir } from '../../src/log/index.ts';
import { withTempDir } from '../support/testNode.ts';
import { writeBulk, type BulkInit } from './bulk.ts';
import { compare, measure, rate, type Bench, type Figure, type Size } from './harness.ts';
import { writeReviews } from './reviews.ts';

const reviewsFull = 60;
const projectsFull = 30;
const reviewsPerProject = 10;
/** What 10 GB of events as small as these may take: 2 GB, where V8 has about 4. */
const bytesPerBlockMax = 120;
/** Texts as small as an event, and as a prompt and an answer are. */
const small: BulkInit['textBytes'] = [100, 300];
const large: BulkInit['textBytes'] = [10_000, 50_000];

/** `bzzz audit verify` over a directory of reviews, and over larger ones made of them. */
export const audit: Bench = {
  name: 'audit',
  about:
    "verify: blocks, trees, signatures, lawfulness, accounts; bare: hypercore's own audit of every log",
  run: (size) =>
    withTempDir(async (root) => {
      const dir = await writeReviews(join(root, 'reviews'), size.of(reviewsFull));
      return [
        await measure(size, { name: 'verify, in one thread', unit: 'blocks/s' }, async () =>
          intact(await verify(() => openReadOnly(dir))),
        ),
        ...(await measureBulk(size, 'small texts', {
          root: join(root, 'small'),
          textBytes: small,
        })),
        ...(await measureBulk(size, '10-50 kB texts', {
          root: join(root, 'large'),
          textBytes: large,
        })),
      ];
    }),
};

async function measureBulk(
  size: Size,
  name: string,
  { root, textBytes }: { root: string; textBytes: BulkInit['textBytes'] },
): Promise<Figure[]> {
  const projects = size.of(projectsFull);
  const dir = await writeBulk(root, { projects, reviewsPerProject, textBytes });
  const thread = proofThread(dir.root);
  // The target is for blocks of the size of events; texts are limited by bytes.
  const target = textBytes === small ? { target: { value: 50_000 } } : {};
  return [
    await compare(
      size,
      { name: `proof alone, ${name}`, unit: 'blocks/s', ...target },
      { ours: () => proveAll(dir), bare: () => auditBare(dir) },
    ),
    await measure(size, { name: `verify, ${name}`, unit: 'blocks/s' }, async () =>
      intact(await verify(() => openReadOnly(dir), { thread })),
    ),
    await measure(
      size,
      { name: `memory at the end, ${name}`, unit: 'B/block', target: { value: bytesPerBlockMax } },
      () => retained(dir),
    ),
  ];
}

/** Heap and what lies beside it, by block, when all blocks have been judged and nothing is let go of yet. */
async function retained(dir: DataDir): Promise<number> {
  // What the round before has left is let go of in several steps.
  for (let step = 0; step < 5; step++) {
    usedBytes();
    await setTimeout(50);
  }
  const before = usedBytes();
  let kept = NaN;
  const report = await verify(() => openReadOnly(dir), {
    onProgress: ({ blocks, blocksTotal }) => {
      if (blocks === blocksTotal) kept = (usedBytes() - before) / blocksTotal;
    },
  });
  intact(report);
  return Math.max(1, kept);
}

function usedBytes(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc(); gc();');
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function intact(report: AuditReport): number {
  if (!report.intact) throw new TypeError(`not intact: ${report.findings[0]?.message}`);
  return report.blocksPerSecond;
}

async function proveAll(dir: DataDir): Promise<number> {
  const logs = await openReadOnly(dir);
  const plan = logs.stored.flatMap((log) =>
    'unreadable' in log ? [] : [{ log, seals: [], gone: new Set<number>() }],
  );
  const prover = new InlineProver(plan);
  let blocks = 0;
  const total = plan.reduce((sum, { log }) => sum + log.length, 0);
  const measured = await rate(total, async () => {
    for (const { log } of plan) {
      const { difference } = await prover.next(({ count }) => void (blocks += count));
      if (difference) throw new TypeError(`${log.key}: ${difference.message}`);
    }
  });
  if (blocks !== total) throw new TypeError(`${blocks} of ${total} blocks were proved`);
  await logs.close();
  return measured;
}

async function auditBare(dir: DataDir): Promise<number> {
  const store = new Corestore(dir.store);
  await store.ready();
  const cores: Hypercore[] = [];
  for await (const discoveryKey of store.list()) {
    const core = store.get({ discoveryKey });
    await core.ready();
    cores.push(core);
  }
  const total = cores.reduce((sum, { length }) => sum + length, 0);
  const measured = await rate(total, async () => {
    for (const core of cores) await auditCore(core.core, { dryRun: true });
  });
  await store.close();
  return measured;
}
