import { discoveryKey, keyPair } from 'hypercore-crypto';
import { treeSignable } from 'hypercore/lib/caps.js';
import Verifier from 'hypercore/lib/verifier.js';
import {
  Corrupt,
  Refusal,
  sha256Hex,
  Unavailable,
  type BlobRef,
  type Head,
} from '../../events/index.ts';
import type { Evidence, StoredLog, TreeNode } from '../../src/audit/evidence.ts';
import { MerkleTree } from '../../src/audit/merkle.ts';
import type { Blobs, Durability, EventLog } from '../../src/ports.ts';
import { Dice } from '../support/dice.ts';

/** One log as it lies on the disk. */
class Kept {
  readonly actor: string;
  readonly #keys;
  readonly #manifest;
  readonly #key: Uint8Array;
  blocks: Uint8Array[] = [];
  #tree = new MerkleTree();
  #nodes = new Map<number, TreeNode>();
  /** Root over the first n blocks. */
  #roots: Uint8Array[] = [new MerkleTree().hash()];

  constructor(actor: string) {
    this.actor = actor;
    this.#keys = keyPair(Buffer.from(sha256Hex(actor), 'hex'));
    this.#manifest = Verifier.decodeManifest(
      Verifier.encodeManifest(Verifier.defaultSignerManifest(this.#keys.publicKey)),
    );
    this.#key = Verifier.manifestHash(this.#manifest);
  }

  get key(): string {
    return Buffer.from(this.#key).toString('hex');
  }

  push(block: Uint8Array): void {
    this.blocks.push(block);
    for (const node of this.#tree.append(block)) this.#nodes.set(node.index, node);
    this.#roots.push(this.#tree.hash());
  }

  cut(length: number): void {
    const kept = this.blocks.slice(0, length);
    this.blocks = [];
    this.#tree = new MerkleTree();
    this.#nodes = new Map();
    this.#roots.length = 1;
    for (const block of kept) this.push(block);
  }

  root(length: number): Uint8Array {
    const root = this.#roots[length];
    if (root) return root;
    throw new Corrupt(
      'LOG_GAP',
      `log ${this.key} holds ${this.blocks.length} events, not ${length}`,
    );
  }

  head(length: number): Head {
    return { log: this.key, length, root: Buffer.from(this.root(length)).toString('hex'), fork: 0 };
  }

  #sign(root: Uint8Array, length: number): Uint8Array {
    const signable = (context: Uint8Array) => treeSignable(context, root, length, 0);
    const tree = { length, fork: 0, hash: () => root, signable };
    return Verifier.fromManifest(this.#manifest).sign(tree, this.#keys);
  }

  /** As an auditor would find it. */
  evidence(): StoredLog {
    const { length } = this.blocks;
    const root = length > 0 ? this.root(length) : null;
    const { blocks } = this;
    const nodes = this.#nodes;
    return {
      key: this.key,
      discoveryKey: Buffer.from(discoveryKey(this.#key)).toString('hex'),
      manifest: this.#manifest,
      length,
      fork: 0,
      rootHash: root,
      signature: root && this.#sign(root, length),
      blocks: async (from, to) => blocks.slice(from, to),
      nodes: async (indexes) =>
        indexes.map((index) => nodes.get(index) ?? { unreadable: 'it is missing' }),
    };
  }
}

/** What a process can meet with when it writes. */
export type Weather = {
  /** Percent of writes that fail: before anything is written, or after all of it is. */
  readonly writePct: number;
  /** Percent of syncs that fail. */
  readonly syncPct: number;
};

/**
 * A disk under the logs: writes lie in memory until a sync, in one order for all logs, as in the write-ahead
 * log of the real store. A process that dies leaves all that it wrote; a power cut leaves what was synced,
 * and of the rest a part from its beginning.
 */
export class Disk {
  readonly #logs = new Map<string, Kept>();
  readonly #dice: Dice;
  /** Lengths of logs by write, in order. */
  #journal: { readonly log: Kept; readonly length: number }[] = [];
  #synced = 0;
  weather: Weather = { writePct: 0, syncPct: 0 };

  constructor(seed: number) {
    this.#dice = new Dice(seed, 'disk');
  }

  get logs(): Kept[] {
    return [...this.#logs.values()];
  }

  log(actor: string): Kept {
    const known = this.#logs.get(actor);
    if (known) return known;
    const made = new Kept(actor);
    this.#logs.set(actor, made);
    return made;
  }

  write(log: Kept, blocks: readonly Uint8Array[]): void {
    const fails = this.#dice.chance(this.weather.writePct);
    const wrote = !fails || this.#dice.chance(50);
    if (wrote) {
      for (const block of blocks) log.push(block);
      this.#journal.push({ log, length: log.blocks.length });
    }
    if (fails) throw new Error(wrote ? 'EIO: i/o error, write' : 'ENOSPC: no space left on device');
  }

  /** Everything that was written before is safe; or nothing is, and the kernel has forgotten it. */
  sync(upTo: number): void {
    if (this.#dice.chance(this.weather.syncPct)) throw new Error('EIO: i/o error, fdatasync');
    this.#synced = Math.max(this.#synced, upTo);
  }

  get written(): number {
    return this.#journal.length;
  }

  /** The next process finds what there is, and its store makes that safe before it goes on. */
  reopen(): void {
    this.#synced = this.#journal.length;
  }

  /** Loses what was not synced, from some write on. */
  cutPower(): void {
    const kept = this.#dice.whole(this.#synced, this.#journal.length);
    const lengths = new Map<Kept, number>();
    for (const { log, length } of this.#journal.slice(0, kept)) lengths.set(log, length);
    for (const log of this.#logs.values()) {
      const length = lengths.get(log) ?? 0;
      if (log.blocks.length > length) log.cut(length);
    }
    this.#journal = this.#journal.slice(0, kept);
    this.#synced = kept;
  }

  evidence(node: { name: string; actor: string }): Evidence {
    return {
      node: { name: node.name, log: this.log(node.actor).key },
      stored: [...this.#logs.values()].map((log) => log.evidence()),
      close: async () => undefined,
    };
  }

  /** Blocks of every log, by actor. */
  contents(): Map<string, readonly Uint8Array[]> {
    return new Map([...this.#logs].map(([actor, { blocks }]) => [actor, [...blocks]]));
  }
}

/** Waits until it is the turn of a piece of work; with null, only for being alive. */
export type Wait = (name: string | null) => Promise<void>;

/** The logs of one process on the disk. A sync that failed ends its acknowledgements for good. */
export class Store {
  readonly #disk: Disk;
  readonly #wait: Wait;
  #failed: Error | null = null;

  constructor(disk: Disk, wait: Wait) {
    this.#disk = disk;
    this.#wait = wait;
  }

  async open(actor: string): Promise<EventLog> {
    await this.#wait(`open ${actor}`);
    const disk = this.#disk;
    const wait = this.#wait;
    const log = disk.log(actor);
    let tail: Promise<unknown> = Promise.resolve();
    const append = async (blocks: readonly Uint8Array[], expected: number): Promise<void> => {
      await wait(`append ${actor}`);
      if (log.blocks.length !== expected) {
        throw new Refusal(
          'VERSION_CONFLICT',
          `${actor} holds ${log.blocks.length}, not ${expected}`,
        );
      }
      disk.write(log, blocks);
      await wait(`appended ${actor}`);
    };
    return {
      key: log.key,
      get length() {
        return log.blocks.length;
      },
      append(blocks, expected) {
        const appended = tail.then(() => append(blocks, expected));
        tail = appended.catch(() => undefined);
        return appended;
      },
      async get(seq) {
        await wait(`get ${actor}`);
        const block = log.blocks[seq];
        if (!block) throw new Corrupt('LOG_GAP', `log ${log.key} has no event ${seq}`);
        return block;
      },
      async *read(from = 0, to = log.blocks.length) {
        await wait(`read ${actor}`);
        yield* log.blocks.slice(from, to);
      },
      async head(length = log.blocks.length) {
        await wait(null);
        return log.head(length);
      },
      async close() {
        await tail;
      },
    };
  }

  async reach(durability: Durability): Promise<Durability> {
    if (durability !== 'disk') return durability;
    const upTo = this.#disk.written;
    await this.#wait('sync');
    if (this.#failed) throw this.#failed;
    try {
      this.#disk.sync(upTo);
    } catch (cause) {
      this.#failed = new Unavailable('STORAGE_FAILED', 'the disk does not sync', { cause });
      throw this.#failed;
    }
    await this.#wait('synced');
    return durability;
  }

  async blobsHead(): Promise<Head> {
    const texts = this.#disk.log('texts');
    return texts.head(texts.blocks.length);
  }

  async heads(): Promise<Head[]> {
    return this.#disk.logs.map((log) => log.head(log.blocks.length));
  }

  /** Texts, in blocks of their own: name and bytes. */
  get blobs(): Blobs {
    const texts = this.#disk.log('texts');
    return {
      put: async (bytes): Promise<BlobRef> => {
        await this.#wait(`put text of ${bytes.byteLength}`);
        const hash = sha256Hex(bytes);
        this.#disk.write(texts, [Buffer.from(hash, 'hex'), bytes]);
        return { hash, bytes: bytes.byteLength };
      },
      get: async ({ hash }): Promise<Uint8Array> => {
        const name = Buffer.from(hash, 'hex');
        const at = texts.blocks.findIndex((block) => Buffer.compare(block, name) === 0);
        await this.#wait(`get text ${at}`);
        const bytes = texts.blocks[at + 1];
        if (at < 0 || !bytes) throw new Refusal('NOT_FOUND', `no text ${hash}`);
        return bytes;
      },
    };
  }
}
