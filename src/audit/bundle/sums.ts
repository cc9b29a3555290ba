import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';

/** SHA-256 of files by their path in the bundle. */
export type Sums = ReadonlyMap<string, string>;

/** The sums as coreutils write and check them: `sha256sum -c SHA256SUMS`. */
export function formatSums(sums: Sums): string {
  return [...sums]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([file, sum]) => `${sum}  ${file}\n`)
    .join('');
}

/** Null for a text that `formatSums` does not write. */
export function parseSums(text: string): Sums | null {
  const sums = new Map<string, string>();
  for (const [, sum = '', file = ''] of text.matchAll(/^([0-9a-f]{64}) {2}(\S+)$/gm)) {
    sums.set(file, sum);
  }
  return formatSums(sums) === text ? sums : null;
}

/** SHA-256 of a file, which is shown to `see` on the way. */
export async function sumOf(
  path: string,
  see: (chunk: Uint8Array) => void,
  signal: AbortSignal | undefined,
): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, signal ? { signal } : {})) {
    if (!(chunk instanceof Uint8Array)) throw new TypeError('a stream of bytes');
    hash.update(chunk);
    see(chunk);
  }
  return hash.digest('hex');
}
