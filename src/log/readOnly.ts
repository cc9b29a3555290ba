import { access } from 'node:fs/promises';
import { join } from 'node:path';
import Corestore from 'corestore';
import Hypercore, { type Hypercore as Core, type StoreStorage } from 'hypercore';
import { Corrupt, decodeRecorded, nodeAddress, type ActorKind } from '../../events/index.ts';
import type { Redactor, Vault } from '../ports.ts';
import { HypercoreBlobs } from './blobs.ts';
import { requireLogs, type DataDir } from './dataDir.ts';
import { findEndlessRecord } from './endlessRecord.ts';
import { HypercoreLog, readBlocks } from './hypercoreLog.ts';
import { createReader, type ClosableReader } from './reader.ts';
import { createRestorer, RestoreMaps } from './restoreMaps.ts';
import { listCores, messageOf, type BrokenCore, type StoredCore } from './storedCore.ts';
import { SubjectKeys } from './subjectKeys.ts';
import { SubjectVault } from './vault.ts';

/** All logs of a directory, as they were when it was opened; a writer may go on meanwhile. */
export interface ReadOnlyLogs extends ClosableReader {
  /** The node that writes here, and its own log. */
  readonly node: { readonly name: string; readonly log: string };
  /** Every core in the store, registered or not, as it lies there: what an auditor takes apart. */
  readonly stored: readonly (StoredCore | BrokenCore)[];
  /** The texts of the logs, as far as their keys are here. */
  readonly vault: Pick<Vault, 'open' | 'openBlob'>;
  /** Puts back what was taken out of them, as far as their keys are here. */
  readonly redactor: Pick<Redactor, 'restore'>;
}

type Registered = { actor: string; kind: ActorKind; log: string };
type Register = { logs: Registered[]; blobs: string | null };

/**
 * Opens a directory for reading: also a copy, also while a process writes there, also without the right to
 * write. Nothing in it is changed. Throws Refusal NOT_FOUND when there are no logs, and Corrupt
 * LOG_CORRUPT when the store cannot be opened at all.
 */
export async function openReadOnly(dir: DataDir): Promise<ReadOnlyLogs> {
  const { name, log } = await requireLogs(dir);
  const storage = await openStorage(dir);
  const stored = await listCores(storage).catch(async (cause: unknown) => {
    await storage.close();
    throw unreadable(dir, cause);
  });
  const store = new Corestore(storage, { readOnly: true });
  let register: Promise<Register> | null = null;

  async function core(key: string): Promise<Core> {
    if (!stored.some((found) => 'key' in found && found.key === key)) {
      throw new Corrupt('LOG_GAP', `log ${key} is registered and is not in the store`);
    }
    const opened = store.get({ key: Buffer.from(key, 'hex'), writable: false });
    await opened.ready();
    return opened;
  }
  const registerOf = (): Promise<Register> => {
    register ??= core(log).then((own) => readRegister(own, name, log));
    return register;
  };
  const keys = new SubjectKeys(dir.keys);
  async function openVault(): Promise<Vault> {
    const { blobs } = await registerOf();
    if (!blobs) throw new Corrupt('LOG_GAP', `log ${log} does not say where the texts are`);
    return new SubjectVault(keys, new HypercoreBlobs(await core(blobs)));
  }
  let opened: Promise<Vault> | null = null;
  const texts = (): Promise<Vault> => (opened ??= openVault());
  const reader = createReader(
    async () => (await registerOf()).logs,
    async (entry) => new HypercoreLog(await core(entry.log)),
  );
  return {
    ...reader,
    node: { name, log },
    stored,
    vault: {
      open: async (body) => (await texts()).open(body),
      openBlob: async (subject, ref) => (await texts()).openBlob(subject, ref),
    },
    redactor: createRestorer(new RestoreMaps(dir.restore, keys)),
    async close() {
      await reader.close();
      await store.close();
    },
  };
}

/**
 * The storage alone, first: corestore would meet some errors of RocksDB by deleting its write-ahead logs,
 * read-only or not, and would take a `RECOVERING` file as leave to write.
 */
async function openStorage(dir: DataDir): Promise<StoreStorage> {
  const database = join(dir.store, 'db');
  // RocksDB makes the folder when it is not there.
  if (!(await exists(database))) throw unreadable(dir, 'its database is gone');
  if (await exists(join(database, 'RECOVERING'))) {
    throw unreadable(dir, 'it has lost its write-ahead log, and the newest events with it');
  }
  const endless = await findEndlessRecord(database);
  if (endless) throw unreadable(dir, endless);
  const storage = Hypercore.defaultStorage(dir.store, { readOnly: true, allowBackup: true });
  try {
    await storage.rocks.ready();
    await storage.ready();
    return storage;
  } catch (cause) {
    await storage.close().catch(() => undefined);
    throw unreadable(dir, cause);
  }
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function unreadable(dir: DataDir, cause: unknown): Corrupt {
  return new Corrupt('LOG_CORRUPT', `the store in ${dir.store} is broken: ${messageOf(cause)}`, {
    cause,
  });
}

async function readRegister(own: Core, name: string, log: string): Promise<Register> {
  const logs: Registered[] = [{ actor: nodeAddress(name), kind: 'node', log }];
  let blobs: string | null = null;
  let seq = 0;
  for await (const block of readBlocks(own, 0, own.length)) {
    const { event } = decodeRecorded(block, { log, seq: seq++ });
    if (event.type === 'node.started') blobs ??= event.blobs;
    if (event.type === 'node.log.registered') {
      logs.push({ actor: event.actor, kind: event.kind, log: event.log });
    }
  }
  return { logs, blobs };
}
