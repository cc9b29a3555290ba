import { Corrupt, Refusal, type BlobRef, type SealedBody } from '../../events/index.ts';
import type { Blobs, Vault } from '../ports.ts';
import { Erasures } from '../shared/erasures.ts';
import { openBox, sealBox } from './box.ts';
import type { SubjectKeys } from './subjectKeys.ts';

/** Texts up to this size travel in the event; larger ones become a blob. */
const inlineBytesMax = 16 * 1024;

/** Seals texts with a key per subject, and keeps the large ones. */
export class SubjectVault implements Vault {
  readonly #keys: SubjectKeys;
  readonly #blobs: Blobs;
  readonly #erasures: Erasures;

  constructor(keys: SubjectKeys, blobs: Blobs, erasures = new Erasures()) {
    this.#keys = keys;
    this.#blobs = blobs;
    this.#erasures = erasures;
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
    return this.#decrypt(body.subject, async () => Buffer.from(body.box, 'base64'));
  }

  async openBlob(subject: string, ref: BlobRef): Promise<string | null> {
    return this.#decrypt(subject, () => this.#blobs.get(ref));
  }

  async #encrypt(subject: string, text: string): Promise<Buffer> {
    return sealBox(await this.#keys.create(subject), subject, text);
  }

  async #decrypt(subject: string, read: () => Promise<Uint8Array>): Promise<string | null> {
    const key = await this.#keys.find(subject);
    if (!key) return null;
    const wasErased = this.#erasures.of(subject) !== null;
    const box = await read().catch((error: unknown) => {
      if (wasErased && isAbsent(error)) return null;
      throw error;
    });
    if (!box) return null;
    try {
      return openBox(key, subject, box);
    } catch (error) {
      // Sealed with the key before this one; what else it could be is for the auditor to find.
      if (wasErased) return null;
      throw error;
    }
  }
}

function isAbsent(error: unknown): boolean {
  if (error instanceof Refusal) return error.code === 'NOT_FOUND';
  return error instanceof Corrupt && error.code === 'LOG_GAP';
}
