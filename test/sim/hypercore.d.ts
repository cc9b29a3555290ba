// What the product has no use for: a key pair that is the same every time.
declare module 'hypercore-crypto' {
  export function keyPair(seed: Uint8Array): KeyPair;
}
