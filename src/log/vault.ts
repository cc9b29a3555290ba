import type { BlobRef, SealedBody } from '../../events/index.ts';
import type { Blobs, Vault } from '../ports.ts';
import { openBox, sealBox } from './box.ts';
import type { SubjectKeys } from './subjectKeys.ts';

/** Texts up to this size travel in the event; larger ones become a blob. */
const inlineBytesMax = 16 * 1024;

/** Seals texts with a key per subject, and keeps the large ones. */
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
    return sealBox(await this.#keys.create(subject), subject, text);
  }

  async #decrypt(subject: string, box: Uint8Array): Promise<string | null> {
    const key = await this.#keys.find(subject);
    return key && openBox(key, subject, box);
  }
}
