import { writeSync } from 'node:fs';
import { agentAddress, nodeAddress } from '../../events/index.ts';
import { dataDir, readNodeFile, writeNodeFile } from '../../src/log/index.ts';
import type { Durability } from '../../src/ports.ts';
import { openTestNode } from '../support/testNode.ts';

/**
 * A node whose disk may fail: appends one event after the other and says of each what became of it.
 *
 *   node writer.ts DIR DURABILITY COUNT [BYTES]
 *
 * DURABILITY is disk, process, or mixed: each in turn. Prints `acked N`, or `failed N CODE message`, at the moment it is known; `opened` before, and `closed` at the
 * end, or `failed close CODE message`. After a failure it tries three more times, to see that it stays so.
 */
const [root = '', durability = 'disk', count = '1', bytes = '40'] = process.argv.slice(2);
const actor = agentAddress('writer', 'reviewer', 'shop');
const triesAfterFailure = 3;

function say(line: string): void {
  // At once, so that it has its place among the system calls.
  writeSync(1, `${line}\n`);
}

function told(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'UNCODED';
  return `${code} ${error instanceof Error ? error.message : String(error)}`;
}

function levelOf(nth: number): Durability {
  if (durability === 'mixed') return nth % 2 === 0 ? 'disk' : 'process';
  return durability === 'process' ? 'process' : 'disk';
}

async function append(
  host: Awaited<ReturnType<typeof openTestNode>>['host'],
  nth: number,
): Promise<void> {
  await host.handle({
    kind: 'agent',
    actor,
    commandId: `nth/${nth}`,
    command: {
      type: 'remember',
      thread: 'bzzz://*:*@shop:pr-1',
      topic: 'review',
      agent: actor,
      text: `note ${nth} `.padEnd(Number(bytes), String(nth)),
    },
    durability: levelOf(nth),
  });
}

async function main(): Promise<void> {
  const node = await openTestNode(root);
  const { host } = node;
  const dir = dataDir(root);
  if (!(await readNodeFile(dir))) {
    const log = host.logOf(nodeAddress('local')) ?? '';
    await writeNodeFile(dir, { format: 1, name: 'local', log });
  }
  const facts = { name: 'writer', project: 'shop', role: 'reviewer', tier: 'standard' } as const;
  await host.handle({
    kind: 'agent',
    actor,
    commandId: 'register',
    command: { type: 'register', ...facts, roleHash: 'ab'.repeat(32), capabilities: [] },
  });
  const from = (await host.state('agent', actor))?.version ?? 0;
  // The first text makes the key of its subject.
  await append(host, from);
  say('opened');
  let failures = 0;
  for (let nth = from + 1; nth <= from + Number(count) && failures <= triesAfterFailure; nth++) {
    try {
      await append(host, nth);
      say(`acked ${nth}`);
    } catch (error) {
      failures++;
      say(`failed ${nth} ${told(error)}`);
    }
  }
  try {
    await node.close();
    say('closed');
  } catch (error) {
    say(`failed close ${told(error)}`);
    await node.drop().catch(() => undefined);
  }
}

try {
  await main();
} catch (error) {
  say(`failed open ${told(error)}`);
}
