import Hypercore, { type ColumnFamily } from 'hypercore';
import { storageFailed } from './failStop.ts';
import type { DataDir } from './dataDir.ts';
import { openStorage } from './openStorage.ts';

export type CopyWork = {
  readonly signal?: AbortSignal | undefined;
  /** Called after every few hundred records. How many there are is an estimate. */
  readonly onProgress?: ((done: { records: number; recordsTotal: number }) => void) | undefined;
};

/** Records read at a time. One may be a text of tens of megabytes. */
const readAhead = 32;
const batchBytes = 4 * 1024 * 1024;
const progressEvery = 512;

/**
 * Copies a store, record by record, into a new database, synced when this resolves. Opened for reading,
 * RocksDB shows all logs as they were at one moment, whatever a writer does meanwhile; of what was deleted or
 * erased nothing comes along. Throws Unavailable STORAGE_FAILED when the copy cannot be written.
 */
export async function copyStore(from: DataDir, to: DataDir, work: CopyWork): Promise<void> {
  const source = await openStorage(from);
  try {
    // Without a device file: a node gives the place its own, when it first works there.
    const target = Hypercore.defaultStorage(to.store, { readOnly: false, allowBackup: true });
    try {
      await written(to, () => target.rocks.ready());
      const progress = progressOf(work, await countOf(source.db));
      // Stores have the default family besides; hypercore puts nothing into it today.
      await copyFamily(source.rocks, target.rocks, to, progress);
      await copyFamily(source.db, target.db, to, progress);
      await written(to, () => target.rocks.flush());
      await written(to, () => target.db.flush());
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

async function copyFamily(
  source: ColumnFamily,
  target: ColumnFamily,
  to: DataDir,
  progress: (records: number) => void,
): Promise<void> {
  let batch = target.write({ autoDestroy: true });
  let bytes = 0;
  let records = 0;
  const flush = async (): Promise<void> => {
    await written(to, () => batch.flush());
    progress(records);
    [bytes, records] = [0, 0];
  };
  for await (const { key, value } of source.iterator({}, { capacity: readAhead })) {
    batch.tryPut(key, value);
    bytes += key.byteLength + value.byteLength;
    records++;
    if (bytes < batchBytes && records < progressEvery) continue;
    await flush();
    batch = target.write({ autoDestroy: true });
  }
  await flush();
}

function progressOf({ signal, onProgress }: CopyWork, estimate: number) {
  let done = 0;
  return (records: number): void => {
    done += records;
    onProgress?.({ records: done, recordsTotal: Math.max(done, estimate) });
    signal?.throwIfAborted();
  };
}

async function countOf(family: ColumnFamily): Promise<number> {
  return Number(await family.getProperty('rocksdb.estimate-num-keys')) || 0;
}

async function written<T>(to: DataDir, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw storageFailed(to.root, cause);
  }
}
