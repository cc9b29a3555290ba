import { createCipheriv, createDecipheriv, randomBytes, type KeyObject } from 'node:crypto';

const cipher = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;

/** Seals a text with AES-256-GCM: nonce, ciphertext, tag. The subject is authenticated with it. */
export function sealBox(key: KeyObject, subject: string, text: string): Buffer {
  const nonce = randomBytes(nonceBytes);
  const box = createCipheriv(cipher, key, nonce);
  box.setAAD(Buffer.from(subject));
  return Buffer.concat([nonce, box.update(text, 'utf8'), box.final(), box.getAuthTag()]);
}

/** @throws Error when the bytes are not what was sealed with this key for this subject */
export function openBox(key: KeyObject, subject: string, box: Uint8Array): string {
  const opened = createDecipheriv(cipher, key, box.subarray(0, nonceBytes), {
    authTagLength: tagBytes,
  });
  opened.setAAD(Buffer.from(subject));
  opened.setAuthTag(box.subarray(box.byteLength - tagBytes));
  const sealed = box.subarray(nonceBytes, box.byteLength - tagBytes);
  return Buffer.concat([opened.update(sealed), opened.final()]).toString('utf8');
}
