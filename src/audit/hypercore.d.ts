// hypercore ships no types. Declared here is what this room uses of its cryptography, no more.
declare module 'hypercore-crypto' {
  type Node = { readonly index: number; readonly size: number; readonly hash: Uint8Array };

  /** Hash of a block. */
  export function data(block: Uint8Array): Uint8Array;
  /** Hash of the two nodes below. */
  export function parent(left: Node, right: Node): Uint8Array;
  /** Hash of the roots of a tree: what is signed. */
  export function tree(roots: readonly Node[]): Uint8Array;
  export function discoveryKey(key: Uint8Array): Uint8Array;
}

declare module 'hypercore/lib/caps.js' {
  export function treeSignable(
    manifestHash: Uint8Array,
    treeHash: Uint8Array,
    length: number,
    fork: number,
  ): Uint8Array;
}

declare module 'hypercore/lib/verifier.js' {
  type SignedTree = {
    readonly length: number;
    readonly fork: number;
    hash(): Uint8Array;
    signable(manifestHash: Uint8Array): Uint8Array;
  };

  export default class Verifier {
    static isValidManifest(key: Uint8Array, manifest: object): boolean;
    /** The key of the log whose manifest it is. */
    static manifestHash(manifest: object): Uint8Array;
    static encodeManifest(manifest: object): Uint8Array;
    /** Throws for bytes that are no manifest; ignores what follows one. */
    static decodeManifest(bytes: Uint8Array): {
      readonly version: number;
      readonly quorum: number;
      readonly signers: readonly { readonly publicKey: Uint8Array }[];
      readonly prologue: object | null;
    };
    /** The manifest that corestore gives a log of one signer. */
    static defaultSignerManifest(publicKey: Uint8Array): object;
    static fromManifest(manifest: object): Verifier;
    verify(tree: SignedTree, signature: Uint8Array): boolean;
  }
}
