import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { promisify } from 'node:util';
import { dataDir } from '../../src/log/index.ts';
import { openTestNode, withTempDir } from '../support/testNode.ts';
import { measure, timed, type Bench, type Figure, type Size } from './harness.ts';
import { histories } from './histories.ts';

const eventsFull = 10_000;
const targetMs = { snapshot: 10, log: 100 } as const;

type Name = keyof typeof histories;
type Source = keyof typeof targetMs;

/** How long an actor with a long history takes to answer for the first time. */
export const recovery: Bench = {
  name: 'recovery',
  about: 'an actor, from an open node to its state; cold: the first work of a new process',
  run: (size) =>
    withTempDir(async (root) => {
      const events = size.of(eventsFull);
      const figures: Figure[] = [];
      for (const name of ['agent', 'ledger'] as const) {
        const node = await openTestNode(root);
        await histories[name].write(node, events);
        await node.close();
        // From the log last: that takes the snapshots away.
        for (const source of ['snapshot', 'log'] as const)
          figures.push(...(await recoveries(size, root, name, source)));
      }
      return figures;
    }),
};

async function recoveries(size: Size, root: string, name: Name, source: Source): Promise<Figure[]> {
  const of = { unit: 'ms', target: { value: targetMs[source] } } as const;
  const what = `${name}, ${size.of(eventsFull).toLocaleString('en')} events, from ${source}`;
  return [
    await measure(size, { ...of, name: `${what}, cold` }, () =>
      recoverElsewhere(root, name, source),
    ),
    await measure(size, { ...of, name: `${what}, warm` }, () => recover(root, name, source)),
  ];
}

/** Milliseconds from an open node to the state of the actor. */
async function recover(root: string, name: Name, source: Source): Promise<number> {
  if (source === 'log') await rm(dataDir(root).snapshots, { recursive: true, force: true });
  const { kind, actor } = histories[name];
  const node = await openTestNode(root);
  const recoveredMs = await timed(() => node.host.state(kind, actor));
  // Nothing is put to sleep, so no snapshot is written on the way.
  await node.drop();
  return recoveredMs;
}

async function recoverElsewhere(root: string, name: Name, source: Source): Promise<number> {
  const args = [import.meta.filename, root, name, source];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return Number(stdout);
}

if (import.meta.main) {
  const [, , root = '', name, source] = process.argv;
  const ofLog = source === 'log' ? 'log' : 'snapshot';
  console.log(await recover(root, name === 'agent' ? 'agent' : 'ledger', ofLog));
}
