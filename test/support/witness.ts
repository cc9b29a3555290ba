import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto';

/** A witness of its own, written from c2sp.org/tlog-cosignature and nothing of ours. */
export class TestWitness {
  readonly #name: string;
  readonly #seed: Uint8Array;

  constructor(name: string, seed = 1) {
    this.#name = name;
    this.#seed = new Uint8Array(32).fill(seed);
  }

  /** What its users are given. */
  get vkey(): string {
    const key = Buffer.concat([Buffer.of(0x04), this.#publicKey]);
    return `${this.#name}+${this.#keyId.toString('hex')}+${key.toString('base64')}`;
  }

  /** The note with one more signature line. */
  cosign(note: string, seconds: number): string {
    const text = note.slice(0, note.lastIndexOf('\n\n') + 1);
    const message = Buffer.from(`cosignature/v1\ntime ${seconds}\n${text}`);
    const time = Buffer.alloc(8);
    time.writeBigUInt64BE(BigInt(seconds));
    const blob = Buffer.concat([this.#keyId, time, sign(null, message, this.#key)]);
    return `${note}\u2014 ${this.#name} ${blob.toString('base64')}\n`;
  }

  get #key() {
    const pkcs8 = Buffer.concat([
      Buffer.from('302e020100300506032b657004220420', 'hex'),
      this.#seed,
    ]);
    return createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  }

  get #publicKey(): Uint8Array {
    return createPublicKey(this.#key).export({ format: 'der', type: 'spki' }).subarray(-32);
  }

  get #keyId(): Buffer {
    const hash = createHash('sha256').update(`${this.#name}\n`).update(Buffer.of(0x04));
    return hash.update(this.#publicKey).digest().subarray(0, 4);
  }
}
