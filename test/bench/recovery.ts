import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { promisify } from 'node:util';
import { budgetAddress, threadAddress } from '../../events/index.ts';
import { dataDir } from '../../src/log/index.ts';
import { openTestNode, withTempDir, type TestNode } from '../support/testNode.ts';
import { measure, timed, type Bench, type Figure, type Size } from './harness.ts';

const eventsFull = 10_000;
const callsPerTask = 50;
const ledger = budgetAddress('shop');
const sources = ['log', 'snapshot'] as const;
type Source = (typeof sources)[number];

/** How long an actor with a long history takes to answer for the first time. */
export const recovery: Bench = {
  name: 'recovery',
  about:
    'the ledger of a project, from an open node to its state; cold: first work of a new process',
  run: (size) =>
    withTempDir(async (root) => {
      const events = size.of(eventsFull);
      await writeLedger(root, events);
      return [
        ...(await recoveries(size, root, events, 'snapshot', 10)),
        ...(await recoveries(size, root, events, 'log', 100)),
      ];
    }),
};

async function recoveries(
  size: Size,
  root: string,
  events: number,
  source: Source,
  targetMs: number,
): Promise<Figure[]> {
  const of = { unit: 'ms', target: { value: targetMs } } as const;
  const name = `${events} events from ${source}`;
  return [
    await measure(size, { ...of, name: `${name}, cold` }, () => recoverElsewhere(root, source)),
    await measure(size, { ...of, name: `${name}, warm` }, () => recover(root, source)),
  ];
}

/** Milliseconds from an open node to the state of the ledger. */
async function recover(root: string, source: Source): Promise<number> {
  if (source === 'log') await rm(dataDir(root).snapshots, { recursive: true, force: true });
  const node = await openTestNode(root);
  const recoveredMs = await timed(() => node.host.state('budget', ledger));
  // Nothing is put to sleep, so no snapshot is written on the way.
  await node.drop();
  return recoveredMs;
}

async function recoverElsewhere(root: string, source: Source): Promise<number> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    import.meta.filename,
    root,
    source,
  ]);
  return Number(stdout);
}

async function writeLedger(root: string, events: number): Promise<void> {
  const node = await openTestNode(root);
  await tell(node, 'open', { type: 'open', project: 'shop' });
  for (const scope of ['task', 'day']) {
    const limitMicroUsd = Number.MAX_SAFE_INTEGER;
    await tell(node, `limit/${scope}`, { type: 'setLimit', scope, limitMicroUsd, by: 'Ann' });
  }
  for (let call = 0; 3 + 2 * call < events; call++) await pay(node, call);
  await node.close();
}

async function pay(node: TestNode, call: number): Promise<void> {
  const task = `pr-${Math.floor(call / callsPerTask)}`;
  const priceBook = 'ab'.repeat(32);
  const hold = `${task}/review/0/reviewer/call/${call}`;
  await tell(node, `${hold}/hold`, {
    type: 'hold',
    hold,
    scopes: [`task:${task}`, 'day:2026-11-23'],
    amountMicroUsd: 5000,
    expiresInMs: 60_000,
    thread: threadAddress('shop', task),
    agent: 'bzzz://reviewer:reviewer@shop:*',
    model: 'small-1',
    priceBook,
  });
  const usage = { inputTokens: 3000, cachedInputTokens: 0, outputTokens: 400, reasoningTokens: 0 };
  const settlement = { hold, reportedMicroUsd: 4000, usage, priceBook };
  await tell(node, `${hold}/settle`, { type: 'settle', ...settlement });
}

function tell(
  { host }: TestNode,
  commandId: string,
  command: Parameters<typeof host.handle<'budget'>>[0]['command'],
) {
  return host.handle({ kind: 'budget', actor: ledger, commandId, command, durability: 'process' });
}

if (import.meta.main) {
  const [, , root = '', source] = process.argv;
  console.log(await recover(root, source === 'log' ? 'log' : 'snapshot'));
}
