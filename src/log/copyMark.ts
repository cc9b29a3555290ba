import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { Unavailable } from '../../events/index.ts';
import type { DataDir } from './dataDir.ts';
import { syncDirectory } from './groupCommit.ts';

/** The file that marks a copy. */
export const copyMarkName = 'copy.json';

/** What marks a directory as a backup, or as one that is not written to its end. */
const copyMark = z.strictObject({
  format: z.literal(1),
  what: z.enum(['backup', 'restore']),
  /** False while it is written: what lies here is of no use. */
  complete: z.boolean(),
  /** The moment that all logs are of. */
  takenAt: z.iso.datetime({ precision: 3 }),
  /** The process that writes it. */
  pid: z.int(),
});
export type CopyMark = z.infer<typeof copyMark>;

export type CopyOptions = {
  /** Open what is still being written, as its writer does. */
  readonly unfinished?: boolean;
};

/** Null in a directory that a node works in. A mark that cannot be read is one of an unfinished copy. */
export async function readCopyMark(dir: Pick<DataDir, 'root'>): Promise<CopyMark | null> {
  try {
    return copyMark.parse(JSON.parse(await readFile(pathIn(dir), 'utf8')));
  } catch (error) {
    // Below a file there is nothing either: whoever goes on says so.
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    return { format: 1, what: 'backup', complete: false, takenAt: '', pid: 0 };
  }
}

/** Marks a directory, durably. */
export async function writeCopyMark(dir: Pick<DataDir, 'root'>, mark: CopyMark): Promise<void> {
  const draft = `${pathIn(dir)}.tmp`;
  await writeFile(draft, `${JSON.stringify(mark, null, 2)}\n`, { mode: 0o600, flush: true });
  await rename(draft, pathIn(dir));
  await syncDirectory(dir.root);
}

/** Makes a directory one that a node may work in, durably. */
export async function removeCopyMark(dir: Pick<DataDir, 'root'>): Promise<void> {
  await rm(pathIn(dir));
  await syncDirectory(dir.root);
}

/** Throws Unavailable DATA_DIR_UNWRITABLE where a node must not write: two writers would fork the logs. */
export async function refuseCopy(dir: DataDir, options: CopyOptions = {}): Promise<void> {
  const mark = await readCopyMark(dir);
  if (!mark || options.unfinished) return;
  if (!mark.complete) throw unfinished(dir);
  throw new Unavailable(
    'DATA_DIR_UNWRITABLE',
    `${dir.root} is a backup, for bzzz audit verify: two writers would fork its logs. ` +
      `To go on from it, run bzzz restore ${dir.root} --data DIR --by NAME with an empty DIR`,
  );
}

/** Throws Unavailable DATA_DIR_UNWRITABLE for what a backup or a restore did not come to write to its end. */
export async function refuseUnfinished(dir: DataDir, options: CopyOptions = {}): Promise<void> {
  const mark = await readCopyMark(dir);
  if (mark && !mark.complete && !options.unfinished) throw unfinished(dir);
}

function unfinished({ root }: DataDir): Unavailable {
  return new Unavailable(
    'DATA_DIR_UNWRITABLE',
    `${root} is the start of a backup or a restore that was cut off; run it again: it starts afresh`,
  );
}

function pathIn({ root }: Pick<DataDir, 'root'>): string {
  return join(root, copyMarkName);
}
