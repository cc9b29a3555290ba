import { open, readdir, rm } from 'node:fs/promises';

/**
 * Overwrites a file with zeros, on disk, and removes it. Where the file system or the disk writes elsewhere
 * than it is told to, the old bytes may stay on the medium; no program can do more.
 */
export async function overwrite(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    const { size } = await file.stat();
    await file.write(Buffer.alloc(size), 0, size, 0);
    await file.sync();
  } finally {
    await file.close();
  }
  await rm(path);
}

/** The names in a directory; none when it is not there. */
export async function namesIn(dir: string): Promise<string[]> {
  try {
    return await readdir(dir);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
