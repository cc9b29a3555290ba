import { join } from 'node:path';
import Corestore, { type CorestoreOptions } from 'corestore';
import { Corrupt, Unavailable, type Head } from '../../events/index.ts';
import type { Durability, EventLog, Redactor, Vault } from '../ports.ts';
import { Erasures } from '../shared/erasures.ts';
import type { RedactOptions } from '../shared/redact/index.ts';
import { HypercoreBlobs } from './blobs.ts';
import { CheckpointSigner, headOfCore } from './checkpoint.ts';
import { refuseCopy, type CopyOptions } from './copyMark.ts';
import { readNodeFile, type DataDir } from './dataDir.ts';
import { findEndlessRecord } from './endlessRecord.ts';
import { findFalseRecord } from './falseRecord.ts';
import { Eraser } from './eraser.ts';
import { FailStop } from './failStop.ts';
import { GroupCommit } from './groupCommit.ts';
import { verifyHeads, type Heads } from './heads.ts';
import { hex, HypercoreLog } from './hypercoreLog.ts';
import { createRedactor, RestoreMaps } from './restoreMaps.ts';
import { listCores, type BrokenCore, type StoredCore } from './storedCore.ts';
import { SubjectKeys } from './subjectKeys.ts';
import { SubjectVault } from './vault.ts';

/** All logs of one node, in one corestore that this process alone may write. */
export interface LogStore {
  /**
   * The log of an actor, made when it is not there. Each has a key pair of its own. Throws Corrupt
   * LOG_CORRUPT for a log that was changed behind the node's back.
   */
  open(actor: string): Promise<EventLog>;
  /** Raises what was written before the call to the durability asked for, or throws; returns it. */
  reach(durability: Durability): Promise<Durability>;
  readonly vault: Vault;
  /** By key: the logs that are not opened, and why. */
  readonly refused: ReadonlyMap<string, Corrupt>;
  /** Takes out of texts what the options name, and secrets always. One per store: it numbers what it finds. */
  redactor(options: RedactOptions): Redactor;
  /** Whose texts were erased; to be added to with every erasure that is recorded. */
  readonly erasures: Erasures;
  readonly eraser: Eraser;
  /** The log of blobs as it is now. */
  blobsHead(): Promise<Head>;
  /** Every log, as it is stored now. */
  stored(): Promise<readonly (StoredCore | BrokenCore)[]>;
  /** The heads of all logs that take events, as they are stored now. */
  heads(): Promise<Head[]>;
  /** A signed note of the given logs as they are on disk; see CheckpointSigner. */
  checkpoint(
    node: { readonly name: string; readonly log: string },
    logs: readonly string[],
    at: string,
  ): Promise<string>;
  close(): Promise<void>;
}

/**
 * Opens the store for writing. Throws Unavailable DATA_DIR_LOCKED when another process has it, and Corrupt
 * LOG_CORRUPT when the log of the node or of the texts is not what was signed and sealed; another such log
 * keeps only its own actor from work.
 */
export async function openLogStore(dir: DataDir, options: CopyOptions = {}): Promise<LogStore> {
  await refuseCopy(dir, options);
  const store = await openCorestore(dir, {});
  try {
    const heads = await verifyHeads(store.storage, await readNodeFile(dir));
    return await openWriters(dir, store, heads);
  } catch (error) {
    // The first error is the one that says what to do.
    await store.close().catch(() => undefined);
    throw error;
  }
}

async function openWriters(dir: DataDir, store: Corestore, heads: Heads): Promise<LogStore> {
  const { refused, register } = heads;
  const erasures = register?.erasures ?? new Erasures();
  const failStop = new FailStop(dir.root);
  const blobsCore = store.get({ name: 'bzzz/blobs' });
  await failStop.write(() => blobsCore.ready());
  const blobs = new HypercoreBlobs(blobsCore, failStop);
  const commit = new GroupCommit(join(dir.store, 'db'));
  const keys = new SubjectKeys(dir.keys);
  let signer: CheckpointSigner | null = null;
  const maps = new RestoreMaps(dir.restore, keys);
  const { db } = store.storage;
  const eraser = new Eraser({ dir, keys, maps, blobs, db });
  return {
    refused,
    erasures,
    eraser,
    vault: new SubjectVault(keys, blobs, erasures),
    redactor(options) {
      const redactor = createRedactor(maps, options);
      eraser.watch(redactor);
      return redactor;
    },
    blobsHead: () => blobs.head(),
    stored: () => listCores(store.storage),
    async heads() {
      const cores = await listCores(store.storage);
      const taking = cores.flatMap((core) =>
        'key' in core && !refused.has(core.key) ? [core] : [],
      );
      return taking.map(headOfCore);
    },
    checkpoint(node, logs, at) {
      signer ??= new CheckpointSigner(store.storage, node);
      return signer.sign(logs, at, () => failStop.write(() => commit.sync()));
    },
    open: logOpener(store, heads, failStop),
    async reach(durability) {
      if (durability === 'replicated') {
        throw new Unavailable(
          'NOT_REPLICATED',
          'this node has no peers to replicate to; ask for durability disk',
        );
      }
      failStop.check();
      if (durability === 'disk') await failStop.write(() => commit.sync());
      return durability;
    },
    async close() {
      try {
        if (!failStop.failed) await failStop.write(() => commit.sync());
      } finally {
        await commit.close();
        await failStop.end(() => blobs.close());
        await failStop.end(() => store.close());
      }
    },
  };
}

/** Nothing is opened, or made anew, where a log was changed or taken away. */
function logOpener(
  store: Corestore,
  { refused, register }: Heads,
  failStop: FailStop,
): LogStore['open'] {
  const logOf = new Map(register?.logs.map(({ actor, log }) => [actor, log]));
  return async (actor) => {
    const changed = refused.get(logOf.get(actor) ?? '');
    if (changed) throw changed;
    const core = store.get({ name: `bzzz/${actor}` });
    // Writes, when there is no such log yet.
    await failStop.write(() => core.ready());
    const unregistered = refused.get(hex(core.key));
    if (!unregistered) return new HypercoreLog(core, failStop);
    await core.close();
    throw unregistered;
  };
}

/** Opens a corestore and says in one sentence why it cannot be. */
async function openCorestore(dir: DataDir, options: CorestoreOptions): Promise<Corestore> {
  await refuseDamaged(dir);
  const store = new Corestore(dir.store, options);
  try {
    await store.ready();
    return store;
  } catch (cause) {
    await store.close().catch(() => undefined);
    throw explain(dir, cause);
  }
}

// RocksDB would never come back from opening it, or drop what was acknowledged and go on.
async function refuseDamaged(dir: DataDir): Promise<void> {
  const database = join(dir.store, 'db');
  const damage = (await findEndlessRecord(database)) ?? (await findFalseRecord(database));
  if (!damage) return;
  throw new Corrupt(
    'LOG_CORRUPT',
    `the store in ${dir.store} is broken: ${damage}; run bzzz audit verify, then go on from a backup with bzzz restore`,
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
