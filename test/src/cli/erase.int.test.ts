import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { agentAddress, sha256Hex } from '../../../events/index.ts';
import { run } from '../../../src/cli/program.ts';
import { openNode } from '../../../src/node.ts';
import { changeOf, subject, writeErasable, type Erasable } from '../../support/erasable.ts';
import { withTempDir } from '../../support/testNode.ts';

const eraser = z.object({ by: z.string(), reason: z.string() });
const entry = z.object({ texts: z.record(z.string(), z.string()), erased: eraser.nullable() });
/** Has found something, and remembers it. */
const agent = agentAddress('reviewer', 'reviewer', 'shop');

function withReviews(use: (store: Erasable) => Promise<void>): () => Promise<void> {
  return () => withTempDir(async (cwd) => use(await writeErasable(cwd)));
}

function eraseArgs(whose = subject, reason = 'asked to', by = 'Ann'): string[] {
  return ['erase', '--subject', whose, '--reason', reason, '--by', by];
}

/** Starts a review and stops it as soon as an agent has found something. */
async function interrupt(cwd: string, ...args: readonly string[]): Promise<number> {
  const stop = new AbortController();
  return run([...args], {
    env: {},
    cwd,
    isTerminal: { out: false, err: false },
    columns: 100,
    clock: { nowMs: () => Date.now() },
    signal: stop.signal,
    out: () => undefined,
    err: (text) => {
      if (/finding|finds/.test(text)) stop.abort(new Error('stopped'));
    },
    read: async () => '',
  });
}

describe('bzzz erase', () => {
  it(
    'tells what it did, to people and to programs, and what was done before',
    withReviews(async (store) => {
      const first = await store.run(...eraseArgs(), '--json');
      assert.equal(first.code, 0, first.err);
      const report = z.record(z.string(), z.unknown()).parse(JSON.parse(first.out));
      const { texts, blobs, at, seq, key, ...rest } = report;
      assert.deepEqual(rest, { subject, reason: 'asked to', by: 'Ann', repeated: false });
      assert.ok(Number(texts) > Number(blobs) && Number(blobs) > 5 && Number(seq) > 0);
      assert.match(String(key), /^[0-9a-f]{64}$/);
      const again = await store.run(...eraseArgs());
      assert.deepEqual(
        [again.code, again.out],
        [0, `${subject}: erased by Ann at ${String(at)}; nothing was left to erase\n`],
      );
    }),
  );

  it(
    'refuses an unknown subject, nobody and no reason, and erases nothing',
    withReviews(async (store) => {
      const unknown = await store.run(...eraseArgs('bzzz://*:*@shop:pr-9'));
      assert.equal(unknown.code, 2);
      assert.match(
        unknown.err,
        /no text of \S+pr-9 is here; .* bzzz thread ls, bzzz agent ls \[NOT_FOUND\]/,
      );
      for (const args of [
        eraseArgs(subject, ' '),
        eraseArgs(subject, 'x'.repeat(501)),
        eraseArgs(subject, 'r', ' '),
      ]) {
        const { code, err } = await store.run(...args);
        assert.equal(code, 2);
        assert.match(err, /Expected a (?:reason|name)/);
      }
      const { out } = await store.run('audit', 'verify');
      assert.match(out, /^INTACT/);
      assert.doesNotMatch(out, /erased/);
    }),
  );

  it(
    'refuses while another process writes',
    withReviews(async (store) => {
      const node = await openNode(store.config);
      try {
        const { code, err } = await store.run(...eraseArgs());
        assert.equal(code, 2);
        assert.match(err, /\[DATA_DIR_LOCKED\]/);
      } finally {
        await node.close();
      }
    }),
  );

  it(
    'leaves everything that reads at work, which says who erased, when and why',
    withReviews(async (store) => {
      await store.run(...eraseArgs());
      const shown = await store.run('thread', 'show', subject);
      assert.match(shown.out, /finds injection.*\n +\(erased by Ann at 2\S+Z: asked to\)/);
      const json = await store.run('thread', 'show', subject, '--restore', '--json');
      const story = z.object({ entries: z.array(entry) }).parse(JSON.parse(json.out));
      const said = story.entries.filter(({ erased }) => erased);
      assert.ok(said.length > 5);
      assert.deepEqual(
        said.filter(({ texts, erased }) => Object.keys(texts).length > 0 || erased?.by !== 'Ann'),
        [],
      );
      const cat = await store.run('log', 'cat', agent, '--text');
      assert.match(cat.out, /"text":null,"erased":\{"by":"Ann","at":"2\S+Z","reason":"asked to"\}/);
      const resumed = await store.run('review', '--resume', subject, '--provider', 'offline');
      assert.ok(resumed.code === 0 || resumed.code === 1, resumed.err);
      for (const args of [
        ['thread', 'ls'],
        ['agent', 'show', agent],
        ['cost'],
        ['views', 'verify'],
        ['audit', 'replay', subject],
      ]) {
        const { code, err } = await store.run(...args);
        assert.equal(code, 0, `${args.join(' ')}: ${err}`);
      }
      await store.run(...eraseArgs(agent));
      const { out } = await store.run('agent', 'show', agent, '--json');
      const { erasures } = z.object({ erasures: z.array(eraser) }).parse(JSON.parse(out));
      assert.deepEqual(
        erasures.map(({ by, reason }) => [by, reason]),
        [['Ann', 'asked to']],
      );
    }),
  );

  it(
    'lets nobody review the same change in the same thread again, and keeps nothing of the attempt',
    withReviews(async (store) => {
      await store.run(...eraseArgs());
      const diff = join(store.cwd, 'pr-1.diff');
      const review = ['review', '--diff', diff, '--task', 'pr-1', '--provider', 'offline'];
      const { code, err } = await store.run(...review);
      assert.equal(code, 2);
      assert.match(err, /texts of \S+pr-1 were erased; .* --again or --task \[BODY_UNREADABLE\]/);
      for (const folder of [store.dir.keys, store.dir.restore]) {
        const names = await readdir(folder);
        assert.ok(names.length > 0);
        assert.deepEqual(
          names.filter((name) => name.startsWith(sha256Hex(subject))),
          [],
        );
      }
      const again = await store.run(...review, '--again', '--format', 'json');
      assert.ok(again.code === 0 || again.code === 1, again.err);
      assert.match(again.out, /"task": "pr-1-2"/);
    }),
  );

  it('takes the texts of a review under way, which then waits for a person', () =>
    withTempDir(async (cwd) => {
      const store = await writeErasable(cwd);
      const diff = join(cwd, 'pr-3.diff');
      await writeFile(diff, changeOf(3));
      const third = subject.replace('pr-1', 'pr-3');
      const at = ['--data', store.dir.root, '--project', 'shop', '--provider', 'offline'];
      const code = await interrupt(cwd, 'review', '--diff', diff, '--task', 'pr-3', ...at);
      assert.equal(code, 130);
      const erased = await store.run(...eraseArgs(third));
      assert.equal(erased.code, 0, erased.err);
      const resumed = await store.run('review', '--resume', third, '--provider', 'offline');
      assert.equal(resumed.code, 3, resumed.err);
      const shown = await store.run('thread', 'show', third);
      assert.match(shown.out, /drops out: BODY_UNREADABLE/);
      const answer = ['--decision', 'approved', '--by', 'Bob', '--note', 'said after the erasure'];
      const resolved = await store.run('escalation', 'resolve', third, ...answer);
      assert.equal(resolved.code, 0, resolved.err);
      const { out } = await store.run('thread', 'show', third);
      assert.match(out, /Bob decides: approved\n +said after the erasure/);
      assert.match(out, /\(erased by Ann at/);
      const views = await store.run('views', 'verify');
      assert.equal(views.code, 0, views.out);
      const verified = await store.run('audit', 'verify');
      assert.match(verified.out, /^INTACT/);
    }));
});
