import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

const blockBytes = 32 * 1024;
const headerBytes = 7;
const recycledTypes = new Set([5, 6, 7, 8, 11, 131]);

/**
 * Says where in its manifest or its write-ahead logs a database holds a record over which RocksDB would stay
 * for ever, in a thread that even `process.exit` waits for; null when nowhere. It is one of a type for
 * recycled logs among others. Stores here never recycle a log: a flipped bit has made it so.
 *
 * Format: https://github.com/facebook/rocksdb/wiki/Write-Ahead-Log-File-Format, db/log_format.h; the loop:
 * https://github.com/facebook/rocksdb/issues/13333.
 */
export async function findEndlessRecord(database: string): Promise<string | null> {
  const names = await readdir(database).catch(() => []);
  for (const name of names) {
    if (!/^MANIFEST-\d+$|^\d+\.log$/.test(name)) continue;
    // A file that cannot be read, or that a writer has just removed, is left to RocksDB.
    const at = await recycledIn(join(database, name)).catch(() => null);
    if (at !== null) return `${name} has a record of an impossible type at byte ${at}`;
  }
  return null;
}

async function recycledIn(path: string): Promise<number | null> {
  const blocks: AsyncIterable<Buffer> = createReadStream(path, { highWaterMark: blockBytes });
  let start = 0;
  for await (const block of blocks) {
    const at = recycledAt(block);
    if (at !== null) return start + at;
    start += block.byteLength;
  }
  return null;
}

/** Goes from header to header of a block as RocksDB does: checksum (4 bytes), length (2), type (1). */
function recycledAt(block: Buffer): number | null {
  let at = 0;
  while (at + headerBytes <= block.byteLength) {
    const length = block.readUInt16LE(at + 4);
    const type = block.readUInt8(at + 6);
    if (recycledTypes.has(type)) return at;
    if (type === 0 && length === 0) return null;
    at += headerBytes + length;
  }
  return null;
}
