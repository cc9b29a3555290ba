import { createHash } from 'node:crypto';
import { Refusal } from '../../../events/index.ts';

/** One signature line of a note; whose it is and whether it is true is not known yet. */
export type NoteSignature = {
  readonly name: string;
  /** Hex, 8 digits. */
  readonly keyId: string;
  /** Without the key id. */
  readonly bytes: Uint8Array;
};

/** A text and what was signed about it (c2sp.org/signed-note). */
export type SignedNote = {
  /** Ends in a newline. This, in UTF-8, is what is signed. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
};

/** What the byte in front of a public key says about its signatures. */
export const signatureTypes = { ed25519: 0x01, cosignatureV1: 0x04 } as const;
export type SignatureType = (typeof signatureTypes)[keyof typeof signatureTypes];

const noteBytesMax = 16 * 1024 * 1024;
const signaturesMax = 100;
const dash = '\u2014 ';

/** Reads a note as strictly as its specification asks for. Throws Refusal CHECKPOINT_INVALID. */
export function parseNote(note: string): SignedNote {
  if (Buffer.byteLength(note) > noteBytesMax)
    throw invalid(`it is larger than ${noteBytesMax} bytes`);
  if (!note.isWellFormed()) throw invalid('it is not UTF-8');
  if (/[\0-\t\v-\x1f]/.test(note)) throw invalid('it holds a control character');
  const end = note.lastIndexOf('\n\n');
  if (end <= 0) throw invalid('no empty line parts a text from its signatures');
  if (!note.endsWith('\n') || note.length === end + 2) throw invalid('its last line is not whole');
  const lines = note.slice(end + 2, -1).split('\n');
  if (lines.length > signaturesMax) throw invalid(`it has more than ${signaturesMax} signatures`);
  return { text: note.slice(0, end + 1), signatures: lines.map(parseSignature) };
}

function parseSignature(line: string): NoteSignature {
  const [name = '', base64 = '', ...rest] = line.slice(dash.length).split(' ');
  const bytes = Buffer.from(base64, 'base64');
  const whole = bytes.length > 4 && bytes.toString('base64') === base64;
  if (!line.startsWith(dash) || !isKeyName(name) || !whole || rest.length > 0) {
    throw invalid('a line below its text is not a signature');
  }
  return { name, keyId: bytes.toString('hex', 0, 4), bytes: bytes.subarray(4) };
}

/** A note of a text that ends in a newline. */
export function formatNote({ text, signatures }: SignedNote): string {
  const lines = signatures.map(({ name, keyId, bytes }) => {
    const blob = Buffer.concat([Buffer.from(keyId, 'hex'), bytes]);
    return `${dash}${name} ${blob.toString('base64')}\n`;
  });
  return `${text}\n${lines.join('')}`;
}

/**
 * The notes in the bytes of a file, one after the other, with or without empty lines between them. Whether
 * each is a note is for `parseNote` to say. Throws Refusal CHECKPOINT_INVALID for what is not UTF-8.
 */
export function splitNotes(bytes: Uint8Array): string[] {
  const notes: string[] = [];
  let note = '';
  let signed = false;
  for (const line of decode(bytes).split(/(?<=\n)/)) {
    const signature = line.startsWith(dash);
    if (signed && !signature) {
      notes.push(note);
      note = '';
    }
    signed = signature;
    if (note !== '' || line !== '\n') note += line;
  }
  return note === '' ? notes : [...notes, note];
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw invalid('it is not UTF-8');
  }
}

/** The first four bytes of SHA-256(name, newline, type, public key), hex. */
export function keyIdOf(name: string, type: SignatureType, publicKey: Uint8Array): string {
  const hash = createHash('sha256').update(`${name}\n`).update(Buffer.of(type)).update(publicKey);
  return hash.digest('hex').slice(0, 8);
}

export function isKeyName(name: string): boolean {
  return name !== '' && !/[\p{White_Space}+]/u.test(name);
}

export function invalid(why: string): Refusal {
  return new Refusal('CHECKPOINT_INVALID', `not a valid checkpoint: ${why}`);
}
