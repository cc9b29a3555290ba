import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The shortest piece that is looked for, in bytes. */
const pieceBytes = 16;

/** Things that must not be found, by what they are called. */
export type Needles = Readonly<Record<string, readonly Uint8Array[]>>;

/**
 * Looks through every byte of every file below a directory, names included, and returns what was found as
 * `file: needle`. Of each needle any piece of 31 bytes is found wherever it lies, and of a needle below 8 kB
 * any piece of 16.
 */
export async function searchBytes(dir: string, needles: Needles): Promise<string[]> {
  const pieces = piecesOf(needles);
  const hits = new Set<string>();
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    const name = join(entry.parentPath, entry.name);
    const bytes = entry.isFile() ? await readFile(name) : Buffer.alloc(0);
    for (const text of [bytes.toString('latin1'), name]) {
      for (let at = 0; at + pieceBytes <= text.length; at++) {
        const found = pieces.get(text.slice(at, at + pieceBytes));
        if (found !== undefined) hits.add(`${name.slice(dir.length + 1)}: ${found}`);
      }
    }
  }
  return [...hits].toSorted();
}

function piecesOf(needles: Needles): Map<string, string> {
  const pieces = new Map<string, string>();
  for (const [name, all] of Object.entries(needles)) {
    for (const needle of all) {
      const text = Buffer.from(needle).toString('latin1');
      const stride = text.length < 8192 ? 1 : pieceBytes;
      for (let at = 0; at + pieceBytes <= text.length; at += stride) {
        pieces.set(text.slice(at, at + pieceBytes), name);
      }
    }
  }
  return pieces;
}

/** A key as it could be written down. */
export function spellings(key: Uint8Array): Uint8Array[] {
  const bytes = Buffer.from(key);
  const hex = bytes.toString('hex');
  return [
    bytes,
    ...[bytes.toString('base64'), bytes.toString('base64url'), hex, hex.toUpperCase()].map((text) =>
      Buffer.from(text),
    ),
  ];
}
