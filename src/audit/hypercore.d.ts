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
    static fromManifest(manifest: object): Verifier;
    verify(tree: SignedTree, signature: Uint8Array): boolean;
  }
}
