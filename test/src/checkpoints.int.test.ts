import assert from 'node:assert/strict';
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, it } from 'node:test';
import { budgetAddress } from '../../events/index.ts';
import { recordWitnessed } from '../../src/checkpoints.ts';
import { loadConfig, type Config } from '../../src/config/index.ts';
import { CheckpointFile, dataDir } from '../../src/log/index.ts';
import { exportCheckpoint, openNode, type Node } from '../../src/node.ts';
import type { EventLog } from '../../src/ports.ts';
import { parseCheckpoint, parseWitness } from '../../src/shared/note/index.ts';
import { withTempDir } from '../support/testNode.ts';
import { TestWitness } from '../support/witness.ts';
import { heldAgainst } from './audit/kept.ts';

type Place = { readonly config: Config; readonly file: string; readonly dir: string };

function withPlace(use: (place: Place) => Promise<void>, everyMs = 0): Promise<void> {
  return withTempDir(async (dir) => {
    const file = join(dir, 'kept', 'bzzz.note');
    await mkdir(join(dir, 'kept'));
    const given = await loadConfig({ flags: {}, env: {}, cwd: dir });
    const config = { ...given, data: join(dir, 'data'), checkpoint: { everyMs, file } };
    await use({ config, file, dir });
  });
}

async function run(config: Config, use: (node: Node) => Promise<void> = spend): Promise<void> {
  const node = await openNode(config);
  try {
    await use(node);
  } finally {
    await node.close();
  }
}

let projects = 0;
async function spend({ host }: Node): Promise<void> {
  const project = `p${++projects}`;
  const command = { type: 'open' as const, project };
  await host.handle({ kind: 'budget', actor: budgetAddress(project), commandId: 'o', command });
}

async function kept(file: string) {
  return parseCheckpoint(await readFile(file, 'utf8'));
}

describe('the file of a checkpoint', () => {
  it('is there from the start, and at the end says all that is in the store', () =>
    withPlace(async ({ config, file }) => {
      let first = '';
      await run(config, async (node) => {
        first = await readFile(file, 'utf8');
        assert.equal(parseCheckpoint(first).log, node.log.key);
        await spend(node);
      });
      const last = await kept(file);
      assert.ok(last.size > parseCheckpoint(first).size);
      const now = parseCheckpoint(await exportCheckpoint(config));
      assert.deepEqual([last.size, last.root, last.heads], [now.size, now.root, now.heads]);
      assert.deepEqual(await readdir(join(file, '..')), ['bzzz.note'], 'no draft is left');
      const report = await heldAgainst(dataDir(config.data), [parseCheckpoint(first), last]);
      assert.deepEqual(report.findings, []);
    }));

  it('is written after each seal while the process goes on', () =>
    withPlace(
      ({ config, file }) =>
        run(config, async (node) => {
          const { heads } = await kept(file);
          await spend(node);
          const deadline = AbortSignal.timeout(10_000);
          while ((await kept(file)).heads.length === heads.length) {
            deadline.throwIfAborted();
            await sleep(5);
          }
          const { size, heads: later } = await kept(file);
          assert.equal(later.length, heads.length + 1);
          await sleep(50);
          assert.equal((await kept(file)).size, size, 'and not when nothing has moved');
        }),
      10,
    ));

  it('of another node is left alone, and so is a file of another kind', () =>
    withPlace(async ({ config, file, dir }) => {
      await run({ ...config, data: join(dir, 'other') });
      const others = await readFile(file, 'utf8');
      await assert.rejects(run(config), {
        code: 'ARGUMENT_INVALID',
        message: /checkpoint of another node/,
      });
      assert.equal(await readFile(file, 'utf8'), others);
      for (const text of ['my notes\n', '', others + others]) {
        await writeFile(file, text);
        await assert.rejects(run(config), { code: 'ARGUMENT_INVALID', message: /would overwrite/ });
        assert.equal(await readFile(file, 'utf8'), text);
      }
      await run({ ...config, checkpoint: { ...config.checkpoint, file: null } });
    }));

  it('keeps a node from signing a second history', () =>
    withPlace(async ({ config, file }) => {
      await run(config);
      const before = await readFile(file, 'utf8');
      await run({ ...config, checkpoint: { everyMs: 0, file: null } }, async ({ log }) => {
        const { size } = parseCheckpoint(before);
        assert.ok(log.length > size);
        await CheckpointFile.of(file, log);
        const other = Buffer.from('{}');
        for (const blocks of [
          await blocksOf(log, size - 1),
          [...(await blocksOf(log, size - 1)), other],
        ]) {
          await assert.rejects(CheckpointFile.of(file, logOf(log.key, blocks)), {
            code: 'LOG_CORRUPT',
            message: /contradicts its checkpoint of .* in .*bzzz\.note.* --against that file/,
          });
        }
      });
      assert.equal(await readFile(file, 'utf8'), before, 'the evidence stays');
    }));

  it('that cannot be written is an error before any work is done', { skip: isRoot() }, () =>
    withPlace(async ({ config, file }) => {
      await chmod(join(file, '..'), 0o500);
      try {
        await assert.rejects(run(config), { code: 'STORAGE_FAILED', message: /checkpoint\.file/ });
      } finally {
        await chmod(join(file, '..'), 0o700);
      }
    }),
  );

  it('in a folder that is not there is an error before any work is done', () =>
    withPlace(async ({ config, file }) => {
      const missing = join(file, '..', 'missing', 'bzzz.note');
      const place = { ...config, checkpoint: { everyMs: 0, file: missing } };
      await assert.rejects(run(place), { code: 'STORAGE_FAILED', message: /checkpoint\.file/ });
    }));
});

describe('an exported checkpoint', () => {
  it('is made beside a writer as well, who goes on, and contradicts nobody', () =>
    withPlace(async ({ config, file }) => {
      const notes: string[] = [];
      await run(config, async (node) => {
        await spend(node);
        notes.push(await exportCheckpoint(config));
        await spend(node);
        notes.push(await exportCheckpoint(config));
      });
      const checkpoints = [...notes, await readFile(file, 'utf8')].map(parseCheckpoint);
      const lengths = checkpoints.map(({ heads }) => heads.length);
      assert.deepEqual(
        lengths.map((length) => length - (lengths[0] ?? 0)),
        [0, 1, 1],
      );
      const report = await heldAgainst(dataDir(config.data), checkpoints);
      assert.deepEqual(report.findings, []);
    }));
});

describe('a cosigned checkpoint', () => {
  const witness = new TestWitness('witness.example/one', 1);
  const witnesses = [parseWitness(witness.vkey)];

  it('is recorded once, also when it is older than the log', () =>
    withPlace(async ({ config, file }) => {
      await run(config);
      const note = witness.cosign(await readFile(file, 'utf8'), 1_795_489_200);
      await run(config, async (node) => {
        await spend(node);
        assert.deepEqual(await recordWitnessed(node, [note], witnesses), [true]);
        assert.deepEqual(await recordWitnessed(node, [note], []), [false]);
      });
      await run(config, async (node) => {
        const again = await recordWitnessed(node, [note], []);
        assert.deepEqual(again, [false], 'nor after a restart');
      });
      const report = await heldAgainst(dataDir(config.data), [], witnesses);
      assert.deepEqual(report.findings, []);
      assert.deepEqual(
        report.checkpoints.map(({ agrees, cosigners }) => [agrees, cosigners.verified.length]),
        [[true, 1]],
      );
    }));

  it('is refused, and nothing recorded, when it is not one of this node', () =>
    withPlace(async ({ config, file, dir }) => {
      await run({ ...config, checkpoint: { everyMs: 0, file: null } });
      const plain = await exportCheckpoint(config);
      await run({ ...config, data: join(dir, 'other') });
      const foreign = witness.cosign(await readFile(file, 'utf8'), 1);
      const good = witness.cosign(plain, 1);
      const blob = Buffer.from(good.trimEnd().split(' ').at(-1) ?? '', 'base64');
      blob[30] = (blob[30] ?? 0) ^ 1;
      const forged = `${plain}\u2014 witness.example/one ${blob.toString('base64')}\n`;
      await run({ ...config, checkpoint: { everyMs: 0, file: null } }, async (node) => {
        const length = node.log.length;
        const refused: [note: string, why: RegExp][] = [
          [foreign, /another node/],
          [plain, /nobody has cosigned it/],
          [forged, /the cosignature of witness\.example\/one is not theirs/],
          ['text', /not a valid checkpoint/],
        ];
        for (const [note, message] of refused) {
          await assert.rejects(recordWitnessed(node, [good, note], witnesses), {
            code: 'CHECKPOINT_INVALID',
            message,
          });
        }
        const log = logOf(node.log.key, await blocksOf(node.log, 1));
        await assert.rejects(recordWitnessed({ ...node, log }, [good], []), {
          code: 'LOG_CORRUPT',
        });
        assert.equal(node.log.length, length);
      });
    }));
});

async function blocksOf(log: EventLog, length: number): Promise<Uint8Array[]> {
  const blocks: Uint8Array[] = [];
  for await (const block of log.read(0, length)) blocks.push(block);
  return blocks;
}

/** A log of other blocks under the same key, as somebody with the disk makes one. */
function logOf(key: string, blocks: readonly Uint8Array[]): EventLog {
  const unused = (): never => assert.fail('nobody asks for that');
  return {
    key,
    length: blocks.length,
    async *read(from = 0, to = blocks.length) {
      yield* blocks.slice(from, to);
    },
    append: unused,
    get: unused,
    head: unused,
    close: unused,
  };
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}
