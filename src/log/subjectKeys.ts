import { createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256Hex } from '../../events/index.ts';
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
      (known) => known ?? this.#write(subject, createSecretKey(randomBytes(keyBytes))),
    );
    this.#created.set(subject, created);
    this.#cache.set(subject, created);
    created.catch(() => this.#forget(subject));
    return created;
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
