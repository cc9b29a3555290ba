import { createPrivateKey, createPublicKey, sign, verify, type KeyObject } from 'node:crypto';

/** A raw Ed25519 key pair; of the secret key the first 32 bytes count (libsodium adds the public key). */
export type Signer = { readonly publicKey: Uint8Array; readonly secretKey: Uint8Array };

/** An Ed25519 signature (RFC 8032), 64 bytes. */
export function signBytes(message: Uint8Array, { publicKey, secretKey }: Signer): Uint8Array {
  const d = base64Url(secretKey.subarray(0, 32));
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: base64Url(publicKey), d };
  return sign(null, message, createPrivateKey({ key: jwk, format: 'jwk' }));
}

export function isSignedBy(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  const key = keyOf(publicKey);
  return key !== null && verify(null, message, key, signature);
}

function keyOf(publicKey: Uint8Array): KeyObject | null {
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: base64Url(publicKey) };
  try {
    return createPublicKey({ key: jwk, format: 'jwk' });
  } catch {
    return null;
  }
}

function base64Url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}
