import assert from 'node:assert/strict';
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { budgetAddress, nodeAddress, sha256Hex, threadAddress } from '../../../events/index.ts';
import { openBundle, verify } from '../../../src/audit/index.ts';
import { openReadOnly, type DataDir } from '../../../src/log/index.ts';
import { parseCheckpoint } from '../../../src/shared/note/index.ts';
import { agreed, escalated, halved, writeHistory } from '../../support/history.ts';
import { bzzzIn } from '../../support/inProcess.ts';
import { withTempDir } from '../../support/testNode.ts';
import { auditOf, brief, type Attack } from './attack.ts';
import { changed, exported, opinionsOf } from './bundles.ts';
import { Forger } from './forger.ts';

const thread = threadAddress('shop', 'pr-1');
const other = threadAddress('shop', 'pr-2');
const intact = { bzzz: [], independent: [] };

/** A bundle in a folder of its own, with the directory it is of out of reach. */
async function carried(root: string, dir: DataDir, options: { thread?: string } = {}) {
  await exported(dir, join(root, 'bundle'), options);
  await rename(dir.root, join(root, 'gone'));
  const place = join(root, 'elsewhere');
  await mkdir(place);
  await cp(join(root, 'bundle'), join(place, 'bundle'), { recursive: true });
  await rm(join(root, 'bundle'), { recursive: true });
  return join(place, 'bundle');
}

describe('a bundle of an honest history', () => {
  for (const ending of ['stopped', 'killed'] as const) {
    it(`is intact on another machine after the process was ${ending}, and says what its store says`, () =>
      withTempDir(async (root) => {
        const dir = await writeHistory(join(root, 'a'), [agreed, escalated, halved], ending);
        const of = await auditOf(dir);
        const bundle = await carried(root, dir);
        assert.deepEqual(await opinionsOf(bundle), intact);
        const report = await verify(() => openBundle(bundle));
        assert.deepEqual(report.logs, of.logs);
        assert.deepEqual(report.spending, of.spending);
        assert.deepEqual(report.notes, of.notes);
        assert.deepEqual([report.blocks, report.bytes], [of.blocks, of.bytes]);
      }));
  }

  it('is intact when there was nothing yet', () =>
    withTempDir(async (root) => {
      const bundle = await carried(root, await writeHistory(join(root, 'a'), []));
      assert.deepEqual(await opinionsOf(bundle), intact);
    }));

  it('is intact of one thread, and says what is left out', () =>
    withTempDir(async (root) => {
      const dir = await writeHistory(join(root, 'a'), [agreed, escalated]);
      const bundle = await carried(root, dir, { thread });
      assert.deepEqual(await opinionsOf(bundle), intact);
      const { notes, logs } = await verify(() => openBundle(bundle));
      assert.ok(!logs.some(({ actor }) => actor === other));
      const left = notes.filter(({ kind }) => kind === 'notIncluded');
      assert.deepEqual(
        left.map(({ actor }) => actor),
        [nodeAddress('local'), other],
      );
      assert.match(left[0]?.message ?? '', /is about bzzz:\/\/\*:\*@shop:pr-1 alone: 1 of 8 logs/);
    }));

  it('is intact with texts erased, and with a thread that was forked', () =>
    withTempDir(async (root) => {
      const dir = await writeHistory(join(root, 'a'), [agreed, escalated]);
      const bzzz = async (...args: string[]) => {
        const ran = await bzzzIn(root, '--data', dir.root, ...args);
        assert.equal(ran.code, 0, ran.err);
      };
      await bzzz('erase', '--subject', other, '--reason', 'asked', '--by', 'ann');
      await bzzz('thread', 'fork', thread, '--at', '1', '--task', 'what-if', '--by', 'ann');
      await exported(dir, join(root, 'fork'), { thread: threadAddress('shop', 'what-if') });
      assert.deepEqual(await opinionsOf(join(root, 'fork')), intact);
      const bundle = await carried(root, dir);
      assert.deepEqual(await opinionsOf(bundle), intact);
      const { notes, logs } = await verify(() => openBundle(bundle));
      assert.ok(notes.some(({ kind }) => kind === 'erased'));
      assert.equal(logs.filter(({ kind }) => kind === 'thread').length, 3);
    }));

  it('is intact with events of an older version', () =>
    withTempDir(async (root) => {
      const dir = await writeHistory(join(root, 'a'), [agreed], 'killed');
      // A ledger that was older than the calls that it holds money for would be a finding.
      await Forger.at(dir, async (forger) => {
        const key = await forger.keyOf(thread);
        const blocks = await forger.blocksOf(key);
        const older = blocks.map((block) =>
          Buffer.from(Buffer.from(block).toString().replace('"v":3', '"v":2')),
        );
        await forger.replace(key, older);
      });
      assert.deepEqual(brief(await auditOf(dir)), []);
      const bundle = await carried(root, dir);
      assert.deepEqual(await opinionsOf(bundle), intact);
      const name = (await readdir(join(bundle, 'logs'))).find((one) => one.includes('-thread'));
      const file = await readFile(join(bundle, 'logs', name ?? ''), 'utf8');
      assert.match(file, /^\{"meta":\{"id":"[^"]+","v":2,/);
    }));
});

const node = nodeAddress('local');
const attacks: readonly (readonly [name: string, attack: Attack])[] = [
  ['a changed block', async (f) => f.changeBlock(await f.keyOf(thread), 3, (b) => shouted(b))],
  ['a block that is gone', async (f) => f.deleteBlock(await f.keyOf(thread), 3)],
  ['a changed node', async (f) => f.changeNode(await f.keyOf(thread), 5)],
  ['another signer', async (f) => f.changeSigner(await f.keyOf(thread))],
  ['a log taken back', async (f) => f.truncate(await f.keyOf(thread), 4, Buffer.from('{}'))],
  ['a log that nobody registered', async (f) => void (await f.intrude(Buffer.from('hello')))],
  ['a log that is gone', async (f) => f.remove(await f.keyOf(thread))],
  ['no log of the node', async (f) => f.deleteBlock(await f.keyOf(node), 2)],
  [
    'the signature of somebody else',
    async (f) =>
      f.replace(await f.keyOf(thread), await f.blocksOf(await f.keyOf(thread)), 'foreign'),
  ],
  [
    'a block that is no event, over several lines',
    async (f) => {
      const key = await f.keyOf(thread);
      await f.replace(key, [Buffer.from('{\n\u001b[2J\r\n'), ...(await f.blocksOf(key))]);
    },
  ],
];

function shouted(block: Uint8Array): Uint8Array {
  return Buffer.from(Buffer.from(block).toString().toUpperCase());
}

describe('a bundle of a forged store', () => {
  for (const [name, attack] of attacks) {
    it(`is as false as the store, with ${name}`, () =>
      withTempDir(async (root) => {
        const dir = await writeHistory(join(root, 'a'), [agreed]);
        await Forger.at(dir, (forger) => attack(forger, dir));
        const store = brief(await auditOf(dir));
        assert.notDeepEqual(store, []);
        const bundle = await carried(root, dir);
        const { bzzz, independent } = await opinionsOf(bundle);
        for (const finding of store)
          assert.ok(bzzz.includes(finding), `${finding} of ${bzzz.join()}`);
        assert.notDeepEqual(independent, []);
      }));
  }
});

/** Lines of a file of a bundle, changed. */
function withLines(file: string, change: (lines: string[]) => string[]) {
  return async (copy: string): Promise<void> => {
    const path = join(copy, 'logs', file);
    const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
    await writeFile(
      path,
      change(lines)
        .map((line) => `${line}\n`)
        .join(''),
    );
  };
}

/** The description of a bundle, changed as text. */
function described(change: (text: string) => string) {
  return async (copy: string): Promise<void> => {
    const path = join(copy, 'bundle.json');
    const text = await readFile(path, 'utf8');
    const forged = change(text);
    assert.notEqual(forged, text);
    await writeFile(path, forged);
  };
}

const changes: readonly (readonly [
  name: string,
  bzzz: string,
  change: (copy: string) => Promise<void>,
])[] = [
  [
    'lines swapped',
    'tree *:*@shop:pr-1 4 node 8',
    withLines('0006-thread.jsonl', ([...lines]) => {
      [lines[4], lines[5]] = [lines[5] ?? '', lines[4] ?? ''];
      return lines;
    }),
  ],
  [
    'a line dropped',
    'BUNDLE_INVALID',
    withLines('0006-thread.jsonl', (lines) => lines.toSpliced(4, 1)),
  ],
  ['a line added', 'BUNDLE_INVALID', withLines('0006-thread.jsonl', (lines) => [...lines, '{}'])],
  [
    'a line twice in place of another',
    'tree *:*@shop:pr-1 5 node 10',
    withLines('0006-thread.jsonl', (lines) => lines.with(5, lines[4] ?? '')),
  ],
  [
    'a text taken out',
    'storage local:node@*:* 3 -',
    withLines('0001-blobs.jsonl', (lines) => lines.with(3, 'null')),
  ],
  [
    'another time of export',
    'witness local:node@*:* - time',
    described((text) => text.replace('2026-11-24T00:00:00.000Z', '2026-11-25T00:00:00.000Z')),
  ],
  [
    'a log given to somebody else',
    'register local:node@*:* - logs',
    described((text) => text.replace('bzzz://architect:', 'bzzz://reviewer:')),
  ],
  [
    'one thread of it, it is said',
    'register local:node@*:* - scope',
    described((text) => text.replace('"scope": null', '"scope": "bzzz://*:*@shop:pr-9"')),
  ],
  ['no checkpoint', 'witness local:node@*:* - file', (copy) => rm(join(copy, 'checkpoint.txt'))],
  [
    'a log left out of the node',
    'register reviewer:reviewer@shop:* - -',
    (copy) => leaveOut(copy, 'bzzz://reviewer:reviewer@shop:*', null),
  ],
  [
    'a participant left out of a thread',
    'register reviewer:reviewer@shop:* - -',
    (copy) => leaveOut(copy, 'bzzz://reviewer:reviewer@shop:*', thread),
  ],
  [
    'the ledger left out of a thread',
    'register *:*@shop:*/cost - -',
    (copy) => leaveOut(copy, budgetAddress('shop'), thread),
  ],
];

type Described = { scope: string | null; logs: Entry[]; excluded: Entry[] };
type Entry = { actor: string; file?: string; [member: string]: unknown };

/** Moves a log among those that are left out, as one does who has something to hide. */
async function leaveOut(copy: string, actor: string, scope: string | null): Promise<void> {
  const path = join(copy, 'bundle.json');
  const read: (text: string) => Described = JSON.parse;
  const bundle = read(await readFile(path, 'utf8'));
  const log = bundle.logs.find((entry) => entry.actor === actor && entry['kind'] !== 'node');
  assert.ok(log);
  const { kind, key, length, fork, root } = log;
  const logs = bundle.logs.filter((entry) => entry !== log);
  const excluded = [{ actor, kind, key, length, fork, root }];
  await writeFile(path, `${JSON.stringify({ ...bundle, scope, logs, excluded }, null, 2)}\n`);
  for (const ending of ['jsonl', 'tree']) await rm(join(copy, `${log.file}.${ending}`));
}

describe('a bundle that was changed by somebody who can write sums', () => {
  for (const [name, finding, change] of changes) {
    it(`is found out by two verifiers: ${name}`, () =>
      withTempDir(async (root) => {
        const dir = await writeHistory(join(root, 'a'), [agreed]);
        await exported(dir, join(root, 'bundle'));
        const { bzzz, independent } = await changed(join(root, 'bundle'), change, 'fitting');
        assert.ok(bzzz.includes(finding), `${finding} of ${bzzz.join('; ')}`);
        assert.notDeepEqual(independent, []);
      }));
  }

  it('is found out by a checkpoint that was kept, when all of it is another history with new keys', () =>
    withTempDir(async (root) => {
      const dir = await writeHistory(join(root, 'a'), [agreed]);
      await exported(dir, join(root, 'honest'));
      const forged = await writeHistory(join(root, 'b'), [{ ...agreed, approves: () => false }]);
      const bundle = join(root, 'forged');
      await exported(forged, bundle);
      // Nothing in it tells.
      assert.deepEqual(await opinionsOf(bundle), intact);
      const ran = await bzzzIn(
        root,
        'audit',
        'verify',
        bundle,
        '--against',
        'honest/checkpoint.txt',
        '--json',
      );
      assert.equal(ran.code, 1, ran.err);
      const read: (text: string) => { findings: { check: string; expected: unknown }[] } =
        JSON.parse;
      const { findings } = read(ran.out);
      assert.deepEqual(
        findings.map(({ check }) => check),
        ['witness'],
        ran.out,
      );
    }));
});

describe('an export', () => {
  it('refuses a place that is taken, and leaves nothing when it is stopped', () =>
    withTempDir(async (root) => {
      const dir = await writeHistory(join(root, 'a'), [agreed]);
      const target = join(root, 'bundle');
      const stop = new AbortController();
      stop.abort(new Error('enough'));
      await assert.rejects(exported(dir, target, { signal: stop.signal }), { message: 'enough' });
      await assert.rejects(exported(dir, join(root, 'no/where')), { code: 'ARGUMENT_INVALID' });
      await assert.rejects(exported(dir, target, { thread: threadAddress('shop', 'none') }), {
        code: 'NOT_FOUND',
      });
      assert.deepEqual(await readdir(root), ['a']);
      await exported(dir, target);
      await assert.rejects(exported(dir, target), { code: 'ARGUMENT_INVALID' });
      assert.deepEqual((await readdir(root)).toSorted(), ['a', 'bundle']);
    }));

  it('gives the keys of a thread, and no others, to who asks for them', () =>
    withTempDir(async (root) => {
      const dir = await writeHistory(join(root, 'a'), [agreed, escalated]);
      const ran = await bzzzIn(
        root,
        '--data',
        dir.root,
        'audit',
        'export',
        thread,
        '--out',
        'bundle',
        '--with-keys',
      );
      assert.equal(ran.code, 0, ran.err);
      assert.match(ran.err, /whoever has this bundle can read its texts/);
      const name = `${sha256Hex(thread)}.key`;
      assert.deepEqual(await readdir(join(root, 'bundle/keys')), [name]);
      assert.deepEqual(
        await readFile(join(root, 'bundle/keys', name)),
        await readFile(join(dir.keys, name)),
      );
      assert.deepEqual(await opinionsOf(join(root, 'bundle')), intact);
    }));

  it('says what it wrote, and verify says what it is, for people and for programs', () =>
    withTempDir(async (root) => {
      const dir = await writeHistory(join(root, 'a'), [agreed]);
      const ran = await bzzzIn(root, '--data', dir.root, 'audit', 'export', '--out', 'b', '--json');
      assert.equal(ran.code, 0, ran.err);
      const read: (text: string) => Record<string, unknown> = JSON.parse;
      const { logs, excluded, keys, unsealed, scope } = read(ran.out);
      assert.deepEqual([logs, excluded, keys, unsealed, scope], [7, 0, 0, null, null]);
      const good = await bzzzIn(root, 'audit', 'verify', 'b');
      assert.deepEqual([good.code, good.err], [0, '']);
      assert.match(good.out, /^INTACT\n/);
      await rm(join(root, 'b/logs/0003-agent.tree'));
      const bad = await bzzzIn(root, 'audit', 'verify', 'b');
      assert.deepEqual([bad.code, bad.out], [2, '']);
      assert.match(bad.err, /logs\/0003-agent.tree is missing; .*\[BUNDLE_INVALID\]\n$/);
    }));

  it('leaves a checkpoint that its data directory agrees with', () =>
    withTempDir(async (root) => {
      const dir = await writeHistory(join(root, 'a'), [agreed]);
      await exported(dir, join(root, 'bundle'));
      const checkpoint = parseCheckpoint(
        await readFile(join(root, 'bundle/checkpoint.txt'), 'utf8'),
      );
      const logs = await openReadOnly(dir);
      assert.equal(checkpoint.heads.length, logs.stored.length);
      await logs.close();
    }));
});
