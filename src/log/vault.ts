import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { BlobRef, SealedBody } from '../../events/index.ts';
import type { Blobs, Vault } from '../ports.ts';
import type { SubjectKeys } from './subjectKeys.ts';

const cipher = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;
/** Texts up to this size travel in the event; larger ones become a blob. */
const inlineBytesMax = 16 * 1024;

/** Seals texts with AES-256-GCM: nonce, ciphertext, tag. The subject is authenticated with them. */
export class SubjectVault implements Vault {
  readonly #keys: SubjectKeys;
  readonly #blobs: Blobs;

  constructor(keys: SubjectKeys, blobs: Blobs) {
    this.#keys = keys;
    this.#blobs = blobs;
  }

  async seal(subject: string, text: string): Promise<SealedBody> {
    const box = await this.#encrypt(subject, text);
    if (box.byteLength <= inlineBytesMax) return { subject, box: box.toString('base64') };
    return { subject, blob: await this.#blobs.put(box) };
  }

  async sealBlob(subject: string, text: string): Promise<BlobRef> {
    return this.#blobs.put(await this.#encrypt(subject, text));
  }

  async open(body: SealedBody): Promise<string | null> {
    if ('blob' in body) return this.openBlob(body.subject, body.blob);
    return this.#decrypt(body.subject, Buffer.from(body.box, 'base64'));
  }

  async openBlob(subject: string, ref: BlobRef): Promise<string | null> {
    return this.#decrypt(subject, await this.#blobs.get(ref));
  }

  async #encrypt(subject: string, text: string): Promise<Buffer> {
    const nonce = randomBytes(nonceBytes);
    const box = createCipheriv(cipher, await this.#keys.create(subject), nonce);
    box.setAAD(Buffer.from(subject));
    return Buffer.concat([nonce, box.update(text, 'utf8'), box.final(), box.getAuthTag()]);
  }

  async #decrypt(subject: string, box: Uint8Array): Promise<string | null> {
    const key = await this.#keys.find(subject);
    if (!key) return null;
    const opened = createDecipheriv(cipher, key, box.subarray(0, nonceBytes));
    opened.setAAD(Buffer.from(subject));
    opened.setAuthTag(box.subarray(box.byteLength - tagBytes));
    const sealed = box.subarray(nonceBytes, box.byteLength - tagBytes);
    return Buffer.concat([opened.update(sealed), opened.final()]).toString('utf8');
  }
}
