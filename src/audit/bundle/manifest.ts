import Verifier from 'hypercore/lib/verifier.js';
import type { Manifest } from '../evidence.ts';
import { hex, sameBytes } from '../merkle.ts';

/** A manifest in the bytes that the key of its log is the hash of; null for one that has no such bytes. */
export function encodeManifest(manifest: Manifest | null): string | null {
  if (!manifest) return null;
  try {
    return hex(Verifier.encodeManifest(manifest));
  } catch {
    return null;
  }
}

/** The manifest of such bytes; null when they are no manifest, or more than one. */
export function manifestOf(bytes: Uint8Array): Manifest | null {
  try {
    const manifest = Verifier.decodeManifest(bytes);
    return sameBytes(Verifier.encodeManifest(manifest), bytes) ? manifest : null;
  } catch {
    return null;
  }
}
