import { open, readdir, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Makes what was written before the call safe against a power cut, with one sync for all who ask at the
 * same time.
 *
 * hypercore acknowledges an append without any sync: RocksDB has put it in its write-ahead log, and the
 * kernel keeps it in memory. RocksDB's own flush would sync too, but it empties the memtable into a new
 * file each time, some fifteen times slower. So the write-ahead logs themselves are synced: a write lies
 * either in one of the `*.log` files that exist now, or in a table file that RocksDB synced before it
 * deleted the log.
 */
export class GroupCommit {
  readonly #dir: string;
  readonly #files = new Map<string, FileHandle>();
  #running: Promise<void> | null = null;
  #next: Promise<void> | null = null;
  #failure: { readonly cause: unknown } | null = null;

  constructor(databaseDir: string) {
    this.#dir = databaseDir;
  }

  /**
   * Resolves when everything written before this call is on disk. After a sync that failed none succeeds: the
   * kernel reports an error once, and may have dropped what it could not write.
   */
  sync(): Promise<void> {
    // A sync under way may have passed our file already; only one that starts later counts.
    if (this.#running) {
      this.#next ??= this.#running.catch(() => undefined).then(() => this.#start());
      return this.#next;
    }
    return this.#start();
  }

  async close(): Promise<void> {
    await this.#running?.catch(() => undefined);
    await Promise.all([...this.#files.values()].map((file) => file.close()));
    this.#files.clear();
  }

  #start(): Promise<void> {
    this.#next = null;
    this.#running = this.#syncAll().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  async #syncAll(): Promise<void> {
    if (this.#failure) throw this.#failure.cause;
    try {
      await this.#syncFiles();
    } catch (cause) {
      this.#failure = { cause };
      throw cause;
    }
  }

  async #syncFiles(): Promise<void> {
    // The known files while the folder is read for new ones: there is a new one only now and then.
    const known = [...this.#files];
    const [names] = await Promise.all([
      readdir(this.#dir),
      ...known.map(([, file]) => file.datasync()),
    ]);
    for (const [name, file] of known) {
      if (names.includes(name)) continue;
      this.#files.delete(name);
      await file.close();
    }
    const fresh = names.filter((name) => name.endsWith('.log') && !this.#files.has(name));
    if (fresh.length === 0) return;
    await Promise.all(fresh.map((name) => this.#syncNew(name)));
    await syncDirectory(this.#dir);
  }

  // RocksDB may have deleted the file meanwhile: what it held is in a synced table file.
  async #syncNew(name: string): Promise<void> {
    try {
      const file = await open(join(this.#dir, name), 'r');
      this.#files.set(name, file);
      await file.datasync();
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return;
      throw error;
    }
  }
}

/** Makes the names in a directory durable. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
