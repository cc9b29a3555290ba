import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { promisify } from 'node:util';
import { createActor } from 'xstate';
import type { BzzzEvent } from '../../events/index.ts';
import { dataDir } from '../../src/log/index.ts';
import { actorTypes } from '../../src/shared/fold.ts';
import { fromJson } from '../../src/views/fromJson.ts';
import { openTestNode, withTempDir, type TestNode } from '../support/testNode.ts';
import { compare, measure, timed, type Bench, type Figure, type Size } from './harness.ts';
import { histories } from './histories.ts';

const eventsFull = 10_000;

type Name = keyof typeof histories;

/** Ways to the state of an actor: ours, from a snapshot or from the log, and the least there is to do. */
const ways = {
  snapshot: ({ host }: TestNode, name: Name) => stateOf(host, name),
  log: ({ host }: TestNode, name: Name) => stateOf(host, name),
  bare: foldBare,
} as const;
type Way = keyof typeof ways;

/** How long an actor with a long history takes to answer for the first time. */
export const recovery: Bench = {
  name: 'recovery',
  about:
    'an actor, from an open node to its state; bare: JSON.parse and an XState actor; cold: a new process',
  run: (size) =>
    withTempDir(async (root) => {
      const figures: Figure[] = [];
      for (const name of ['agent', 'ledger'] as const) {
        const node = await openTestNode(root);
        await histories[name].write(node, size.of(eventsFull));
        await node.close();
        const what = `${name}, ${size.of(eventsFull).toLocaleString('en')} events`;
        // From the log last: that takes the snapshots away.
        figures.push(...(await fromSnapshot(size, root, name, `${what}, snapshot`)));
        figures.push(...(await fromLog(size, root, name, `${what}, log`)));
      }
      return figures;
    }),
};

async function fromSnapshot(size: Size, root: string, name: Name, what: string): Promise<Figure[]> {
  const of = { unit: 'ms', target: { value: 10 } } as const;
  return [
    await measure(size, { ...of, name: `${what}, cold` }, () => cold(root, name, 'snapshot')),
    await measure(size, { ...of, name: `${what}, warm` }, () => recover(root, name, 'snapshot')),
  ];
}

async function fromLog(size: Size, root: string, name: Name, what: string): Promise<Figure[]> {
  const of = { unit: 'ms', target: { value: 100 } } as const;
  return [
    await compare(
      size,
      { ...of, name: `${what}, cold` },
      { ours: () => cold(root, name, 'log'), bare: () => cold(root, name, 'bare') },
    ),
    await compare(
      size,
      { ...of, name: `${what}, warm` },
      { ours: () => recover(root, name, 'log'), bare: () => recover(root, name, 'bare') },
    ),
  ];
}

/** Milliseconds from an open node to the state of the actor. */
async function recover(root: string, name: Name, way: Way): Promise<number> {
  if (way === 'log') await rm(dataDir(root).snapshots, { recursive: true, force: true });
  const node = await openTestNode(root);
  const recoveredMs = await timed(() => ways[way](node, name));
  // Nothing is put to sleep, so no snapshot is written on the way.
  await node.drop();
  return recoveredMs;
}

async function stateOf(host: TestNode['host'], name: Name): Promise<void> {
  const { kind, actor } = histories[name];
  await host.state(kind, actor);
}

async function foldBare({ store }: TestNode, name: Name): Promise<void> {
  const { kind, actor } = histories[name];
  const log = await store.open(actor);
  const folded = createActor(actorTypes[kind].machine);
  folded.start();
  for await (const block of log.read()) {
    const { event } = fromJson<{ event: BzzzEvent }>(Buffer.from(block).toString());
    folded.send(event);
  }
  await log.close();
}

async function cold(root: string, name: Name, way: Way): Promise<number> {
  const args = [import.meta.filename, root, name, way];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return Number(stdout);
}

function isKey<T extends object>(key: PropertyKey, of: T): key is keyof T {
  return Object.hasOwn(of, key);
}

if (import.meta.main) {
  const [, , root = '', name = '', way = ''] = process.argv;
  if (!isKey(name, histories) || !isKey(way, ways)) throw new TypeError(`no ${name} by ${way}`);
  console.log(await recover(root, name, way));
}
