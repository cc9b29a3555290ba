import type { Hypercore } from 'hypercore';
import { Corrupt, Refusal, sha256Hex, type BlobRef, type Head } from '../../events/index.ts';
import type { Blobs } from '../ports.ts';
import { headOf, readBlocks } from './hypercoreLog.ts';

/** The documented limit of one text, in bytes as stored. */
const blobBytesMax = 32 * 1024 * 1024;

/**
 * Content-addressed texts in a core of their own. Blob i is two blocks: its hash (32 bytes) at 2i, its bytes
 * at 2i + 1, appended together. So the index is rebuilt by reading the small blocks only.
 */
export class HypercoreBlobs implements Blobs {
  readonly #core: Hypercore;
  #index: Promise<Map<string, number>> | null = null;
  #tail: Promise<unknown> = Promise.resolve();

  constructor(core: Hypercore) {
    this.#core = core;
  }

  put(bytes: Uint8Array): Promise<BlobRef> {
    const stored = this.#tail.then(() => this.#put(bytes));
    this.#tail = stored.catch(() => undefined);
    return stored;
  }

  async #put(bytes: Uint8Array): Promise<BlobRef> {
    if (bytes.byteLength > blobBytesMax) {
      throw new Refusal(
        'BLOB_TOO_LARGE',
        `a text of ${bytes.byteLength} bytes is over the limit of ${blobBytesMax}; split it`,
      );
    }
    const ref = { hash: sha256Hex(bytes), bytes: bytes.byteLength };
    const index = await this.#loaded();
    if (index.has(ref.hash)) return ref;
    const at = this.#core.length;
    await this.#core.append([Buffer.from(ref.hash, 'hex'), bytes]);
    index.set(ref.hash, at);
    return ref;
  }

  async get(ref: BlobRef): Promise<Uint8Array> {
    const at = (await this.#loaded()).get(ref.hash);
    if (at === undefined) throw new Refusal('NOT_FOUND', `no blob ${ref.hash} in this store`);
    for await (const bytes of readBlocks(this.#core, at + 1, at + 2)) {
      if (sha256Hex(bytes) === ref.hash) return bytes;
    }
    throw new Corrupt('LOG_CORRUPT', `blob ${ref.hash} does not have the bytes it is named after`);
  }

  /** Length and root once all puts taken so far are stored. */
  async head(): Promise<Head> {
    await this.#tail;
    return headOf(this.#core, this.#core.length);
  }

  async close(): Promise<void> {
    await this.#tail;
    await this.#core.close();
  }

  #loaded(): Promise<Map<string, number>> {
    this.#index ??= this.#load();
    return this.#index;
  }

  async #load(): Promise<Map<string, number>> {
    const index = new Map<string, number>();
    const { storage } = this.#core.core.state;
    const reader = storage.read();
    const hashes: Promise<Uint8Array | null>[] = [];
    for (let at = 0; at < this.#core.length; at += 2) hashes.push(reader.getBlock(at));
    reader.tryFlush();
    for (const [i, hash] of (await Promise.all(hashes)).entries()) {
      if (hash) index.set(Buffer.from(hash).toString('hex'), 2 * i);
    }
    return index;
  }
}
