import { execFile, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const writer = fileURLToPath(new URL('writer.ts', import.meta.url));
const patienceMs = 60_000;

/** Why system calls cannot be traced here; undefined where they can be, injected faults included. */
export async function whyNoTrace(): Promise<string | undefined> {
  return whyNot('strace', ['-f', '-o', '/dev/null', '-e', 'inject=fdatasync:error=EIO', 'true']);
}

/** Why there is no file system of our own here; undefined where there is. */
export async function whyNoMount(): Promise<string | undefined> {
  return whyNot('unshare', ['-Urm', 'mount', '-t', 'tmpfs', 'none', '/mnt']);
}

async function whyNot(command: string, args: readonly string[]): Promise<string | undefined> {
  try {
    await promisify(execFile)(command, [...args]);
    return undefined;
  } catch (error) {
    const why = error instanceof Error ? (error.message.split('\n')[1] ?? error.message) : '';
    return `${command} cannot be used on this machine: ${why}`;
  }
}

/** The lines that a process has said, standard error among them. */
export async function linesOf(command: string, args: readonly string[]): Promise<string[]> {
  const child = spawn(command, args, {
    // One thread that writes, so that the nth call is the nth call.
    env: { ...process.env, UV_THREADPOOL_SIZE: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: patienceMs,
    killSignal: 'SIGKILL',
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  await new Promise<void>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', () => resolve());
  });
  return said.split('\n').filter((line) => line !== '');
}

type Writing = { readonly root: string; readonly durability: string; readonly count: number };

/** The arguments with which Node.js runs the writer. */
export function writerArgs({ root, durability, count }: Writing, bytes = 40): string[] {
  return [writer, root, durability, String(count), String(bytes)];
}

/** What the writer says while calls on write-ahead logs fail as told, as in `fdatasync:error=EIO:when=3`. */
export function writeWithFault(writing: Writing, inject: string): Promise<string[]> {
  const logs = Array.from({ length: 60 }, (_, index) => {
    const name = `${String(index + 1).padStart(6, '0')}.log`;
    return ['-P', join(writing.root, 'store', 'db', name)];
  });
  const faults = ['-qq', '-f', '-o', '/dev/null', ...logs.flat(), '-e', `inject=${inject}`];
  return linesOf('strace', [...faults, process.execPath, ...writerArgs(writing)]);
}

/** A system call on a write-ahead log that has returned, or an acknowledgement. */
export type Call = 'write' | 'sync' | 'acked';

/** What the writer does to the write-ahead logs and when it acknowledges, in order. */
export async function traceWriter(writing: Writing, trace: string): Promise<Call[]> {
  const options = ['-qq', '-f', '-y', '-o', trace, '-e', 'trace=write,pwrite64,fdatasync,fsync'];
  await linesOf('strace', [...options, process.execPath, ...writerArgs(writing)]);
  return callsIn((await readFile(trace, 'utf8')).split('\n'));
}

/** A call counts when it has returned; one of another thread may come between its two lines. */
function callsIn(lines: readonly string[]): Call[] {
  const calls: Call[] = [];
  const begun = new Map<string, Call>();
  for (const line of lines) {
    const [, thread = '', rest = ''] = /^(\d+) +(.*)$/.exec(line) ?? [];
    const call = callIn(rest) ?? (rest.startsWith('<... ') ? begun.get(thread) : undefined);
    if (rest.startsWith('<... ')) begun.delete(thread);
    if (!call) continue;
    if (rest.endsWith('<unfinished ...>')) begun.set(thread, call);
    else if (/ = \d+$/.test(rest)) calls.push(call);
  }
  return calls;
}

function callIn(rest: string): Call | undefined {
  if (/^(fdatasync|fsync)\(\d+<[^>]*\/db\/\d+\.log>/.test(rest)) return 'sync';
  if (/^(write|pwrite64)\(\d+<[^>]*\/db\/\d+\.log>/.test(rest)) return 'write';
  return /^write\(1<.*"acked /.test(rest) ? 'acked' : undefined;
}
