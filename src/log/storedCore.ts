import type { BlockStorage, CoreAuth, CoreInfo, StoreStorage, TreeNode } from 'hypercore';
import { hex } from './hypercoreLog.ts';
import { cover, TreeRoots } from './treeRoots.ts';

/** A thing from the store, or why it cannot be had. */
export type Stored<T> = T | { readonly unreadable: string };
export type BrokenCore = { readonly discoveryKey: string; readonly unreadable: string };

/** Every core of a store, in the order of their discovery keys. Throws when the list cannot be read. */
export async function listCores(storage: StoreStorage): Promise<(StoredCore | BrokenCore)[]> {
  const keys: Uint8Array[] = [];
  for await (const discoveryKey of storage.createDiscoveryKeyStream()) keys.push(discoveryKey);
  try {
    const infos = await storage.getInfos(keys);
    return keys.map((discoveryKey, at) => coreOf(storage, discoveryKey, infos[at] ?? null));
  } catch {
    // One that cannot be read spoils the whole batch.
    return Promise.all(keys.map((discoveryKey) => readCore(storage, discoveryKey)));
  }
}

async function readCore(
  storage: StoreStorage,
  discoveryKey: Uint8Array,
): Promise<StoredCore | BrokenCore> {
  try {
    return coreOf(storage, discoveryKey, await storage.getInfo(discoveryKey));
  } catch (error) {
    return { discoveryKey: hex(discoveryKey), unreadable: messageOf(error) };
  }
}

function coreOf(
  storage: StoreStorage,
  discoveryKey: Uint8Array,
  info: CoreInfo | null,
): StoredCore | BrokenCore {
  if (info?.auth) return new StoredCore(storage, discoveryKey, info.auth, info.head);
  return { discoveryKey: hex(discoveryKey), unreadable: 'its key is missing' };
}

/** One core exactly as it lies in the store: nothing opened, checked or mended on the way. */
export class StoredCore {
  readonly key: string;
  readonly discoveryKey: string;
  readonly manifest: CoreAuth['manifest'];
  readonly length: number;
  readonly fork: number;
  readonly rootHash: Uint8Array | null;
  readonly signature: Uint8Array | null;
  readonly #open: () => Promise<BlockStorage | null>;
  #session: Promise<BlockStorage | null> | null = null;

  constructor(
    storage: StoreStorage,
    discoveryKey: Uint8Array,
    { key, manifest }: CoreAuth,
    head: CoreInfo['head'],
  ) {
    this.key = hex(key);
    this.discoveryKey = hex(discoveryKey);
    this.manifest = manifest;
    this.length = head?.length ?? 0;
    this.fork = head?.fork ?? 0;
    this.rootHash = head?.rootHash ?? null;
    this.signature = head?.signature ?? null;
    this.#open = () => storage.resumeCore(discoveryKey);
  }

  /** Blocks from (inclusive) to (exclusive). Never throws for what is stored badly. */
  blocks(from: number, to: number): Promise<Stored<Uint8Array>[]> {
    const indexes = Array.from({ length: to - from }, (_, index) => from + index);
    return this.#readAll(indexes, (reader, index) => reader.getBlock(index));
  }

  /** Nodes of the Merkle tree by their flat-tree index. Never throws for what is stored badly. */
  nodes(indexes: readonly number[]): Promise<Stored<TreeNode>[]> {
    return this.#readAll(indexes, (reader, index) => reader.getTreeNode(index));
  }

  async #readAll<T>(
    indexes: readonly number[],
    read: (reader: ReturnType<BlockStorage['read']>, index: number) => Promise<T | null>,
  ): Promise<Stored<T>[]> {
    this.#session ??= this.#open();
    const session = await this.#session.catch((error: unknown) => messageOf(error));
    if (session === null || typeof session === 'string') {
      return indexes.map(() => ({ unreadable: session ?? 'the log is gone' }));
    }
    const reader = session.read();
    const things = indexes.map((index) =>
      read(reader, index).then(
        (thing) => thing ?? { unreadable: 'it is missing' },
        (error: unknown) => ({ unreadable: messageOf(error) }),
      ),
    );
    reader.tryFlush();
    return Promise.all(things);
  }
}

/** The root over subtrees between the given lengths, as the store holds them; null if one is missing. */
export async function rootOver(core: StoredCore, ...lengths: number[]): Promise<Uint8Array | null> {
  const spans = lengths.slice(1).flatMap((to, at) => cover(lengths[at] ?? 0, to));
  const nodes = await core.nodes(spans.map(({ index }) => index));
  const roots = new TreeRoots();
  for (const [at, { count }] of spans.entries()) {
    const node = nodes[at];
    if (!node || 'unreadable' in node) return null;
    roots.add(node, count);
  }
  return roots.hash();
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
