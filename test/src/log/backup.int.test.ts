import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { agentAddress, threadAddress } from '../../../events/index.ts';
import { restoreBackup, writeBackup } from '../../../src/log/copy.ts';
import { dataDir, openReadOnly, type DataDir } from '../../../src/log/index.ts';
import { writerArgs } from '../../faults/strace.ts';
import { agreed, goOn, halved, writeHistory } from '../../support/history.ts';
import { bzzzIn } from '../../support/inProcess.ts';
import { openTestNode, withTempDir } from '../../support/testNode.ts';
import { auditOf, told } from '../audit/attack.ts';
import { Forger } from '../audit/forger.ts';

const thread = threadAddress('shop', 'pr-1');
const nowMs = Date.parse('2026-11-24T10:00:00.000Z');
const whole = async (): Promise<void> => undefined;

async function bzzz(dir: string, ...args: string[]) {
  const { code, out, err } = await bzzzIn(dir, ...args);
  return { code, out, err, json: (): unknown => JSON.parse(out) };
}

/** What every log holds, by its key. */
async function holdings({ root }: Pick<DataDir, 'root'>): Promise<Record<string, string[]>> {
  const logs = await openReadOnly(dataDir(root));
  try {
    const all = logs.stored.map(async (core) => {
      assert.ok('key' in core);
      const blocks = await core.blocks(0, core.length);
      const bytes = blocks.map((block) =>
        'unreadable' in block ? block.unreadable : Buffer.from(block).toString('base64'),
      );
      return [core.key, bytes] as const;
    });
    return Object.fromEntries(await Promise.all(all));
  } finally {
    await logs.close();
  }
}

/** Every text there is; null for one whose key is missing. */
async function textsOf(dir: DataDir): Promise<(string | null)[]> {
  const logs = await openReadOnly(dir);
  const texts: (string | null)[] = [];
  for (const { log } of await logs.logs()) {
    for await (const { event, body } of logs.events(log, 0)) {
      if (body) texts.push(await logs.vault.open(body));
      if (event.type !== 'thread.review.opened') continue;
      texts.push(await logs.vault.openBlob(thread, event.change.blob));
    }
  }
  await logs.close();
  return texts;
}

async function namesBelow(root: string): Promise<string[]> {
  return (await readdir(root)).toSorted();
}

describe('a backup', () => {
  it('holds every log, key and map of a data directory, and comes back as one that goes on', () =>
    withTempDir(async (root) => {
      const data = await writeHistory(join(root, 'data'), [agreed]);
      const before = await holdings(data);
      const made = await bzzz(root, 'backup', 'safe', '--data', data.root, '--json');
      assert.equal(made.code, 0, made.err);
      const safe = join(root, 'safe');
      assert.deepEqual(await namesBelow(safe), [
        '.gitignore',
        'copy.json',
        'keys',
        'node.json',
        'restore',
        'store',
      ]);
      assert.deepEqual(await holdings({ root: safe }), before);
      assert.deepEqual(await namesBelow(join(safe, 'keys')), await namesBelow(data.keys));
      assert.equal((await bzzz(root, 'audit', 'verify', '--data', safe)).code, 0);

      const back = await bzzz(root, 'restore', 'safe', '--data', 'again', '--by', 'ann', '--json');
      assert.equal(back.code, 0, back.err);
      const again = dataDir(join(root, 'again'));
      const restored = await holdings(again);
      for (const [key, blocks] of Object.entries(before)) {
        assert.deepEqual(restored[key]?.slice(0, blocks.length), blocks);
      }
      const texts = await textsOf(again);
      assert.ok(texts.length > 5 && texts.every((text) => text !== null), 'every text has its key');
      assert.deepEqual(texts, await textsOf(data));

      await goOn(again.root, [halved]);
      const report = await auditOf(again);
      assert.ok(report.intact, told(report));
      const note = report.notes.find(({ kind }) => kind === 'restored');
      assert.match(note?.message ?? '', /went on from a backup of \S+, restored by ann at /);
    }));

  it('is read and never written to, and its place is not a copy by hand', () =>
    withTempDir(async (root) => {
      const data = await writeHistory(join(root, 'data'), [agreed]);
      const safe = dataDir(join(root, 'safe'));
      await writeBackup({ from: data, to: safe, check: whole }, nowMs);
      const before = await holdings(safe);
      const refusal = { code: 'DATA_DIR_UNWRITABLE', message: /is a backup.*run bzzz restore/ };
      await assert.rejects(openTestNode(safe.root), refusal);
      assert.deepEqual(await holdings(safe), before);
      assert.ok(!(await namesBelow(safe.store)).includes('CORESTORE'));
      // What `cp -a` makes of a restored directory is refused, as of any other.
      const again = dataDir(join(root, 'again'));
      await restoreBackup({ from: safe, to: again, check: whole });
      await (await openTestNode(again.root)).close();
      const copied = join(root, 'copied');
      await cp(again.root, copied, { recursive: true, preserveTimestamps: true });
      await assert.rejects(openTestNode(copied), { message: /is a copy: two writers would fork/ });
    }));

  it('of one moment, while another process writes at full speed', () =>
    withTempDir(async (root) => {
      const data = dataDir(join(root, 'data'));
      const endless = { root: data.root, durability: 'process', count: 1_000_000 };
      const child = spawn(process.execPath, writerArgs(endless, 3000), {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      try {
        let acked = 0;
        await new Promise<void>((resolve) => {
          child.stdout.setEncoding('utf8').on('data', (text: string) => {
            acked = Math.max(
              acked,
              ...[...text.matchAll(/acked (\d+)/g)].map(([, n]) => Number(n)),
            );
            if (acked > 50) resolve();
          });
        });
        for (const nth of [1, 2]) {
          const ackedBefore = acked;
          const to = dataDir(join(root, `safe-${nth}`));
          await writeBackup({ from: data, to, check: whole }, nowMs);
          const report = await auditOf(to);
          assert.ok(report.intact, told(report));
          const again = dataDir(join(root, `again-${nth}`));
          await restoreBackup({ from: to, to: again, check: whole });
          const node = await openTestNode(again.root);
          const actor = agentAddress('writer', 'reviewer', 'shop');
          const { version = 0 } = (await node.host.state('agent', actor)) ?? {};
          assert.ok(
            version >= ackedBefore,
            `${version} events, ${ackedBefore} acknowledged before`,
          );
          await node.close();
        }
        // Files copied one after the other are of different moments: nobody writes there, and who reads is told.
        const byHand = join(root, 'by-hand');
        await cp(data.root, byHand, { recursive: true, force: true }).catch(ignoreMissing);
        await assert.rejects(openTestNode(byHand), {
          name: /^(Unavailable|Corrupt)$/,
          message: /is a copy: two writers would fork|is broken|cannot be opened/,
        });
        const report = await auditOf(dataDir(byHand));
        assert.ok(report.intact || report.findings.length > 0);
        assert.equal(child.exitCode, null, 'the writer has gone on');
      } finally {
        child.kill('SIGKILL');
        await once(child, 'close');
      }
    }));

  it('is refused where it would do harm, and nothing is left of it', () =>
    withTempDir(async (root) => {
      const data = await writeHistory(join(root, 'data'), [agreed]);
      const safe = join(root, 'safe');
      await bzzz(root, 'backup', safe, '--data', data.root);
      await mkdir(join(root, 'full'));
      await writeFile(join(root, 'full', 'mine.txt'), 'mine');
      await writeFile(join(root, 'file'), 'mine');
      // A file of that name that is not ours does not make a folder ours.
      await mkdir(join(root, 'theirs'));
      await writeFile(join(root, 'theirs', 'copy.json'), '{}');
      const refused = async (why: RegExp, ...args: string[]): Promise<void> => {
        const { code, out, err } = await bzzz(root, ...args);
        assert.deepEqual([code, out], [2, ''], args.join(' '));
        assert.match(err, /^bzzz: [^\n]+\n$/);
        assert.match(err, why);
      };
      const from = ['--data', data.root];
      await refused(/full is not empty; name a new directory/, 'backup', 'full', ...from);
      await refused(/theirs is not empty/, 'backup', 'theirs', ...from);
      await refused(/file is a file/, 'backup', 'file', ...from);
      await refused(/lies inside/, 'backup', join(data.root, 'safe'), ...from);
      await refused(/lies inside|not empty/, 'backup', data.root, ...from);
      await refused(/cannot be written/, 'backup', 'no/such/parent', ...from);
      await refused(/there are no logs in/, 'backup', 'new', '--data', join(root, 'none'));
      await refused(/is a backup already/, 'backup', 'new', '--data', safe);
      await refused(/is not a whole backup/, 'restore', data.root, '--data', 'new', '--by', 'ann');
      await refused(/is not a whole backup/, 'restore', 'full', '--data', 'new', '--by', 'ann');
      await refused(/not empty/, 'restore', safe, '--data', data.root, '--by', 'ann');
      await refused(/lies inside/, 'restore', safe, '--data', join(safe, 'new'), '--by', 'ann');
      assert.deepEqual(await namesBelow(root), ['data', 'file', 'full', 'safe', 'theirs']);
      assert.deepEqual(await namesBelow(join(root, 'full')), ['mine.txt']);
      assert.deepEqual(await namesBelow(join(root, 'theirs')), ['copy.json']);
    }));

  it('that is stopped leaves nothing', () =>
    withTempDir(async (root) => {
      const data = await writeHistory(join(root, 'data'), [agreed]);
      const stop = new AbortController();
      const stopped = new Error('stopped');
      const writing = writeBackup(
        {
          from: data,
          to: dataDir(join(root, 'safe')),
          signal: stop.signal,
          onProgress: () => stop.abort(stopped),
          check: whole,
        },
        nowMs,
      );
      await assert.rejects(writing, stopped);
      assert.deepEqual(await namesBelow(root), ['data']);
    }));

  it('of logs that were tampered with is told and not kept', () =>
    withTempDir(async (root) => {
      const data = await writeHistory(join(root, 'data'), [agreed]);
      await Forger.at(data, async (forger) => {
        const key = await forger.keyOf(thread);
        await forger.changeBlock(key, 1, (was) => was.toReversed());
      });
      const made = await bzzz(root, 'backup', 'safe', '--data', data.root);
      assert.equal(made.code, 1);
      assert.match(made.out, /BROKEN|tree/);
      assert.match(made.err, /nothing of it was left/);
      assert.deepEqual(await namesBelow(root), ['data']);
    }));
});

describe('a backup or a restore that was killed', () => {
  for (const what of ['backup', 'restore'] as const) {
    it(`is refused as unfinished and written anew: ${what}`, () =>
      withTempDir(async (root) => {
        const data = await writeHistory(join(root, 'data'), [agreed]);
        const safe = dataDir(join(root, 'safe'));
        await writeBackup({ from: data, to: safe, check: whole }, nowMs);
        const target = dataDir(join(root, 'target'));
        // What a killed process leaves: everything but the last step.
        await copyButTheLastStep(what, what === 'backup' ? data : safe, target);
        const unfinished = { code: 'DATA_DIR_UNWRITABLE', message: /cut off; run it again/ };
        await assert.rejects(openTestNode(target.root), unfinished);
        await assert.rejects(openReadOnly(target), unfinished);
        await assert.rejects(
          restoreBackup({ from: target, to: dataDir(join(root, 'other')), check: whole }),
          { code: 'ARGUMENT_INVALID' },
        );
        const again =
          what === 'backup'
            ? await bzzz(root, 'backup', 'target', '--data', data.root)
            : await bzzz(root, 'restore', 'safe', '--data', 'target', '--by', 'ann');
        assert.equal(again.code, 0, again.err);
        assert.equal((await bzzz(root, 'audit', 'verify', '--data', 'target')).code, 0);
      }));
  }

  it('is left alone while its process lives', () =>
    withTempDir(async (root) => {
      const data = await writeHistory(join(root, 'data'), [agreed]);
      const target = dataDir(join(root, 'target'));
      await copyButTheLastStep('backup', data, target, process.ppid);
      const { code, err } = await bzzz(root, 'backup', 'target', '--data', data.root);
      assert.equal(code, 2);
      assert.match(err, /process \d+ writes to .*; wait for it.* \[DATA_DIR_LOCKED\]/);
      assert.ok((await namesBelow(target.root)).includes('store'));
    }));
});

// RocksDB may have deleted a file by the time it is to be copied.
function ignoreMissing(error: unknown): void {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return;
  throw error;
}

async function copyButTheLastStep(
  what: 'backup' | 'restore',
  from: DataDir,
  to: DataDir,
  pid = 2 ** 22 + 1,
): Promise<void> {
  const init = {
    from,
    to,
    check: async (): Promise<void> => {
      await cp(to.root, `${to.root}.kept`, { recursive: true });
      throw new Error('killed');
    },
  };
  const writing = what === 'backup' ? writeBackup(init, nowMs) : restoreBackup(init);
  await assert.rejects(writing, /killed/);
  await cp(`${to.root}.kept`, to.root, { recursive: true });
  await rm(`${to.root}.kept`, { recursive: true });
  const mark = join(to.root, 'copy.json');
  const text = await readFile(mark, 'utf8');
  await writeFile(mark, text.replace(/"pid": \d+/, `"pid": ${pid}`));
}
