import { Refusal } from '../../../events/index.ts';
import type { Checkpoint } from './checkpoint.ts';
import { isSignedBy } from './ed25519.ts';
import { isKeyName, keyIdOf, signatureTypes, type NoteSignature } from './signedNote.ts';

/** The key of a witness, as it was made known beforehand. */
export type Witness = {
  readonly name: string;
  readonly publicKey: Uint8Array;
  /** Hex, 8 digits. */
  readonly keyId: string;
};

/**
 * Reads a verifier key of a witness, `NAME+KEYID+KEY`: key id in hex, then the byte 0x04 and the Ed25519 key
 * in base64 (c2sp.org/signed-note). Throws Refusal ARGUMENT_INVALID.
 */
export function parseWitness(vkey: string): Witness {
  const [, name = '', keyId = '', base64 = ''] =
    /^([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(vkey) ?? [];
  const bytes = Buffer.from(base64, 'base64');
  const publicKey = bytes.subarray(1);
  if (!isKeyName(name) || bytes.toString('base64') !== base64) {
    throw unusable('expected NAME+KEYID+KEY');
  }
  if (bytes[0] !== signatureTypes.cosignatureV1 || publicKey.length !== 32) {
    throw unusable('expected a key of type 0x04, an Ed25519 key for cosignatures');
  }
  if (keyId !== keyIdOf(name, signatureTypes.cosignatureV1, publicKey)) {
    throw unusable('its key id is not that of its name and key');
  }
  return { name, publicKey, keyId };
}

function unusable(why: string): Refusal {
  return new Refusal('ARGUMENT_INVALID', `the key of a witness cannot be used: ${why}`);
}

/** When a cosignature says it was made, RFC 3339; null when its witness has not signed that. */
function cosignedAt(
  { text }: Pick<Checkpoint, 'text'>,
  { bytes }: NoteSignature,
  { publicKey }: Witness,
): string | null {
  if (bytes.length !== 8 + 64) return null;
  const seconds = Buffer.from(bytes).readBigUInt64BE();
  const signature = bytes.subarray(8);
  if (!isSignedBy(publicKey, cosignedMessage(text, seconds), signature)) return null;
  const at = new Date(Number(seconds) * 1000);
  return Number.isNaN(at.getTime()) ? null : at.toISOString();
}

/** What a witness signs: c2sp.org/tlog-cosignature, version 1. */
function cosignedMessage(text: string, seconds: bigint): Uint8Array {
  return Buffer.from(`cosignature/v1\ntime ${seconds}\n${text}`);
}

/** Who has cosigned a checkpoint. */
export type Cosigners = {
  /** Witnesses with their time, RFC 3339. */
  readonly verified: readonly { readonly name: string; readonly at: string }[];
  /** Names of witnesses under signatures that are not theirs. */
  readonly forged: readonly string[];
  /** Names of whom no key is known. They may be anybody. */
  readonly unknown: readonly string[];
};

/** Sorts the cosignatures of a checkpoint by what the known keys say of them. */
export function cosignersOf(checkpoint: Checkpoint, witnesses: readonly Witness[]): Cosigners {
  const verified: { name: string; at: string }[] = [];
  const forged: string[] = [];
  const unknown: string[] = [];
  for (const line of checkpoint.cosignatures) {
    const { name, keyId } = line;
    const witness = witnesses.find((known) => known.name === name && known.keyId === keyId);
    const at = witness && cosignedAt(checkpoint, line, witness);
    if (at) verified.push({ name, at });
    else if (witness) forged.push(name);
    else unknown.push(name);
  }
  return { verified, forged, unknown };
}
