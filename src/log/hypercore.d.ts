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
    readonly storage: StoreStorage & {
      db: {
        flush(): Promise<void>;
        /** Of the whole store. compactRange is no good: it takes a Buffer for its options. */
        compact(options: {
          /** 1: everything that is still used is copied out of the files of large values. */
          blobGarbageCollectionPolicy: number;
          /** Which part of those files, the oldest first: 1 is all. */
          blobGarbageCollectionAgeCutoff: number;
          /** 2: also tables that nothing lies above. */
          bottommostLevelCompaction: number;
          exclusive: boolean;
        }): Promise<void>;
      };
    };
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
    readonly core: {
      readonly state: { readonly storage: BlockStorage };
      /** Which blocks are there. */
      readonly bitfield: { get(index: number): boolean };
      readonly header: { readonly hints: Hints };
      _setBitfieldRanges(start: number, end: number, value: boolean): void;
      updateContiguousLength(change: { start: number; length: number; drop: boolean }): void;
    };
  }

  export interface BlockStorage {
    read(): {
      getBlock(index: number): Promise<Uint8Array | null>;
      getTreeNode(index: number): Promise<TreeNode | null>;
      tryFlush(): void;
    };
    write(): BlockWriter;
  }

  /** A batch that is written as a whole or not at all. */
  export interface BlockWriter {
    deleteBlock(index: number): void;
    setHints(hints: Hints): void;
    flush(): Promise<void>;
  }

  export type Hints = {
    readonly contiguousLength: number;
    readonly remoteContiguousLength: number;
  };

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
    /** Null in a store that may not write it. */
    readonly keyPair: { readonly publicKey: Uint8Array; readonly secretKey: Uint8Array } | null;
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

  /** One of the name spaces of a RocksDB (rocksdb-native). */
  export interface ColumnFamily {
    /** Every record, in the order of keys; `capacity` are read at a time. */
    iterator(
      range: object,
      options: { capacity: number },
    ): AsyncIterable<{ key: Uint8Array; value: Uint8Array }>;
    write(options: { autoDestroy: boolean }): {
      tryPut(key: Uint8Array, value: Uint8Array): void;
      flush(): Promise<void>;
    };
    /** Moves what is in memory into a table file, synced. */
    flush(): Promise<void>;
    getProperty(name: string): Promise<string>;
  }

  /** The storage of a whole corestore (hypercore-storage), without the layers above it that write. */
  export interface StoreStorage {
    /** The database, with its default column family. */
    readonly rocks: ColumnFamily & { ready(): Promise<void> };
    /** The column family in which everything lies. */
    readonly db: ColumnFamily;
    ready(): Promise<void>;
    createDiscoveryKeyStream(): AsyncIterable<Uint8Array>;
    getInfo(discoveryKey: Uint8Array): Promise<CoreInfo | null>;
    /** The same of many, in a tenth of the time each. Throws when one of them cannot be read. */
    getInfos(discoveryKeys: readonly Uint8Array[]): Promise<(CoreInfo | null)[]>;
    resumeCore(discoveryKey: Uint8Array): Promise<BlockStorage | null>;
    close(): Promise<void>;
  }

  const statics: {
    defaultStorage(
      path: string,
      options: { readOnly: boolean; allowBackup: boolean },
    ): StoreStorage;
    /** Root over the first blocks, from what is stored. */
    treeHashFromStorage(core: Hypercore, length: number): Promise<Uint8Array>;
  };
  export default statics;
}

declare module 'hypercore/lib/bit-interlude.js' {
  import type { BlockWriter } from 'hypercore';

  /** Changes of a bitfield, to be written with a batch. */
  export default class BitInterlude {
    setRange(start: number, end: number, value: boolean): void;
    flush(batch: BlockWriter, bitfield: object): void;
  }
}
