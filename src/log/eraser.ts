import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type Corestore from 'corestore';
import { z } from 'zod';
import type { BlobRef } from '../../events/index.ts';
import type { Erasure } from '../shared/erasures.ts';
import type { HypercoreBlobs } from './blobs.ts';
import { openBox } from './box.ts';
import type { DataDir } from './dataDir.ts';
import { syncDirectory } from './groupCommit.ts';
import type { ForgetfulRedactor, RestoreMaps } from './restoreMaps.ts';
import type { SubjectKeys } from './subjectKeys.ts';

const progressFile = z.strictObject({
  format: z.literal(1),
  /** Event of the node's log: every erasure up to that one is finished. */
  through: z.int().min(0),
});

/** Every file of large values is gone through, and every table, so that nothing of what was deleted is left. */
const everything = {
  exclusive: true,
  blobGarbageCollectionPolicy: 1,
  blobGarbageCollectionAgeCutoff: 1,
  bottommostLevelCompaction: 2,
};

export type EraserInit = {
  readonly dir: DataDir;
  readonly keys: SubjectKeys;
  readonly maps: RestoreMaps;
  readonly blobs: HypercoreBlobs;
  readonly db: Corestore['storage']['db'];
};

/**
 * Takes the texts of subjects out of a data directory. Each step can be taken again, and finds nothing to do
 * where it was taken before.
 */
export class Eraser {
  readonly #init: EraserInit;
  readonly #redactors: ForgetfulRedactor[] = [];

  constructor(init: EraserInit) {
    this.#init = init;
  }

  /** A redactor that keeps maps in memory. */
  watch(redactor: ForgetfulRedactor): void {
    this.#redactors.push(redactor);
  }

  /** SHA-256 of the key of a subject; null when there is none. */
  fingerprint(subject: string): Promise<string | null> {
    return this.#init.keys.fingerprint(subject);
  }

  /** Large texts that are here, by their hashes. */
  hashes(): Promise<string[]> {
    return this.#init.blobs.hashes();
  }

  /** True for a large text that is sealed with the key that the subject has now. */
  async owns(subject: string, ref: BlobRef): Promise<boolean> {
    const key = await this.#init.keys.find(subject);
    if (!key) return false;
    const box = await this.#init.blobs.get(ref);
    try {
      openBox(key, subject, box);
      return true;
    } catch {
      return false;
    }
  }

  async destroyKey({ subject, key }: Erasure): Promise<void> {
    await this.#init.keys.destroy(subject, key);
    for (const redactor of this.#redactors) redactor.forget(subject);
  }

  async destroyMaps({ subject }: Erasure): Promise<void> {
    await this.#init.maps.destroyUnreadable(subject);
  }

  async clearTexts({ blobs }: Erasure): Promise<void> {
    await this.#init.blobs.clear(blobs);
  }

  /**
   * Writes the store anew without what was deleted in it: takes about as much free space as the store has,
   * for a while.
   */
  async compact(): Promise<void> {
    const { db } = this.#init;
    await db.flush();
    await db.compact(everything);
  }

  /** The erasures of these that are not finished, or whose keys have come back. */
  async unfinished(erasures: readonly Erasure[]): Promise<Erasure[]> {
    const through = erasures.length > 0 ? await this.#through() : -1;
    const found: Erasure[] = [];
    for (const erasure of erasures) {
      const { seq, subject, key } = erasure;
      if (seq > through || (key !== null && (await this.fingerprint(subject)) === key)) {
        found.push(erasure);
      }
    }
    return found;
  }

  /** Notes that every erasure up to an event of the node's log is finished. */
  async finish(through: number): Promise<void> {
    const { root } = this.#init.dir;
    const text = JSON.stringify({ format: 1, through });
    await writeFile(`${this.#path}.tmp`, `${text}\n`, { mode: 0o600, flush: true });
    await rename(`${this.#path}.tmp`, this.#path);
    await syncDirectory(root);
  }

  async #through(): Promise<number> {
    try {
      return progressFile.parse(JSON.parse(await readFile(this.#path, 'utf8'))).through;
    } catch {
      // Lost or torn: what it said is found out by doing it again.
      return -1;
    }
  }

  get #path(): string {
    return join(this.#init.dir.root, 'erased.json');
  }
}
