import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';

const blockBytes = 32 * 1024;
const headerBytes = 7;
/** What a kernel writes whole or not at all. */
const pageBytes = 4096;

/**
 * Says where in its write-ahead logs a database holds a record that was changed, and true ones after it; null
 * when nowhere. RocksDB ends its recovery at such a record without a word, as at one that a crash has torn, and
 * all that was acknowledged after it would be gone. What a crash tears is the end of a log, or lacks whole
 * pages.
 *
 * Format: https://github.com/facebook/rocksdb/wiki/Write-Ahead-Log-File-Format; the checksum is CRC-32C (RFC
 * 3720, B.4) of type and payload, masked as in util/crc32c.h.
 */
export async function findFalseRecord(database: string): Promise<string | null> {
  const names = await readdir(database).catch(() => []);
  for (const name of names) {
    if (!/^\d+\.log$/.test(name)) continue;
    // A file that cannot be read, or that a writer has just removed, is left to RocksDB.
    const at = await falseIn(join(database, name)).catch(() => null);
    if (at !== null) return `${name} has a record at byte ${at} that does not have its checksum`;
  }
  return null;
}

async function falseIn(path: string): Promise<number | null> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    let falseAt: number | null = null;
    for (let start = 0; start < size; start += blockBytes) {
      const length = Math.min(blockBytes, size - start);
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, start);
      for (const record of recordsOf(buffer.subarray(0, bytesRead))) {
        if (record.isTrue && falseAt !== null) return falseAt;
        if (!record.isTrue && falseAt === null && !record.isTorn) falseAt = start + record.at;
      }
    }
    return null;
  } finally {
    await file.close();
  }
}

type Seen = { readonly at: number; readonly isTrue: boolean; readonly isTorn: boolean };

/** Goes from header to header of a block: checksum (4 bytes), length (2), type (1). */
function* recordsOf(block: Buffer): Generator<Seen> {
  let at = 0;
  while (at + headerBytes <= block.byteLength) {
    const length = block.readUInt16LE(at + 4);
    const end = at + headerBytes + length;
    if (length === 0 && block.readUInt8(at + 6) === 0) return;
    const isWhole = end <= block.byteLength;
    const isTrue =
      isWhole && block.readUInt32LE(at) === masked(crc32c(block.subarray(at + 6, end)));
    const isTorn = hasEmptyPage(block, at, Math.min(end, block.byteLength));
    yield { at, isTrue, isTorn };
    // Where the length is false, too, the next block begins with a header again.
    if (!isWhole) return;
    at = end;
  }
}

function hasEmptyPage(block: Buffer, from: number, to: number): boolean {
  const first = Math.ceil(from / pageBytes) * pageBytes;
  for (let at = first; at + pageBytes <= to; at += pageBytes)
    if (block.subarray(at, at + pageBytes).every((byte) => byte === 0)) return true;
  return false;
}

function masked(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

const table = Uint32Array.from({ length: 256 }, (_, index) => {
  let crc = index;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc;
});

function crc32c(bytes: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ (table[(crc ^ byte) & 0xff] ?? 0);
  return ~crc >>> 0;
}
