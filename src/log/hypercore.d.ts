// hypercore and corestore ship no types. Declared here is what this room uses, no more.
declare module 'corestore' {
  import type { Hypercore } from 'hypercore';

  export type CorestoreOptions = {
    readOnly?: boolean;
    /** Accept a directory that was copied from elsewhere. */
    allowBackup?: boolean;
    writable?: boolean;
  };

  export default class Corestore {
    constructor(path: string, options?: CorestoreOptions);
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

  interface BlockStorage {
    read(): {
      getBlock(index: number): Promise<Uint8Array | null>;
      tryFlush(): void;
    };
  }
}
