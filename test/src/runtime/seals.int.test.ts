import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, it } from 'node:test';
import { budgetAddress, nodeAddress, type Head } from '../../../events/index.ts';
import { createDataDir, dataDir, openLogStore } from '../../../src/log/index.ts';
import { ActorHost, startSealing } from '../../../src/runtime/index.ts';
import { openTestNode, steppingClock, withTempDir } from '../../support/testNode.ts';

const node = nodeAddress('local');
const [one, two] = [budgetAddress('one'), budgetAddress('two')] as const;

type Host = Pick<ActorHost, 'handle' | 'events' | 'logOf'>;

function open(host: Host, actor: string): Promise<unknown> {
  const project = actor === one ? 'one' : 'two';
  const command = { type: 'open' as const, project };
  return host.handle({ kind: 'budget', actor, commandId: 'open', command });
}

let limits = 0;
function change(host: Host, actor: string): Promise<unknown> {
  const limitMicroUsd = ++limits;
  const command = { type: 'setLimit' as const, scope: 'task', limitMicroUsd, by: 'Ann' };
  return host.handle({ kind: 'budget', actor, commandId: `limit/${limits}`, command });
}

async function sealsOf(host: Host): Promise<Head[][]> {
  const seals: Head[][] = [];
  for await (const { event } of host.events('node', node)) {
    if (event.type === 'node.checkpoint.sealed') seals.push(event.heads);
  }
  return seals;
}

/** Logs of a seal by their actor, with their lengths. */
function lengthsOf(host: Host, seal: readonly Head[] | undefined): Record<string, number> {
  const actors = [one, two, node];
  return Object.fromEntries(
    (seal ?? []).map(({ log, length }) => [
      actors.find((actor) => host.logOf(actor) === log) ?? 'texts',
      length,
    ]),
  );
}

describe('a host', () => {
  it('seals what has grown since it was sealed, and nothing when nothing has', () =>
    withTempDir(async (dir) => {
      const opened = await openTestNode(dir);
      const { host, store } = opened;
      assert.equal(await host.seal(), 0);
      await open(host, one);
      await open(host, two);
      assert.equal(await host.seal(), 2);
      assert.equal(await host.seal(), 0);
      await change(host, two);
      await store.vault.sealBlob('subject', 'x'.repeat(100));
      assert.equal(await host.seal(), 2);
      assert.equal(await host.seal(), 0);
      const seals = await sealsOf(host);
      assert.deepEqual(
        seals.map((seal) => lengthsOf(host, seal)),
        [
          { [one]: 1, [two]: 1 },
          { [two]: 2, texts: 2 },
        ],
      );
      const root = async (actor: string) => (await (await store.open(actor)).head()).root;
      assert.equal(seals[0]?.find(({ log }) => log === host.logOf(one))?.root, await root(one));
      await opened.close();
    }));

  it('seals at the stop what is left, and its own log', () =>
    withTempDir(async (dir) => {
      const clock = steppingClock();
      const first = await openTestNode(dir, clock);
      await open(first.host, one);
      await first.host.seal();
      await open(first.host, two);
      await first.close();
      const second = await openTestNode(dir, clock);
      const seals = await sealsOf(second.host);
      assert.deepEqual(
        seals.map((seal) => lengthsOf(second.host, seal)),
        [{ [one]: 1 }, { [two]: 1, [node]: 4 }],
        'and nothing at the start',
      );
      await second.close();
    }));

  it('seals actors that made room for others', () =>
    withTempDir(async (dir) => {
      const opened = await openTestNode(dir, steppingClock(), 1);
      const { host } = opened;
      await open(host, one);
      await open(host, two);
      await change(host, one);
      assert.equal(await host.seal(), 2);
      assert.deepEqual(lengthsOf(host, (await sealsOf(host))[0]), { [one]: 2, [two]: 1 });
      assert.equal(await host.seal(), 0);
      await opened.close();
    }));

  it('seals at its start what a killed process has left unsealed', () =>
    withTempDir(async (dir) => {
      const clock = steppingClock();
      const first = await openTestNode(dir, clock);
      await open(first.host, one);
      await first.host.seal();
      await open(first.host, two);
      await change(first.host, one);
      await first.store.vault.sealBlob('subject', 'x'.repeat(100));
      await first.drop();
      const second = await openTestNode(dir, clock);
      const [, left, ...more] = await sealsOf(second.host);
      assert.deepEqual(lengthsOf(second.host, left), { [one]: 2, [two]: 1, texts: 2 });
      assert.deepEqual(more, []);
      await second.drop();
      const third = await openTestNode(dir, clock);
      assert.equal((await sealsOf(third.host)).length, 2, 'once');
      await third.close();
    }));

  it('has on disk what it seals', () =>
    withTempDir(async (root) => {
      const dir = dataDir(root);
      await createDataDir(dir);
      const store = await openLogStore(dir);
      const told: string[] = [];
      const host = await ActorHost.start({
        store: {
          ...store,
          async reach(durability) {
            told.push(durability);
            return store.reach(durability);
          },
          async open(actor) {
            const log = await store.open(actor);
            if (actor !== node) return log;
            const append = log.append.bind(log);
            const telling: typeof append = (blocks, length) => {
              told.push(String(blocks[0]).includes('sealed') ? 'seal' : 'other');
              return append(blocks, length);
            };
            return Object.assign(log, { append: telling });
          },
        },
        clock: steppingClock(),
        snapshotsDir: dir.snapshots,
        node: { address: node, name: 'local', version: '0.0.0' },
      });
      const command = { type: 'open' as const, project: 'one' };
      const at = { kind: 'budget' as const, actor: one, commandId: 'open' };
      await host.handle({ ...at, command, durability: 'process' });
      told.length = 0;
      await host.seal();
      assert.deepEqual(told, ['disk', 'seal', 'disk']);
      await host.stop();
      await store.close();
    }));

  it('vouches for nothing in a log that takes no events', () =>
    withTempDir(async (root) => {
      const clock = steppingClock();
      const first = await openTestNode(root, clock);
      await open(first.host, one);
      await open(first.host, two);
      const doubtful = first.host.logOf(two);
      await first.drop();
      const dir = dataDir(root);
      const store = await openLogStore(dir);
      const host = await ActorHost.start({
        store: {
          ...store,
          heads: async () => (await store.heads()).filter(({ log }) => log !== doubtful),
        },
        clock,
        snapshotsDir: dir.snapshots,
        node: { address: node, name: 'local', version: '0.0.0' },
      });
      assert.ok(await host.state('budget', two));
      await host.seal();
      const sealed = (await sealsOf(host)).map((seal) => lengthsOf(host, seal));
      assert.deepEqual(sealed, [{ [one]: 1 }]);
      await host.stop();
      await store.close();
    }));
});

describe('sealing at an interval', () => {
  it('goes on after a failure, one seal at a time, until it is stopped', async () => {
    const seen = { runs: 0, running: 0, most: 0 };
    const sealing = startSealing(2, async () => {
      seen.most = Math.max(seen.most, ++seen.running);
      await sleep(5);
      seen.running--;
      if (++seen.runs === 1) throw new Error('no room');
    });
    while (seen.runs < 3) await sleep(1);
    await sealing.stop();
    assert.equal(seen.running, 0, 'a seal under way is waited for');
    const { runs } = seen;
    await sleep(10);
    assert.deepEqual([seen.runs, seen.most], [runs, 1]);
  });

  it('is never at 0', async () => {
    let runs = 0;
    const sealing = startSealing(0, async () => {
      runs++;
    });
    await sleep(10);
    await sealing.stop();
    assert.equal(runs, 0);
  });
});
