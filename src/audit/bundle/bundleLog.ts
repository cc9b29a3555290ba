import type { FileHandle } from 'node:fs/promises';
import { manifestOf } from './manifest.ts';
import type { Manifest, Stored, StoredLog, TreeNode } from '../evidence.ts';
import type { BundledLog } from './format.ts';
import { decodeLine, linesOf, type LineIndex } from './lines.ts';
import { decodeNode, nodeBytes, placeOf } from './nodes.ts';

export type BundleLogInit = {
  readonly described: BundledLog;
  readonly blocks: FileHandle;
  readonly nodes: FileHandle;
  readonly lines: LineIndex;
};

/** A log as it lies in a bundle: the same questions as to a store, and the same answers. */
export class BundleLog implements StoredLog {
  readonly key: string;
  readonly discoveryKey: string;
  readonly manifest: Manifest | null;
  readonly length: number;
  readonly fork: number;
  readonly rootHash: Uint8Array | null;
  readonly signature: Uint8Array | null;
  readonly #init: BundleLogInit;

  constructor(init: BundleLogInit) {
    const { key, discoveryKey, manifest, length, fork, root, signature } = init.described;
    this.key = key;
    this.discoveryKey = discoveryKey;
    this.manifest = manifest === null ? null : manifestOf(Buffer.from(manifest, 'hex'));
    this.length = length;
    this.fork = fork;
    this.rootHash = root === null ? null : Buffer.from(root, 'hex');
    this.signature = signature === null ? null : Buffer.from(signature, 'hex');
    this.#init = init;
  }

  async blocks(from: number, to: number): Promise<Stored<Uint8Array>[]> {
    const { lines, blocks } = this.#init;
    const { start, end, skip } = lines.around(from, to);
    const bytes = await readAt(blocks, start, end - start);
    const found = linesOf(bytes).slice(skip, skip + to - from);
    return Array.from({ length: to - from }, (_, at) => {
      const line = found[at];
      return line ? decodeLine(line) : { unreadable: 'the bundle ends before it' };
    });
  }

  async nodes(indexes: readonly number[]): Promise<Stored<TreeNode>[]> {
    const places = indexes.map(placeOf);
    const [first, last] = places.reduce(
      ([low, high], place) => [Math.min(low, place), Math.max(high, place)],
      [Infinity, -1],
    );
    if (last < 0) return [];
    // The nodes that a run of blocks completes lie side by side.
    const bytes = await readAt(this.#init.nodes, first * nodeBytes, (last - first + 1) * nodeBytes);
    return indexes.map((index, at) => {
      const start = ((places[at] ?? 0) - first) * nodeBytes;
      return decodeNode(index, bytes.subarray(start, start + nodeBytes));
    });
  }
}

/** Bytes of a file; fewer when it ends before. */
async function readAt(file: FileHandle, start: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await file.read(bytes, done, length - done, start + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return bytes.subarray(0, done);
}
