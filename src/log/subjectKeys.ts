import { createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { sha256Hex } from '../../events/index.ts';
import { namesIn, overwrite } from './eraseFile.ts';
import { storageFailed } from './failStop.ts';
import { syncDirectory } from './groupCommit.ts';

const keyBytes = 32;

/**
 * One key per subject, one file per key beside the logs, readable by the owner only. Erasing a subject means
 * deleting its file: the proof stays, the texts are gone. Keys are key objects, because setting up a cipher
 * with raw bytes takes three times as long.
 */
export class SubjectKeys {
  readonly #dir: string;
  readonly #cache = new Map<string, Promise<KeyObject | null>>();
  readonly #created = new Map<string, Promise<KeyObject>>();

  constructor(dir: string) {
    this.#dir = dir;
  }

  /** The key of a subject, or null when there is none. */
  find(subject: string): Promise<KeyObject | null> {
    const known = this.#cache.get(subject);
    if (known) return known;
    const key = this.#read(subject);
    this.#cache.set(subject, key);
    return key;
  }

  /**
   * The key of a subject, made and synced first when it is new: nothing is sealed with a key that a power
   * cut can take.
   */
  create(subject: string): Promise<KeyObject> {
    const underway = this.#created.get(subject);
    if (underway) return underway;
    const created = this.find(subject).then(
      (known) => known ?? this.#store(subject, createSecretKey(randomBytes(keyBytes))),
    );
    this.#created.set(subject, created);
    this.#cache.set(subject, created);
    created.catch(() => this.#forget(subject));
    return created;
  }

  /** The key of a subject in the text of its file: base64; null when there is none. */
  async exportText(subject: string): Promise<string | null> {
    const key = await this.#read(subject);
    return key && key.export().toString('base64');
  }

  /** SHA-256 of the key of a subject as it lies on disk; null when there is none. */
  async fingerprint(subject: string): Promise<string | null> {
    const key = await this.#read(subject);
    return key && sha256Hex(key.export());
  }

  /**
   * Destroys the key of a subject if it is the one with that fingerprint, and whatever an interrupted
   * destruction or creation has left of others. Resolves when it is gone from the disk.
   */
  async destroy(subject: string, fingerprint: string | null): Promise<void> {
    this.#forget(subject);
    const path = this.#path(subject);
    const mine = fingerprint !== null && (await this.fingerprint(subject)) === fingerprint;
    // Under another name first: a key that is half overwritten must not be taken for one.
    if (mine) await rename(path, `${path}.${randomBytes(4).toString('hex')}.tmp`);
    const name = basename(path);
    const left = (await namesIn(this.#dir)).filter(
      (found) => found.startsWith(`${name}.`) && found.endsWith('.tmp'),
    );
    if (left.length === 0) return;
    await syncDirectory(this.#dir);
    for (const found of left) await overwrite(join(this.#dir, found));
    await syncDirectory(this.#dir);
  }

  #forget(subject: string): void {
    this.#created.delete(subject);
    this.#cache.delete(subject);
  }

  async #read(subject: string): Promise<KeyObject | null> {
    try {
      const text = await readFile(this.#path(subject), 'utf8');
      return createSecretKey(text, 'base64');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
      throw error;
    }
  }

  async #store(subject: string, key: KeyObject): Promise<KeyObject> {
    try {
      return await this.#write(subject, key);
    } catch (cause) {
      throw storageFailed(this.#dir, cause);
    }
  }

  async #write(subject: string, key: KeyObject): Promise<KeyObject> {
    await mkdir(this.#dir, { recursive: true, mode: 0o700 });
    const path = this.#path(subject);
    const draft = `${path}.${randomBytes(4).toString('hex')}.tmp`;
    const file = await open(draft, 'wx', 0o600);
    try {
      await file.writeFile(key.export().toString('base64'));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path).catch(async (error: unknown) => {
      await rm(draft, { force: true });
      throw error;
    });
    await syncDirectory(this.#dir);
    return key;
  }

  // Hashed, because a subject is an address and no file name.
  #path(subject: string): string {
    return join(this.#dir, `${sha256Hex(subject)}.key`);
  }
}
