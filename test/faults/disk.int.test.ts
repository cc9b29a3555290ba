import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { agentAddress } from '../../events/index.ts';
import { dataDir } from '../../src/log/index.ts';
import { auditOf, told } from '../src/audit/attack.ts';
import { openTestNode, withTempDir } from '../support/testNode.ts';
import { linesOf, whyNoMount, whyNoTrace, writerArgs, writeWithFault } from './strace.ts';

const actor = agentAddress('writer', 'reviewer', 'shop');
const root = join(import.meta.dirname, '../..');

/** Each fails from some call on, or once: what the kernel says no to once it may have dropped for good. */
const faults: Readonly<Record<string, readonly [durability: string, inject: string]>> = {
  'a disk that is full': ['disk', 'write:error=ENOSPC:when=30+'],
  'a disk that is full for a moment': ['disk', 'write:error=ENOSPC:when=30'],
  'a write that fails': ['disk', 'write:error=EIO:when=31+'],
  'a write that fails at level process': ['process', 'write:error=EIO:when=30'],
  'a sync that fails': ['disk', 'fdatasync:error=EIO:when=12+'],
  'a sync that fails once': ['disk', 'fdatasync:error=EIO:when=12'],
  'a sync that fails once, between events that need none': ['mixed', 'fdatasync:error=EIO:when=12'],
  'a file system that has become read-only': ['disk', 'write:error=EROFS:when=30+'],
};

describe('a disk that fails', { skip: await whyNoTrace(), concurrency: 2 }, () => {
  for (const [name, [durability, inject]] of Object.entries(faults)) {
    it(`acknowledges nothing that is not there, and goes on once it is mended: ${name}`, () =>
      withTempDir(async (dir) => {
        const data = join(dir, 'data');
        const lines = await writeWithFault({ root: data, durability, count: 40 }, inject);
        const acked = numbersIn(lines, 'acked');
        const failed = numbersIn(lines, 'failed');
        assert.ok(acked.length > 2 && failed.length > 2, lines.join('\n'));
        assert.ok(Math.max(...acked) < Math.min(...failed), 'nothing is acknowledged afterwards');
        for (const line of lines.filter((said) => said.startsWith('failed'))) {
          assert.match(
            line,
            /^failed (\d+|close) STORAGE_FAILED the disk of \S+ did not take .*run the command again$/,
          );
        }
        await requireThere(data, acked);
      }));
  }
});

describe('a file system', { skip: await whyNoMount() }, () => {
  it('that runs full says so, and with more room the same directory goes on', () =>
    withTempDir(async (dir) => {
      const data = join(dir, 'data');
      const run = writerArgs(
        { root: join(dir, 'disk', 'data'), durability: 'disk', count: 300 },
        15_000,
      );
      const node = [process.execPath, ...run].map(quoted).join(' ');
      const disk = quoted(join(dir, 'disk'));
      const lines = await inNamespace(
        `mkdir ${disk}; mount -t tmpfs -o size=4m none ${disk}; ${node};` +
          `mount -o remount,size=64m ${disk}; ${node}; cp -a ${disk}/data ${quoted(data)}`,
      );
      const failed = lines.find((line) => line.startsWith('failed'));
      assert.match(failed ?? '', /^failed \d+ STORAGE_FAILED .*[Nn]o space left.*make room/);
      assert.equal(
        lines.filter((line) => line.startsWith('failed') && !/STORAGE_FAILED/.test(line)).length,
        0,
      );
      assert.equal(lines.at(-1), 'closed', lines.slice(-3).join('\n'));
      const acked = numbersIn(lines, 'acked');
      assert.ok(acked.length > 300, `${acked.length} acknowledged in both runs`);
      const report = await auditOf(dataDir(data));
      assert.ok(report.intact, told(report));
      assert.ok(
        (report.logs.find((log) => log.actor === actor)?.length ?? 0) > Math.max(...acked) / 2,
      );
    }));

  it('that is too small for a backup has nothing of it left, and one that is full is refused', () =>
    withTempDir(async (dir) => {
      const disk = join(dir, 'disk');
      const run = writerArgs(
        { root: join(dir, 'data'), durability: 'process', count: 300 },
        15_000,
      );
      await linesOf(process.execPath, run);
      const bzzz = [process.execPath, join(root, 'src/cli/main.ts')].map(quoted).join(' ');
      const small = writerArgs({ root: join(disk, 'data'), durability: 'disk', count: 3 });
      const lines = await inNamespace(
        `mkdir ${quoted(disk)}; mount -t tmpfs -o size=2m none ${quoted(disk)}; cd ${quoted(disk)};` +
          `${bzzz} backup safe --data ../data; echo code $?; ls -A;` +
          `${[process.execPath, ...small].map(quoted).join(' ')}; cat /dev/zero > rest;` +
          `${bzzz} agent suspend ${quoted(actor)} --by ann --data data; echo code $?`,
      );
      assert.match(lines[0] ?? '', /^bzzz: the disk of .*[Nn]o space left.*\[STORAGE_FAILED\]$/);
      assert.deepEqual(lines.slice(1, 3), ['code 2', 'opened'], lines.join('\n'));
      const [refused = '', code] = lines.slice(-2);
      assert.match(
        refused,
        /^bzzz: .*[Nn]o space left.* \[(STORAGE_FAILED|DATA_DIR_UNWRITABLE)\]$/,
      );
      assert.equal(code, 'code 2');
    }));

  it('that is read-only is refused in a line by who writes, and verified by who reads', () =>
    withTempDir(async (dir) => {
      const data = join(dir, 'data');
      await linesOf(process.execPath, writerArgs({ root: data, durability: 'disk', count: 3 }));
      const bzzz = `${quoted(process.execPath)} ${quoted(join(root, 'src/cli/main.ts'))} --data ${quoted(data)}`;
      const lines = await inNamespace(
        `mount --bind ${quoted(data)} ${quoted(data)}; mount -o remount,ro,bind ${quoted(data)};` +
          `${bzzz} agent suspend ${quoted(actor)} --by ann; echo code $?;` +
          `${bzzz} audit verify; echo code $?`,
      );
      assert.match(
        lines[0] ?? '',
        /^bzzz: .*cannot be (written|opened).* \[DATA_DIR_UNWRITABLE\]$/,
      );
      assert.deepEqual(lines.slice(1, 3), ['code 2', 'INTACT'], lines.join('\n'));
      assert.equal(lines.at(-1), 'code 0');
    }));
});

function inNamespace(script: string): Promise<string[]> {
  return linesOf('unshare', ['-Urm', 'sh', '-c', script]);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function numbersIn(lines: readonly string[], what: string): number[] {
  return lines.flatMap((line) => {
    const [said, number] = line.split(' ');
    return said === what && Number.isInteger(Number(number)) ? [Number(number)] : [];
  });
}

/** Opens the directory on the disk as it is now: all that was acknowledged is in it, it is intact and goes on. */
async function requireThere(data: string, acked: readonly number[]): Promise<void> {
  const node = await openTestNode(data);
  for (const nth of acked) {
    assert.notEqual(await node.host.outcome('agent', actor, `nth/${nth}`), null, `event ${nth}`);
  }
  await node.host.handle({
    kind: 'agent',
    actor,
    commandId: 'after',
    command: {
      type: 'remember',
      thread: 'bzzz://*:*@shop:pr-1',
      topic: 'review',
      agent: actor,
      text: 'after',
    },
  });
  await node.close();
  const report = await auditOf(dataDir(data));
  assert.ok(report.intact, told(report));
}
