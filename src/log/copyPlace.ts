import { mkdir, readdir, realpath, rm, rmdir, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { Refusal, Unavailable } from '../../events/index.ts';
import { copyMarkName, readCopyMark } from './copyMark.ts';
import type { DataDir } from './dataDir.ts';
import { storageFailed } from './failStop.ts';

/** A directory that is being filled. */
export type Place = {
  /** Takes everything away again, the mark last; what cannot be removed stays marked as unfinished. */
  clear(): Promise<void>;
};

/** Errors with which a file system says that it will not, rather than that it cannot. */
const notAllowed = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'ENOENT', 'EEXIST']);

/**
 * Takes a directory that is not there, is empty, or holds the start of a copy whose process is gone. Throws
 * Refusal ARGUMENT_INVALID for any other, and for one inside the source.
 */
export async function takePlace(from: DataDir, to: DataDir): Promise<Place> {
  await refuseInside(from.root, to.root);
  const isMade = await onDisk(to, () => makePlace(to));
  if (!isMade) await emptyPlace(to);
  return {
    async clear() {
      // The error that leads here is the one to be told.
      await clear(to, isMade).catch(() => undefined);
    },
  };
}

/** Runs what writes to the place, and says in one line why it cannot. */
export async function onDisk<T>({ root }: DataDir, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!(cause instanceof Error) || !('code' in cause) || !('syscall' in cause)) throw cause;
    if (!notAllowed.has(String(cause.code))) throw storageFailed(root, cause);
    throw new Unavailable(
      'DATA_DIR_UNWRITABLE',
      `${root} cannot be written (${cause.message}); choose another directory`,
      { cause },
    );
  }
}

async function makePlace({ root }: DataDir): Promise<boolean> {
  const found = await stat(root).catch(() => null);
  if (!found) {
    await mkdir(root, { mode: 0o700 });
    return true;
  }
  if (found.isDirectory()) return false;
  throw new Refusal('ARGUMENT_INVALID', `${root} is a file; name a new directory`);
}

async function emptyPlace(to: DataDir): Promise<void> {
  const names = await readdir(to.root);
  if (names.every((name) => name === `${copyMarkName}.tmp`)) return;
  const mark = await readCopyMark(to);
  if (!mark || mark.complete || mark.pid === 0) {
    throw new Refusal('ARGUMENT_INVALID', `${to.root} is not empty; name a new directory`);
  }
  if (isAlive(mark.pid)) {
    throw new Unavailable(
      'DATA_DIR_LOCKED',
      `process ${mark.pid} writes to ${to.root}; wait for it, or name another directory`,
    );
  }
  await clear(to, false);
}

async function clear({ root }: DataDir, isMade: boolean): Promise<void> {
  for (const name of await readdir(root)) {
    if (name !== copyMarkName) await rm(join(root, name), { recursive: true, force: true });
  }
  await rm(join(root, copyMarkName), { force: true });
  if (isMade) await rmdir(root);
}

function isAlive(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

async function refuseInside(source: string, target: string): Promise<void> {
  const way = relative(await realpath(source), await realPathOf(resolve(target)));
  const isOutside = way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way);
  if (isOutside) return;
  throw new Refusal(
    'ARGUMENT_INVALID',
    `${target} lies inside ${source}; name a directory elsewhere`,
  );
}

/** Where a path leads that need not be there yet. */
async function realPathOf(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (dirname(path) === path) throw error;
    return join(await realPathOf(dirname(path)), basename(path));
  }
}
