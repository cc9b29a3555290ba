import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { agentAddress, nodeAddress, threadAddress } from '../../../events/index.ts';
import { checkHeads, type DataDir } from '../../../src/log/index.ts';
import { agreed, writeHistory } from '../../support/history.ts';
import { bzzzIn } from '../../support/inProcess.ts';
import { openTestNode, withTempDir, type TestNode } from '../../support/testNode.ts';
import { Forger } from '../audit/forger.ts';

const victim = agentAddress('architect', 'architect', 'shop');
const other = agentAddress('reviewer', 'reviewer', 'shop');
const thread = threadAddress('shop', 'pr-1');
const node = nodeAddress('local');

type Forgery = (forger: Forger, key: string) => Promise<void>;

const forged = (was: Uint8Array): Uint8Array =>
  Buffer.from(Buffer.from(was).toString('utf8').replace('architect', 'architekt'));

/** What somebody with the disk does to a log, and what the node says it expected. */
const forgeries: Readonly<Record<string, readonly [forge: Forgery, expected: RegExp]>> = {
  'a changed block under a tree made to fit': [
    async (forger, key) => {
      await forger.changeBlock(key, 0, forged);
      await forger.rebuildTree(key);
    },
    /the roots of its \d+ events are not those of its stored head/,
  ],
  'blocks under the signature of a stranger': [
    async (forger, key) => forger.replace(key, (await forger.blocksOf(key)).map(forged), 'foreign'),
    /is not signed by its key/,
  ],
  'blocks under the signature of the log itself': [
    async (forger, key) => forger.replace(key, (await forger.blocksOf(key)).map(forged)),
    /its first \d+ events are not those that its node has sealed/,
  ],
  'a story that goes on from another past': [
    async (forger, key) => {
      const blocks = (await forger.blocksOf(key)).map(forged);
      await forger.replace(key, [...blocks, Buffer.from('{}')]);
    },
    /its first \d+ events are not those that its node has sealed/,
  ],
  'a tail cut off and signed again': [
    async (forger, key) => forger.replace(key, (await forger.blocksOf(key)).slice(0, -1)),
    /events are gone that its node has sealed \(expected \d+ or more, found \d+\)/,
  ],
  'a tail taken back and said anew': [
    async (forger, key) => {
      const blocks = await forger.blocksOf(key);
      await forger.truncate(key, blocks.length - 1, forged(blocks.at(-1) ?? Buffer.of()));
    },
    /it was cut back and written anew \(expected fork 0, found 1\)/,
  ],
  'another signer beside the key': [
    (forger, key) => forger.changeSigner(key),
    /its key is not the hash of its one signer/,
  ],
  'a log that is gone': [(forger, key) => forger.remove(key), /it is not in the store/],
};

describe('a log that was changed while no node ran', () => {
  for (const [name, [forge, expected]] of Object.entries(forgeries)) {
    it(`takes no events, and the others do: ${name}`, () =>
      withVictim(async (dir) => {
        const key = await Forger.at(dir, (forger) => forger.keyOf(victim));
        await Forger.at(dir, (forger) => forge(forger, key));
        const before = await blocksOf(dir, key);
        const running = await openTestNode(dir.root);
        const refusal = { code: 'LOG_CORRUPT', message: expected };
        await assert.rejects(remember(running, victim), refusal);
        await assert.rejects(remember(running, victim), {
          message:
            /^nothing is appended to the log of bzzz:.*run bzzz audit verify, then .*restore$/,
        });
        await remember(running, other);
        await running.close();
        assert.deepEqual(await blocksOf(dir, key), before, 'nothing is appended');
        // The end of the run has sealed nothing of it either: it is refused again.
        const again = await openTestNode(dir.root);
        await assert.rejects(remember(again, victim), refusal);
        await again.drop();
        const { code, out } = await bzzzIn(dir.root, 'doctor', '--data', dir.root);
        assert.equal(code, 1);
        assert.match(out, expected);
      }));
  }

  for (const actor of [node, 'texts']) {
    it(`keeps the node from starting when it is the log of ${actor}`, () =>
      withVictim(async (dir) => {
        const key = await Forger.at(dir, async (forger) => {
          const found = await forger.keyOf(actor);
          await forger.changeBlock(found, 1, (was) => was.toReversed());
          await forger.rebuildTree(found);
          return found;
        });
        const before = await blocksOf(dir, key);
        await assert.rejects(openTestNode(dir.root), { name: 'Corrupt' });
        await rm(join(dir.root, 'node.json'));
        await assert.rejects(openTestNode(dir.root), { name: 'Corrupt' }, 'nor without its name');
        assert.deepEqual(await blocksOf(dir, key), before);
      }));
  }

  it('is told to whoever writes to it, and keeps nobody from the rest', () =>
    withVictim(async (dir) => {
      const bzzz = async (...args: string[]) => bzzzIn(dir.root, ...args, '--data', dir.root);
      assert.equal((await bzzz('thread', 'ls')).code, 0, 'the views hold the honest history');
      await Forger.at(dir, async (forger) => {
        const key = await forger.keyOf(victim);
        await forger.replace(key, (await forger.blocksOf(key)).map(forged));
      });
      const refused = await bzzz('agent', 'suspend', victim, '--by', 'ann');
      assert.deepEqual([refused.code, refused.out], [2, '']);
      assert.match(
        refused.err,
        /^bzzz: nothing is appended to the log of [^\n]* \[LOG_CORRUPT\]\n$/,
      );
      const done = await bzzz('agent', 'suspend', other, '--by', 'ann');
      assert.deepEqual([done.code, done.err], [0, '']);
      assert.equal((await bzzz('agent', 'suspend', victim, '--by', 'ann')).code, 2, 'still');
    }));

  it('is not believed what the seals in a changed block of the node say', () =>
    withVictim(async (dir) => {
      await Forger.at(dir, async (forger) => {
        const key = await forger.keyOf(node);
        const events = await forger.events(node);
        const sealed = events.findIndex(({ event }) => event.type === 'node.checkpoint.sealed');
        // The block alone: neither tree nor head know of it.
        await forger.changeBlock(key, sealed, (was) =>
          Buffer.from(
            Buffer.from(was)
              .toString()
              .replace(/"length":\d+/, '"length":1'),
          ),
        );
      });
      await assert.rejects(openTestNode(dir.root), {
        code: 'LOG_CORRUPT',
        message: /its \d+ blocks do not have the root of its stored head/,
      });
    }));

  it('is refused when nobody has registered it', () =>
    withVictim(async (dir) => {
      await Forger.at(dir, (forger) => forger.intrude(Buffer.from('{}')));
      const { refused } = await checkHeads(dir);
      const [problem] = refused.values();
      assert.equal(refused.size, 1);
      assert.match(problem?.message ?? '', /it holds 1 events \(expected a registration/);
    }));
});

describe('the heads of an honest history', () => {
  it('are as they were signed and sealed, also after a kill and without the name of the node', () =>
    withTempDir(async (root) => {
      for (const ending of ['stopped', 'killed'] as const) {
        const dir = await writeHistory(join(root, ending), [agreed], ending);
        const { logs, refused } = await checkHeads(dir);
        assert.deepEqual([...refused.values()], []);
        assert.ok(logs >= 6, `${logs} logs`);
        await rm(join(dir.root, 'node.json'));
        const running = await openTestNode(dir.root);
        await remember(running, victim);
        assert.deepEqual([...running.store.refused], []);
        await running.close();
      }
    }));
});

function withVictim(use: (dir: DataDir) => Promise<void>): Promise<void> {
  return withTempDir(async (root) => use(await writeHistory(root, [agreed])));
}

/** What a log holds, as hex; nothing when it is gone. */
function blocksOf(dir: DataDir, key: string): Promise<string[]> {
  return Forger.at(dir, async (forger) => {
    const blocks = await forger.blocksOf(key).catch(() => []);
    return blocks.map((block) => Buffer.from(block).toString('hex'));
  });
}

async function remember({ host }: TestNode, actor: string): Promise<void> {
  await host.handle({
    kind: 'agent',
    actor,
    commandId: 'one-more',
    command: { type: 'remember', thread, topic: 'review', agent: actor, text: 'one more' },
  });
}
