import assert from 'node:assert/strict';
import { appendFile, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { z } from 'zod';
import { threadAddress } from '../../../events/index.ts';
import { dataDir } from '../../../src/log/index.ts';
import { parseCheckpoint } from '../../../src/shared/note/index.ts';
import { bzzzIn } from '../../support/inProcess.ts';
import { TestWitness } from '../../support/witness.ts';
import { Forger } from '../audit/forger.ts';

const diff = `diff --git a/pay.ts b/pay.ts
--- a/pay.ts
+++ b/pay.ts
@@ -1,2 +1,3 @@
 import { run } from './run.ts';
+eval(input);
 export { run };
`;
const compared = z.object({
  intact: z.boolean(),
  checkpoints: z.array(
    z.object({
      source: z.string(),
      agrees: z.boolean(),
      cosigners: z.record(z.string(), z.unknown()),
    }),
  ),
});

describe('the commands about checkpoints', () => {
  let dir = '';
  let note = '';
  const bzzz = (...args: string[]) => bzzzIn(dir, ...args);
  const json = async (...args: string[]): Promise<unknown> => {
    const { code, out, err } = await bzzz(...args, '--json');
    assert.deepEqual([code, err], [0, '']);
    return JSON.parse(out);
  };
  const done = async (...args: string[]): Promise<string> => {
    const { code, out, err } = await bzzz(...args);
    assert.deepEqual([code, err], [0, '']);
    return out;
  };

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'bzzz-checkpoint-'));
    await writeFile(join(dir, 'bzzz.json'), JSON.stringify({ project: 'shop', data: 'data' }));
    await writeFile(join(dir, 'pay.diff'), diff);
    const review = [
      'review',
      '--diff',
      join(dir, 'pay.diff'),
      '--provider',
      'offline',
      '--task',
      'pr-1',
    ];
    const { code, err } = await bzzz(...review, '--quiet');
    assert.equal(code, 1, `changes are requested: ${err}`);
    await done('checkpoint', 'export', '--out', 'kept.note');
    note = await readFile(join(dir, 'kept.note'), 'utf8');
  });
  after(() => rm(dir, { recursive: true, force: true }));

  it('export what is in the store now: to a file, to standard output, as JSON, from a copy', async () => {
    const shape = z.object({ note: z.string(), checkpoint: z.object({ root: z.string() }) });
    const told = shape.parse(await json('checkpoint', 'export'));
    const { root, size, heads } = parseCheckpoint(note);
    assert.equal(told.checkpoint.root, root);
    const {
      at: _at,
      text: _text,
      ...printed
    } = parseCheckpoint(await done('checkpoint', 'export'));
    assert.deepEqual([printed.root, printed.size, printed.heads], [root, size, heads]);
    await cp(join(dir, 'data'), join(dir, 'copy'), { recursive: true });
    const copied = parseCheckpoint(await done('--data', 'copy', 'checkpoint', 'export'));
    assert.deepEqual([copied.root, copied.heads], [root, heads]);
    const report = compared.parse(await json('audit', 'verify', '--against', 'kept.note'));
    assert.equal(report.intact, true, 'exporting changes nothing');
  });

  it('show what a file says, as text and as JSON', async () => {
    const text = await done('checkpoint', 'show', 'kept.note');
    const { origin, size, heads, root } = parseCheckpoint(note);
    for (const part of [origin, `${size} events`, `${heads.length} logs`, root, 'Not cosigned.']) {
      assert.ok(text.includes(part), `${part} in ${text}`);
    }
    const shape = z.tuple([z.object({ checkpoint: z.object({ origin: z.literal(origin) }) })]);
    shape.parse(await json('checkpoint', 'show', 'kept.note'));
  });

  it('take a cosigned checkpoint back, once, and verify it ever after', async () => {
    const witness = new TestWitness('witness.example/one', 1);
    await writeFile(join(dir, 'cosigned.note'), witness.cosign(note, 1_795_489_200));
    const unknown = await done('checkpoint', 'show', 'cosigned.note');
    assert.match(unknown, /witness\.example\/one: not verified/);
    const shown = await done('checkpoint', 'show', 'cosigned.note', '--witness', witness.vkey);
    assert.match(shown, /Cosigned\n {2}witness\.example\/one at 2026-/);
    const record = ['checkpoint', 'record', 'cosigned.note', '--witness', witness.vkey];
    assert.match(await done(...record), /^The checkpoint of .* over \d+ events recorded\.\n$/);
    assert.match(await done(...record), /events was recorded before\.\n$/);
    const again = z.tuple([z.object({ recorded: z.literal(false) })]);
    again.parse(await json(...record));
    const { checkpoints } = compared.parse(
      await json('audit', 'verify', '--witness', witness.vkey),
    );
    assert.equal(checkpoints.length, 1);
    assert.match(checkpoints[0]?.source ?? '', /^event \d+ of the node$/);
    assert.match(JSON.stringify(checkpoints[0]?.cosigners), /"verified":\[\{"name":"witness/);
    const [line = ''] = witness.cosign('other\n\n', 7).split('\n').slice(-2);
    await writeFile(join(dir, 'forged.note'), `${note}${line}\n`);
    const forged = await bzzz('checkpoint', 'show', 'forged.note', '--witness', witness.vkey);
    assert.equal(forged.code, 1);
    assert.match(forged.out, /witness\.example\/one: FALSE/);
  });

  it('refuse a file that holds no checkpoint, by name and fault, before anything is done', async () => {
    await writeFile(join(dir, 'changed.note'), note.replace('\ntime 2', '\ntime 1'));
    await writeFile(join(dir, 'empty.note'), '');
    const refused: [args: string[], why: RegExp][] = [
      [
        ['checkpoint', 'show', 'changed.note'],
        /changed\.note: not a valid checkpoint: its signature/,
      ],
      [['checkpoint', 'show', 'missing.note'], /cannot read missing\.note/],
      [['checkpoint', 'record', 'empty.note'], /empty\.note: not a valid checkpoint: it is empty/],
      [['checkpoint', 'record', 'kept.note'], /nobody has cosigned it/],
      [['checkpoint', 'export', '--out', 'missing/kept.note'], /cannot write/],
      [['checkpoint', 'show', 'kept.note', '--witness', 'x'], /NAME\+KEYID\+KEY/],
      [['audit', 'verify', '--against', 'kept.note', 'changed.note'], /^bzzz: changed\.note: not/],
      [['audit', 'verify', '--witness', 'x'], /key of a witness cannot be used/],
    ];
    for (const [args, why] of refused) {
      const { code, out, err } = await bzzz(...args);
      assert.deepEqual([code, out], [2, ''], args.join(' '));
      assert.match(err, why);
      assert.equal(err.trimEnd().split('\n').length, 1);
    }
  });

  it('find a forged history by what was kept elsewhere, and name both heads', async () => {
    await cp(join(dir, 'data'), join(dir, 'forged'), { recursive: true });
    await done('checkpoint', 'export', '--out', 'today.note');
    const key = await Forger.at(dataDir(join(dir, 'forged')), async (forger) => {
      const log = await forger.keyOf(threadAddress('shop', 'pr-1'));
      await forger.replace(log, (await forger.blocksOf(log)).slice(0, -1));
      return log;
    });
    await appendFile(join(dir, 'today.note'), `\n${note}`);
    const verify = ['--data', 'forged', 'audit', 'verify', '--against', 'today.note', 'kept.note'];
    const { code, out } = await bzzz(...verify);
    assert.equal(code, 1);
    const head = parseCheckpoint(note).heads.find(({ log }) => log === key);
    assert.ok(head);
    const found = `there are ${head.length - 1} here, with the root `;
    for (const part of [
      `witness: the checkpoint in today.note`,
      head.root,
      found,
      'CONTRADICTED',
    ]) {
      assert.ok(out.includes(part), `${part} in ${out}`);
    }
    const report = await bzzz(...verify, '--json');
    assert.equal(report.code, 1);
    const { checkpoints } = compared.parse(JSON.parse(report.out));
    assert.deepEqual(
      checkpoints.map(({ source, agrees }) => [source.replace(/\d+/, 'N'), agrees]),
      [
        ['today.note', false],
        ['today.note', false],
        ['kept.note', false],
        ['event N of the node', false],
      ],
    );
  });
});
