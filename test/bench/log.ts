import { join } from 'node:path';
import Corestore from 'corestore';
import { agentAddress } from '../../events/index.ts';
import { GroupCommit } from '../../src/log/groupCommit.ts';
import { openTestNode, withTempDir, type TestNode } from '../support/testNode.ts';
import { compare, measure, rate, type Bench, type Size } from './harness.ts';

const writers = 64;
const eventsPerWriterFull = 100;
const text = 'The loop asks the database once per row; one query with a join does the same.';

/** Which of the actors a writer talks to. */
type Spread = 'each its own' | 'all the same';

/**
 * What an actor costs over its log: commands decided, checked, sealed, appended, synced and acknowledged,
 * against the same blocks appended to bare hypercores by as many writers, who share syncs in the same way.
 */
export const log: Bench = {
  name: 'log',
  about: `acknowledged at durability disk, ${writers} writers; bare: hypercore append, same blocks and syncs`,
  async run(size) {
    const target = { ratio: 0.7 };
    return [
      await compareWriters(size, `append, ${writers} actors`, 'each its own', target),
      await compareWriters(size, 'append, one actor', 'all the same', target),
      await measureWait(size, 'each its own', 50),
      await measureWait(size, 'each its own', 99, { value: 10 }),
      await measureWait(size, 'all the same', 50),
      await measureWait(size, 'all the same', 99, { value: 10 }),
    ];
  },
};

function compareWriters(size: Size, name: string, spread: Spread, target: { ratio: number }) {
  const perWriter = size.of(eventsPerWriterFull);
  let blocks: Uint8Array[][] = [];
  return compare(
    size,
    { name, unit: 'events/s', target },
    {
      ours: () =>
        withTempDir(async (dir) => {
          const node = await openTestNode(dir);
          const actors = await register(node, spread === 'each its own' ? writers : 1);
          const measured = await rate(writers * perWriter, () =>
            each(writers, (writer) => remember(node, actorOf(actors, writer), writer, perWriter)),
          );
          blocks = await Promise.all(actors.map((actor) => blocksOf(node, actor)));
          await node.close();
          return measured;
        }),
      bare: () => withTempDir((dir) => appendBare(dir, blocks, perWriter)),
    },
  );
}

/** How long a writer waits for its acknowledgement while the others write too. */
function measureWait(size: Size, spread: Spread, percentile: number, target?: { value: number }) {
  const perWriter = size.of(eventsPerWriterFull);
  const count = spread === 'each its own' ? writers : 1;
  const of = count === 1 ? 'one actor' : `${count} actors`;
  const name = `wait of a writer, ${of}, ${percentile === 50 ? 'median' : `p${percentile}`}`;
  return measure(size, { name, unit: 'ms', ...(target && { target }) }, () =>
    withTempDir(async (dir) => {
      const node = await openTestNode(dir);
      const actors = await register(node, count);
      const waits: number[] = [];
      await each(writers, (writer) =>
        remember(node, actorOf(actors, writer), writer, perWriter, waits),
      );
      await node.close();
      waits.sort((a, b) => a - b);
      return waits[Math.floor((waits.length * percentile) / 100)] ?? 0;
    }),
  );
}

async function appendBare(
  dir: string,
  blocks: readonly (readonly Uint8Array[])[],
  perWriter: number,
): Promise<number> {
  const store = new Corestore(dir);
  const commit = new GroupCommit(join(dir, 'db'));
  const cores = blocks.map((_, index) => store.get({ name: `bare/${index}` }));
  await Promise.all(cores.map((core) => core.ready()));
  await commit.sync();
  const measured = await rate(writers * perWriter, () =>
    each(writers, async (writer) => {
      const core = cores[writer % cores.length];
      const own = blocks[writer % cores.length] ?? [];
      for (let nth = 0; nth < perWriter; nth++) {
        const block = own[nth % own.length];
        if (!core || !block) throw new TypeError('nothing to append');
        await core.append([block]);
        await commit.sync();
      }
    }),
  );
  await commit.close();
  await store.close();
  return measured;
}

function each(count: number, work: (index: number) => Promise<void>): Promise<void[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => work(index)));
}

function actorOf(actors: readonly string[], writer: number): string {
  return actors[writer % actors.length] ?? '';
}

async function register({ host }: Pick<TestNode, 'host'>, count: number): Promise<string[]> {
  const names = Array.from({ length: count }, (_, index) => `agent-${index}`);
  return Promise.all(
    names.map(async (name) => {
      const actor = agentAddress(name, 'reviewer', 'shop');
      const facts = { name, project: 'shop', role: 'reviewer', tier: 'standard' } as const;
      await host.handle({
        kind: 'agent',
        actor,
        commandId: 'register',
        command: { type: 'register', ...facts, roleHash: 'ab'.repeat(32), capabilities: [] },
      });
      // The first text of a subject makes its key, which is synced.
      await remember({ host }, actor, -1, 1);
      return actor;
    }),
  );
}

async function remember(
  { host }: Pick<TestNode, 'host'>,
  actor: string,
  writer: number,
  count: number,
  waits: number[] = [],
): Promise<void> {
  const thread = 'bzzz://*:*@shop:pr-1';
  for (let nth = 0; nth < count; nth++) {
    const startMs = performance.now();
    await host.handle({
      kind: 'agent',
      actor,
      commandId: `remember/${writer}/${nth}`,
      command: { type: 'remember', thread, topic: 'review', agent: actor, text },
      durability: 'disk',
    });
    waits.push(performance.now() - startMs);
  }
}

async function blocksOf({ store }: TestNode, actor: string): Promise<Uint8Array[]> {
  const opened = await store.open(actor);
  const blocks: Uint8Array[] = [];
  for await (const block of opened.read(2)) blocks.push(block);
  await opened.close();
  return blocks;
}
