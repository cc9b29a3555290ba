import { access, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import Hypercore, { type StoreStorage } from 'hypercore';
import { Corrupt } from '../../events/index.ts';
import { requireLogs, type DataDir } from './dataDir.ts';
import { findEndlessRecord } from './endlessRecord.ts';
import { findFalseRecord } from './falseRecord.ts';
import { verifyHeads, type Heads } from './heads.ts';
import { messageOf } from './storedCore.ts';

/** How often a store is opened again whose files a writer has changed meanwhile. */
const attemptsMax = 20;

/**
 * Verifies the heads of all logs, as a node does before it appends to any. Throws Refusal NOT_FOUND without
 * logs, and Corrupt for what keeps a node from starting.
 */
export async function checkHeads(dir: DataDir): Promise<Heads> {
  const node = await requireLogs(dir);
  const storage = await openStorage(dir);
  try {
    return await verifyHeads(storage, node);
  } finally {
    await storage.close();
  }
}

/**
 * Opens a store for reading, as it is at one moment; a writer may go on. The storage alone, because corestore
 * would meet some errors of RocksDB by deleting its write-ahead logs, read-only or not, and would take a
 * `RECOVERING` file as leave to write. Throws Corrupt LOG_CORRUPT.
 */
export async function openStorage(dir: DataDir): Promise<StoreStorage> {
  const database = join(dir.store, 'db');
  // RocksDB makes the folder when it is not there.
  if (!(await exists(database))) throw unreadable(dir, 'its database is gone');
  if (await exists(join(database, 'RECOVERING'))) {
    throw unreadable(dir, 'it has lost its write-ahead log, and the newest events with it');
  }
  const damage = (await findEndlessRecord(database)) ?? (await findFalseRecord(database));
  if (damage) throw unreadable(dir, damage);
  for (let attempt = 1; ; attempt++) {
    // RocksDB reads its manifest first and its write-ahead logs afterwards. When a writer has put a log into
    // a table file and deleted it in between, its events would be missing and later ones would be there.
    const before = await stateOf(database);
    const storage = Hypercore.defaultStorage(dir.store, { readOnly: true, allowBackup: true });
    try {
      await storage.rocks.ready();
      await storage.ready();
      if ((await stateOf(database)) === before || attempt === attemptsMax) return storage;
      await storage.close();
    } catch (cause) {
      await storage.close().catch(() => undefined);
      const moved = (await stateOf(database)) !== before;
      if (!moved || attempt === attemptsMax) throw unreadable(dir, cause);
    }
  }
}

/** Changes with every log that is begun or deleted, and with every table file that comes or goes. */
async function stateOf(database: string): Promise<string> {
  const names = await readdir(database);
  const manifests = names.filter((name) => name.startsWith('MANIFEST-'));
  const sizes = manifests.map(async (name) => {
    const found = await stat(join(database, name)).catch(() => null);
    return `${name} ${found?.size}`;
  });
  const logs = names.filter((name) => name.endsWith('.log'));
  return [...logs, ...(await Promise.all(sizes))].toSorted().join('\n');
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

export function unreadable(dir: DataDir, cause: unknown): Corrupt {
  return new Corrupt('LOG_CORRUPT', `the store in ${dir.store} is broken: ${messageOf(cause)}`, {
    cause,
  });
}
