import { execFile } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { timed } from './harness.ts';

const launcher = join(import.meta.dirname, '../../src/cli/bzzz');

/** How long `bzzz` takes from start to exit, in milliseconds, with new data but a kept compile cache. */
export async function runProgram(args: readonly string[], dir: string): Promise<number> {
  const data = await mkdtemp(join(dir, 'data-'));
  return runProcess(launcher, ['--data', data, ...args], dir);
}

/**
 * How long a process takes from start to exit, in milliseconds, with no setting of whoever runs it. Throws
 * unless it exits with 0 or 1, which is an answer too.
 */
export async function runProcess(
  file: string,
  args: readonly string[],
  dir: string,
): Promise<number> {
  const { PATH } = process.env;
  const options = { cwd: dir, env: { PATH, HOME: dir, XDG_CACHE_HOME: join(dir, 'cache') } };
  return timed(() => promisify(execFile)(file, args, options).catch(refuseFailure));
}

function refuseFailure(error: unknown): void {
  if (error instanceof Error && 'code' in error && error.code === 1) return;
  throw error;
}
