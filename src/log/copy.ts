import { mkdir, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Refusal, Unavailable } from '../../events/index.ts';
import { copyFiles, writeSynced } from './copyFiles.ts';
import { readCopyMark, removeCopyMark, writeCopyMark, type CopyMark } from './copyMark.ts';
import { onDisk, takePlace } from './copyPlace.ts';
import { copyStore, type CopyWork } from './copyStore.ts';
import { requireLogs, writeNodeFile, type DataDir } from './dataDir.ts';
import { syncDirectory } from './groupCommit.ts';
import { unreadable } from './openStorage.ts';

/** What was copied. */
export type Copied = {
  readonly node: string;
  /** The moment that all logs are of, RFC 3339. */
  readonly takenAt: string;
  /** How many keys of subjects, and how many maps of what was redacted. */
  readonly keys: number;
  readonly maps: number;
};

export type CopyInit = CopyWork & {
  readonly from: DataDir;
  /** A directory that is empty or not there. */
  readonly to: DataDir;
  /** Called with the copy while it does not count as one yet; throws to have all of it removed. */
  readonly check: (copied: Copied) => Promise<void>;
};

/** How often logs are copied anew when a writer has removed files that were still to be read. */
const attemptsMax = 3;

/**
 * Copies the logs of a data directory, as they are at one moment while a node may go on writing, with the
 * keys and maps of their texts. The copy is marked, so that no node writes to it: two would fork the logs.
 * Throws Refusal ARGUMENT_INVALID for a place that is not empty or lies inside the other, Unavailable
 * STORAGE_FAILED for a disk that does not take it. Whatever is thrown, nothing of the copy is left.
 */
export async function writeBackup(init: CopyInit, nowMs: number): Promise<Copied> {
  const { from, to } = init;
  await requireLogs(from);
  if (await readCopyMark(from)) {
    const way = 'copy it like any other directory';
    throw new Refusal('ARGUMENT_INVALID', `${from.root} is a backup already; ${way}`);
  }
  return copy(init, { what: 'backup', takenAt: new Date(nowMs).toISOString() }, (mark) =>
    writeCopyMark(to, { ...mark, complete: true }),
  );
}

/**
 * The way back: makes a data directory of a backup. Throws what `writeBackup` throws, and Refusal
 * ARGUMENT_INVALID for a directory that is no backup.
 */
export async function restoreBackup(init: CopyInit): Promise<Copied> {
  const { from, to } = init;
  const found = await readCopyMark(from);
  if (found?.what !== 'backup' || !found.complete) {
    const way = 'name a directory that bzzz backup has made';
    throw new Refusal('ARGUMENT_INVALID', `${from.root} is not a whole backup; ${way}`);
  }
  return copy(init, { what: 'restore', takenAt: found.takenAt }, () => removeCopyMark(to));
}

async function copy(
  init: CopyInit,
  about: Pick<CopyMark, 'what' | 'takenAt'>,
  finish: (mark: CopyMark) => Promise<void>,
): Promise<Copied> {
  const { from, to } = init;
  const node = await requireLogs(from);
  const place = await takePlace(from, to);
  try {
    const mark: CopyMark = { format: 1, complete: false, pid: process.pid, ...about };
    await onDisk(to, () => writeCopyMark(to, mark));
    await copyLogs(init);
    // After the moment of the logs: every text in them was sealed with a key that is there by now.
    const keys = await onDisk(to, () => copyFiles(from.keys, to.keys));
    const maps = await onDisk(to, () => copyFiles(from.restore, to.restore));
    await onDisk(to, async () => {
      await writeSynced(join(to.root, '.gitignore'), Buffer.from('*\n'));
      await writeNodeFile(to, node);
      await syncDirectory(dirname(resolve(to.root)));
    });
    init.signal?.throwIfAborted();
    const copied = { node: node.name, takenAt: about.takenAt, keys, maps };
    await init.check(copied);
    await onDisk(to, () => finish(mark));
    return copied;
  } catch (error) {
    await place.clear();
    throw error;
  }
}

async function copyLogs({ from, to, signal, onProgress }: CopyInit): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await onDisk(to, () => mkdir(to.store, { mode: 0o700 }));
      await copyStore(from, to, { signal, onProgress });
      return await onDisk(to, () => syncDirectory(to.store));
    } catch (error) {
      if (error instanceof Unavailable || signal?.aborted) throw error;
      if (attempt === attemptsMax) throw unreadable(from, error);
      await rm(to.store, { recursive: true, force: true });
    }
  }
}
