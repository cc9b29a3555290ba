import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';

const bufferBytes = 1024 * 1024;

/** A new file, written in order, hashed on the way and synced at its end. */
export class FileWriter {
  readonly #file: FileHandle;
  readonly #hash = createHash('sha256');
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #bytes = 0;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  /** Writes what `write` gives it; returns its SHA-256 and size. Throws for a file that exists. */
  static async write(
    path: string,
    write: (file: FileWriter) => Promise<void>,
  ): Promise<{ sum: string; bytes: number }> {
    const file = await open(path, 'wx', 0o600);
    try {
      const writer = new FileWriter(file);
      await write(writer);
      await writer.#flush();
      await file.sync();
      return { sum: writer.#hash.digest('hex'), bytes: writer.#bytes };
    } finally {
      await file.close();
    }
  }

  async add(...chunks: readonly Uint8Array[]): Promise<void> {
    for (const chunk of chunks) {
      this.#pending.push(chunk);
      this.#pendingBytes += chunk.byteLength;
    }
    if (this.#pendingBytes >= bufferBytes) await this.#flush();
  }

  async #flush(): Promise<void> {
    const bytes = Buffer.concat(this.#pending);
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#hash.update(bytes);
    this.#bytes += bytes.byteLength;
    await this.#file.writeFile(bytes);
  }
}
