// hypercore and corestore ship no types. Declared here is what this room uses, no more.
declare module 'corestore' {
  import type { Hypercore, StoreStorage } from 'hypercore';

  export type CorestoreOptions = {
    readOnly?: boolean;
    /** Accept a directory that was copied from elsewhere. */
    allowBackup?: boolean;
    writable?: boolean;
  };

  export default class Corestore {
    constructor(storage: string | StoreStorage, options?: CorestoreOptions);
    ready(): Promise<void>;
    close(): Promise<void>;
    get(options: { name: string } | { key: Uint8Array; writable?: boolean }): Hypercore;
    /** Discovery keys of all cores in the store. */
    list(): AsyncIterable<Uint8Array>;
    readonly storage: { db: { flush(): Promise<void> } };
  }
}

declare module 'hypercore' {
  export interface Hypercore {
    ready(): Promise<void>;
    close(): Promise<void>;
    append(blocks: readonly Uint8Array[]): Promise<{ length: number }>;
    treeHash(length?: number): Promise<Uint8Array>;
    readonly key: Uint8Array;
    readonly discoveryKey: Uint8Array;
    readonly length: number;
    readonly fork: number;
    /** Not public, but the only way past one promise and one queue per block: see `readBlocks`. */
    readonly core: { readonly state: { readonly storage: BlockStorage } };
  }

  export interface BlockStorage {
    read(): {
      getBlock(index: number): Promise<Uint8Array | null>;
      getTreeNode(index: number): Promise<TreeNode | null>;
      tryFlush(): void;
    };
  }

  export type TreeNode = { index: number; size: number; hash: Uint8Array };

  /** Whose a core is, and who may sign it. */
  export interface CoreAuth {
    readonly key: Uint8Array;
    readonly manifest: {
      readonly version: number;
      readonly quorum: number;
      readonly signers: readonly { readonly publicKey: Uint8Array }[];
      readonly prologue: object | null;
    } | null;
  }

  /** What is stored about a core besides its blocks and its tree. */
  export type CoreInfo = {
    auth: CoreAuth | null;
    head: {
      fork: number;
      length: number;
      rootHash: Uint8Array;
      signature: Uint8Array | null;
    } | null;
  };

  /** The storage of a whole corestore (hypercore-storage), without the layers above it that write. */
  export interface StoreStorage {
    readonly rocks: { ready(): Promise<void> };
    ready(): Promise<void>;
    createDiscoveryKeyStream(): AsyncIterable<Uint8Array>;
    getInfo(discoveryKey: Uint8Array): Promise<CoreInfo | null>;
    resumeCore(discoveryKey: Uint8Array): Promise<BlockStorage | null>;
    close(): Promise<void>;
  }

  const statics: {
    defaultStorage(
      path: string,
      options: { readOnly: boolean; allowBackup: boolean },
    ): StoreStorage;
  };
  export default statics;
}
