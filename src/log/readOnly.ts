import { join } from 'node:path';
import Corestore from 'corestore';
import type { Hypercore as Core } from 'hypercore';
import { Corrupt } from '../../events/index.ts';
import type { Redactor, Vault } from '../ports.ts';
import type { Erasures } from '../shared/erasures.ts';
import { HypercoreBlobs } from './blobs.ts';
import { refuseUnfinished, type CopyOptions } from './copyMark.ts';
import { CheckpointSigner } from './checkpoint.ts';
import { requireLogs, type DataDir } from './dataDir.ts';
import { GroupCommit } from './groupCommit.ts';
import { HypercoreLog } from './hypercoreLog.ts';
import { openStorage, unreadable } from './openStorage.ts';
import { createReader, type ClosableReader } from './reader.ts';
import { readRegister, type Register } from './register.ts';
import { createRestorer, RestoreMaps } from './restoreMaps.ts';
import { listCores, type BrokenCore, type StoredCore } from './storedCore.ts';
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
  /** Whose texts were erased. */
  erasures(): Promise<Erasures>;
  /** SHA-256 of the key of a subject; null when there is none. */
  fingerprint(subject: string): Promise<string | null>;
  /** The file of the key of a subject, for whoever is to read its texts elsewhere; null when there is none. */
  exportKey(subject: string): Promise<string | null>;
  /** A signed note of all logs, made at a time in RFC 3339; see CheckpointSigner. */
  checkpoint(at: string): Promise<string>;
}

/**
 * Opens a directory for reading: also a copy, also while a process writes there, also without the right to
 * write. Nothing in it is changed. Throws Refusal NOT_FOUND when there are no logs, and Corrupt
 * LOG_CORRUPT when the store cannot be opened at all.
 */
export async function openReadOnly(dir: DataDir, options: CopyOptions = {}): Promise<ReadOnlyLogs> {
  await refuseUnfinished(dir, options);
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
    const { blobs, erasures } = await registerOf();
    if (!blobs) throw new Corrupt('LOG_GAP', `log ${log} does not say where the texts are`);
    return new SubjectVault(keys, new HypercoreBlobs(await core(blobs)), erasures);
  }
  let opened: Promise<Vault> | null = null;
  const texts = (): Promise<Vault> => (opened ??= openVault());
  const reader = createReader(
    async () => (await registerOf()).logs,
    async (entry) => new HypercoreLog(await core(entry.log)),
    async () => stored,
  );
  return {
    ...reader,
    node: { name, log },
    stored,
    vault: {
      open: async (body) => (await texts()).open(body),
      openBlob: async (subject, ref) => (await texts()).openBlob(subject, ref),
    },
    erasures: async () => (await registerOf()).erasures,
    fingerprint: (subject) => keys.fingerprint(subject),
    exportKey: (subject) => keys.exportText(subject),
    redactor: createRestorer(new RestoreMaps(dir.restore, keys)),
    async checkpoint(at) {
      const { logs, blobs } = await registerOf();
      const listed = [...logs.map((entry) => entry.log), ...(blobs ? [blobs] : [])];
      const signer = new CheckpointSigner(storage, { name, log });
      return signer.sign(listed, at, () => settle(dir));
    },
    async close() {
      await reader.close();
      await store.close();
    },
  };
}

/** Has on disk what a writer may have written only just now. */
async function settle(dir: DataDir): Promise<void> {
  const commit = new GroupCommit(join(dir.store, 'db'));
  try {
    await commit.sync();
  } catch {
    // Where nothing can be synced, nothing is written either.
  } finally {
    await commit.close();
  }
}
