// What the auditor has no use for: the writing half of the storage under hypercore.
declare module 'hypercore' {
  interface BlockStorage {
    readonly core: object;
  }

  interface BlockWriter {
    putBlock(index: number, block: Uint8Array): void;
    deleteBlockRange(from: number, to: number): void;
    putTreeNode(node: TreeNode): void;
    deleteTreeNodeRange(from: number, to: number): void;
    setHead(head: {
      fork: number;
      length: number;
      rootHash: Uint8Array;
      signature: Uint8Array | null;
      timestamp: number;
    }): void;
    setAuth(auth: object): void;
  }

  interface Hypercore {
    truncate(length: number): Promise<void>;
  }

  interface StoreStorage {
    deleteCore(core: object): Promise<void>;
  }
}

declare module 'hypercore-crypto' {
  type KeyPair = { readonly publicKey: Uint8Array; readonly secretKey: Uint8Array };

  export function keyPair(): KeyPair;
  export function sign(message: Uint8Array, secretKey: Uint8Array): Uint8Array;
}

declare module 'hypercore/lib/verifier.js' {
  export default interface Verifier {
    sign(tree: SignedTree, keyPair: object): Uint8Array;
  }
}
