import { join } from 'node:path';
import Corestore, { type CorestoreOptions } from 'corestore';
import { Corrupt, Unavailable, type Head } from '../../events/index.ts';
import type { Durability, EventLog, Redactor, Vault } from '../ports.ts';
import type { RedactOptions } from '../shared/redact/index.ts';
import { HypercoreBlobs } from './blobs.ts';
import type { DataDir } from './dataDir.ts';
import { findEndlessRecord } from './endlessRecord.ts';
import { GroupCommit } from './groupCommit.ts';
import { HypercoreLog } from './hypercoreLog.ts';
import { createRedactor, RestoreMaps } from './restoreMaps.ts';
import { SubjectKeys } from './subjectKeys.ts';
import { SubjectVault } from './vault.ts';

/** All logs of one node, in one corestore that this process alone may write. */
export interface LogStore {
  /** The log of an actor, made when it is not there. Each has a key pair of its own. */
  open(actor: string): Promise<EventLog>;
  /** Raises what was written before the call to the durability asked for, or throws; returns it. */
  reach(durability: Durability): Promise<Durability>;
  readonly vault: Vault;
  /** Takes out of texts what the options name, and secrets always. One per store: it numbers what it finds. */
  redactor(options: RedactOptions): Redactor;
  /** The log of blobs as it is now. */
  blobsHead(): Promise<Head>;
  close(): Promise<void>;
}

/** Opens the store for writing. Throws Unavailable DATA_DIR_LOCKED when another process has it. */
export async function openLogStore(dir: DataDir): Promise<LogStore> {
  const store = await openCorestore(dir, {});
  const blobsCore = store.get({ name: 'bzzz/blobs' });
  await blobsCore.ready();
  const blobs = new HypercoreBlobs(blobsCore);
  const commit = new GroupCommit(join(dir.store, 'db'));
  const keys = new SubjectKeys(dir.keys);
  return {
    vault: new SubjectVault(keys, blobs),
    redactor: (options) => createRedactor(new RestoreMaps(dir.restore, keys), options),
    blobsHead: () => blobs.head(),
    async open(actor) {
      const core = store.get({ name: `bzzz/${actor}` });
      await core.ready();
      return new HypercoreLog(core);
    },
    async reach(durability) {
      if (durability === 'replicated') {
        throw new Unavailable(
          'NOT_REPLICATED',
          'this node has no peers to replicate to; ask for durability disk',
        );
      }
      if (durability === 'disk') await commit.sync();
      return durability;
    },
    async close() {
      await commit.sync();
      await commit.close();
      await blobs.close();
      await store.close();
    },
  };
}

/** Opens a corestore and says in one sentence why it cannot be. */
async function openCorestore(dir: DataDir, options: CorestoreOptions): Promise<Corestore> {
  await refuseEndless(dir);
  const store = new Corestore(dir.store, options);
  try {
    await store.ready();
    return store;
  } catch (cause) {
    await store.close().catch(() => undefined);
    throw explain(dir, cause);
  }
}

// RocksDB would never come back from opening it, and keep the process from ending.
async function refuseEndless(dir: DataDir): Promise<void> {
  const endless = await findEndlessRecord(join(dir.store, 'db'));
  if (!endless) return;
  throw new Corrupt(
    'LOG_CORRUPT',
    `the store in ${dir.store} is broken: ${endless}; run bzzz audit verify`,
  );
}

function explain(dir: DataDir, cause: unknown): Unavailable {
  const message = cause instanceof Error ? cause.message : String(cause);
  if (/could not be locked|lock file|LOCK/i.test(message)) {
    return new Unavailable(
      'DATA_DIR_LOCKED',
      `another bzzz process is at work in ${dir.root}; wait for it, or use another --data`,
      { cause },
    );
  }
  if (/device file/i.test(message)) {
    return new Unavailable(
      'DATA_DIR_UNWRITABLE',
      `${dir.root} is a copy: two writers would fork its logs. Copies are for bzzz audit verify; ` +
        'write in the original',
      { cause },
    );
  }
  return new Unavailable('DATA_DIR_UNWRITABLE', `${dir.root} cannot be opened: ${message}`, {
    cause,
  });
}
