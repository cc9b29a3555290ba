import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'node:test';
import { agentAddress, type SealedBody } from '../../../events/index.ts';
import type { EraseStep } from '../../../src/log/erase.ts';
import { dataDir, openReadOnly } from '../../../src/log/index.ts';
import { openNode } from '../../../src/node.ts';
import { searchBytes, type Needles } from '../../support/byteSearch.ts';
import {
  flush,
  inlineOf,
  keyFile,
  needlesOf,
  other,
  subject,
  writeErasable,
  type Erasable,
} from '../../support/erasable.ts';
import { withTempDir } from '../../support/testNode.ts';
import { auditOf } from '../audit/attack.ts';

const child = fileURLToPath(new URL('../../support/eraseAndDie.ts', import.meta.url));
const request = { subject, reason: 'asked to', by: 'Ann' };

function withReviews(use: (store: Erasable) => Promise<void>): () => Promise<void> {
  return () => withTempDir(async (cwd) => use(await writeErasable(cwd)));
}

/** What verify says of erasures. */
async function verified({ dir }: Erasable): Promise<{ intact: boolean; erased: string[] }> {
  const { intact, notes } = await auditOf(dir);
  return {
    intact,
    erased: notes.flatMap(({ kind, message }) => (kind === 'erased' ? message : [])),
  };
}

/** Finished: nothing is found, the history is whole, the views are as the events make them. */
async function assertErased(store: Erasable, needles: Needles): Promise<void> {
  assert.deepEqual(await searchBytes(store.dir.root, needles), []);
  const { intact, erased } = await verified(store);
  assert.equal(intact, true);
  assert.equal(erased.length, 1);
  assert.match(
    erased[0] ?? '',
    /^\S+pr-1: erased by Ann at 2\S+Z \(asked to\); \d\d+ of its texts cannot be read$/,
  );
  for (const command of ['verify', 'rebuild', 'verify']) {
    const { code, out, err } = await store.run('views', command);
    assert.equal(code, 0, out + err);
  }
  assert.deepEqual(await searchBytes(store.dir.root, needles), []);
}

/** Goes on with a store as any command that writes does. */
async function restart({ config }: Erasable): Promise<void> {
  await (await openNode(config)).close();
}

describe('an erasure', () => {
  for (const flushed of [false, true]) {
    it(
      `leaves no byte of key, large ciphertexts and texts, ${flushed ? 'also' : 'not yet'} in table files`,
      withReviews(async (store) => {
        if (flushed) await flush(store.dir);
        const needles = await needlesOf(store.dir);
        const before = await searchBytes(store.dir.root, needles);
        assert.deepEqual(
          new Set(before.map((hit) => hit.replace(/^(\w+)\/.*: /, '$1: '))),
          new Set(['keys: key', 'restore: map', 'store: ciphertext']),
        );
        const inline = await inlineOf(store.dir);
        assert.notDeepEqual(await searchBytes(store.dir.views, inline), []);
        if (flushed) assert.ok(before.some((hit) => /db\/\d+\.blob: ciphertext/.test(hit)));
        await writeFile(join(store.dir.root, 'control'), needles['plaintext']?.[7] ?? '');
        assert.ok((await searchBytes(store.dir.root, needles)).includes('control: plaintext'));
        await rm(join(store.dir.root, 'control'));

        const { code, out, err } = await store.run(
          'erase',
          '--subject',
          subject,
          '--reason',
          'asked to',
          '--by',
          'Ann',
        );
        assert.equal(code, 0, err);
        assert.match(out, /erased by Ann at .*; \d+ texts cannot be read any more/);
        await assertErased(store, needles);
        assert.deepEqual(await searchBytes(store.dir.views, inline), []);
        assert.notDeepEqual(await searchBytes(store.dir.store, inline), []);
        const rest = await needlesOf(store.dir, other, 2);
        assert.notDeepEqual(await searchBytes(store.dir.root, rest), []);
      }),
    );
  }

  for (const step of ['record', 'key', 'maps', 'texts', 'snapshots', 'views', 'compact'] as const) {
    it(
      `is finished by the next start when its process is killed after the step ${step}`,
      withReviews(async (store) => {
        await flush(store.dir);
        const needles = await needlesOf(store.dir);
        const { signal, stderr } = spawnSync(
          process.execPath,
          [child, store.dir.root, subject, step satisfies EraseStep],
          { encoding: 'utf8' },
        );
        assert.equal(signal, 'SIGKILL', stderr);
        const { intact, erased } = await verified(store);
        assert.equal(intact, true);
        assert.equal(/not finished: its key is here/.test(erased[0] ?? ''), step === 'record');
        const unfinished = await searchBytes(store.dir.root, needles);
        assert.equal(unfinished.length > 0, step !== 'compact');
        await restart(store);
        await assertErased(store, needles);
      }),
    );
  }

  it(
    'takes a key away again that was put back',
    withReviews(async (store) => {
      const path = keyFile(store.dir, subject);
      const key = await readFile(path);
      await store.run('erase', '--subject', subject, '--reason', 'asked to', '--by', 'Ann');
      await writeFile(path, key, { mode: 0o600 });
      assert.match((await verified(store)).erased[0] ?? '', /not finished: its key is here/);
      await restart(store);
      await assert.rejects(readFile(path), { code: 'ENOENT' });
      assert.doesNotMatch((await verified(store)).erased[0] ?? '', /not finished/);
    }),
  );

  it(
    'leaves nothing of a key that was being destroyed or made when the process ended',
    withReviews(async (store) => {
      const path = keyFile(store.dir, subject);
      await writeFile(`${path}.0badcafe.tmp`, await readFile(path));
      await store.run('erase', '--subject', subject, '--reason', 'asked to', '--by', 'Ann');
      const names = await readdir(store.dir.keys);
      assert.deepEqual(
        names.filter((name) => path.endsWith(name.slice(0, 64) + '.key')),
        [],
      );
    }),
  );

  it(
    'clears texts that nobody came to refer to, and none of other subjects',
    withReviews(async (store) => {
      const node = await openNode(store.config);
      const orphan = await node.vault.sealBlob(subject, 'x'.repeat(50_000));
      const stranger = await node.vault.sealBlob(other, 'y'.repeat(50_000));
      const { erasure } = await node.erase(request);
      assert.ok(erasure.blobs.includes(orphan.hash));
      assert.equal(await node.vault.openBlob(subject, orphan), null);
      assert.equal(await node.vault.openBlob(other, stranger), 'y'.repeat(50_000));
      await node.close();
      assert.equal((await verified(store)).intact, true);
    }),
  );

  it(
    'can be stopped until it is recorded, and not after',
    withReviews(async (store) => {
      const node = await openNode(store.config);
      const stop = new AbortController();
      await assert.rejects(
        node.erase(request, {
          signal: stop.signal,
          onProgress: ({ step }) => {
            if (step === 'read') stop.abort(new Error('enough'));
          },
        }),
        /enough/,
      );
      assert.deepEqual((await verified(store)).erased, []);
      const late = new AbortController();
      const steps = new Set<string>();
      const { repeated } = await node.erase(request, {
        signal: late.signal,
        onProgress: ({ step }) => {
          steps.add(step);
          if (step === 'record') late.abort(new Error('too late'));
        },
      });
      assert.equal(repeated, false);
      assert.deepEqual(
        [...steps],
        ['read', 'record', 'key', 'maps', 'texts', 'snapshots', 'views', 'compact'],
      );
      await node.close();
    }),
  );
});

describe('a subject that speaks again', () => {
  const agent = agentAddress('ada', 'reviewer', 'shop');

  async function remember(node: Awaited<ReturnType<typeof openNode>>, text: string, id: string) {
    const thread = 'bzzz://*:*@shop:pr-1';
    const { events } = await node.host.handle({
      kind: 'agent',
      actor: agent,
      commandId: id,
      command: { type: 'remember', thread, topic: 'review.outcome', agent, text },
    });
    const body = events[0]?.body;
    assert.ok(body);
    return body;
  }

  it(
    'gets a new key; its old texts read as erased, small and large, in every process',
    withReviews(async (store) => {
      const node = await openNode(store.config);
      const role = { name: 'ada', role: 'reviewer', project: 'shop', roleHash: 'a'.repeat(64) };
      const more = { capabilities: ['review'], tier: 'standard' as const };
      const register = { type: 'register' as const, ...role, ...more };
      await node.host.handle({ kind: 'agent', actor: agent, commandId: 'r', command: register });
      const old: SealedBody[] = [];
      for (const [index, text] of ['small', 'large '.repeat(9_000)].entries()) {
        old.push(await remember(node, text, `old-${index}`));
      }
      const wish = { ...request, subject: agent };
      const first = await node.erase(wish);
      assert.deepEqual([first.texts, first.erasure.blobs.length], [2, 1]);
      const fresh = await remember(node, 'after', 'new');
      const opened = async (vault: typeof node.vault | Pick<typeof node.vault, 'open'>) =>
        Promise.all([...old, fresh].map((body) => vault.open(body)));
      assert.deepEqual(await opened(node.vault), [null, null, 'after']);
      await node.close();

      const logs = await openReadOnly(dataDir(store.dir.root));
      assert.deepEqual(await opened(logs.vault), [null, null, 'after']);
      await logs.close();

      const again = await openNode(store.config);
      const second = await again.erase(wish);
      assert.deepEqual([second.texts, second.erasure.blobs.length], [1, 0]);
      assert.notEqual(second.erasure.key, first.erasure.key);
      assert.deepEqual(await opened(again.vault), [null, null, null]);
      const third = await again.erase(wish);
      assert.deepEqual([third.repeated, third.erasure.seq], [true, second.erasure.seq]);
      await again.close();
      const { intact, erased } = await verified(store);
      assert.equal(intact, true);
      assert.equal(erased.length, 2);
    }),
  );
});
