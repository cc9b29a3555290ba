import { mkdir, open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { syncDirectory } from './groupCommit.ts';

const filesAtATime = 16;

/** Copies the files of a folder, synced, and returns how many; drafts, and what is being erased, stay behind. */
export async function copyFiles(from: string, to: string): Promise<number> {
  const names = (await namesOf(from)).filter((name) => !name.endsWith('.tmp'));
  await mkdir(to, { mode: 0o700 });
  let copied = 0;
  for (let at = 0; at < names.length; at += filesAtATime) {
    const some = names.slice(at, at + filesAtATime);
    const done = await Promise.all(some.map((name) => copyFile(join(from, name), join(to, name))));
    copied += done.filter(Boolean).length;
  }
  await syncDirectory(to);
  return copied;
}

/** Writes a new file, synced. */
export async function writeSynced(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function copyFile(from: string, to: string): Promise<boolean> {
  const bytes = await readFile(from).catch(ignoreMissing);
  // Erasing overwrites a file with zeros before it removes it.
  if (!bytes || bytes.every((byte) => byte === 0)) return false;
  await writeSynced(to, bytes);
  return true;
}

async function namesOf(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(ignoreMissing)) ?? [];
}

function ignoreMissing(error: unknown): null {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
  throw error;
}
