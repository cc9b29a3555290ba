import type { Hypercore } from 'hypercore';
import BitInterlude from 'hypercore/lib/bit-interlude.js';
import { Corrupt, Refusal, sha256Hex, type BlobRef, type Head } from '../../events/index.ts';
import type { Blobs } from '../ports.ts';
import type { FailStop } from './failStop.ts';
import { headOf, readBlocks } from './hypercoreLog.ts';

/** The documented limit of one text, in bytes as stored. */
const blobBytesMax = 32 * 1024 * 1024;

/**
 * Content-addressed texts in a core of their own. Blob i is two blocks: its hash (32 bytes) at 2i, its bytes
 * at 2i + 1, appended together. So the index is rebuilt by reading the small blocks only.
 */
export class HypercoreBlobs implements Blobs {
  readonly #core: Hypercore;
  readonly #failStop: FailStop | null;
  #index: Promise<Map<string, number>> | null = null;
  #tail: Promise<unknown> = Promise.resolve();

  /** Without `failStop`, for reading. */
  constructor(core: Hypercore, failStop: FailStop | null = null) {
    this.#core = core;
    this.#failStop = failStop;
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
    if (!this.#failStop) throw new TypeError('the texts are open for reading');
    await this.#failStop.write(() => this.#core.append([Buffer.from(ref.hash, 'hex'), bytes]));
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

  /** Every text that is here, by the hash it is named after. */
  async hashes(): Promise<string[]> {
    return [...(await this.#loaded()).keys()];
  }

  /**
   * Takes the bytes of texts out of the log; names, tree, root and signature stay as they are. Those that
   * are not here are passed over. What RocksDB keeps of them goes with its next compaction.
   */
  clear(hashes: readonly string[]): Promise<void> {
    const cleared = this.#tail.then(() => this.#clear(hashes));
    this.#tail = cleared.catch(() => undefined);
    return cleared;
  }

  async #clear(hashes: readonly string[]): Promise<void> {
    const index = await this.#loaded();
    for (const hash of hashes) {
      const at = index.get(hash);
      if (at === undefined) continue;
      if (!this.#failStop) throw new TypeError('the texts are open for reading');
      await this.#failStop.write(() => clearBlock(this.#core, at + 1));
      index.delete(hash);
    }
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
      const isCleared = !this.#core.core.bitfield.get(2 * i + 1);
      if (hash && !isCleared) index.set(Buffer.from(hash).toString('hex'), 2 * i);
    }
    return index;
  }
}

/**
 * Takes a block away and leaves its place. Not hypercore's `clear`: that one also removes the leaves of the
 * tree above, that of the neighbour among them, and the log can no longer be proved.
 */
async function clearBlock({ core }: Hypercore, index: number): Promise<void> {
  const bits = new BitInterlude();
  const batch = core.state.storage.write();
  batch.deleteBlock(index);
  bits.setRange(index, index + 1, false);
  bits.flush(batch, core.bitfield);
  const { hints } = core.header;
  batch.setHints({ ...hints, contiguousLength: Math.min(hints.contiguousLength, index) });
  await batch.flush();
  core._setBitfieldRanges(index, index + 1, false);
  core.updateContiguousLength({ start: index, length: 1, drop: true });
}
