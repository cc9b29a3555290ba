import { constants } from 'node:fs';
import { access, mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { Corrupt, Refusal, Unavailable } from '../../events/index.ts';
import { refuseCopy } from './copyMark.ts';
import { storageFailed } from './failStop.ts';
import { syncDirectory } from './groupCommit.ts';

/** Where everything of a data directory lies. */
export type DataDir = {
  readonly root: string;
  /** The corestore: every log. The one thing that cannot be made again. */
  readonly store: string;
  /** Keys of subjects. Without them the texts are gone, and only the texts. */
  readonly keys: string;
  /** What was taken out of the texts, sealed with the keys of their subjects. */
  readonly restore: string;
  /** Rebuilt from the logs at any time. */
  readonly views: string;
  readonly snapshots: string;
};

const nodeFile = z.strictObject({
  format: z.literal(1),
  name: z.string(),
  /** Public key of the node's own log, from which every other log is found. */
  log: z.string().regex(/^[0-9a-f]{64}$/),
});
export type NodeFile = z.infer<typeof nodeFile>;

export function dataDir(root: string): DataDir {
  return {
    root,
    store: join(root, 'store'),
    keys: join(root, 'keys'),
    restore: join(root, 'restore'),
    views: join(root, 'views'),
    snapshots: join(root, 'snapshots'),
  };
}

/**
 * Makes a data directory that git ignores and only its owner reads. Throws Unavailable DATA_DIR_UNWRITABLE,
 * also for a backup.
 */
export async function createDataDir(dir: DataDir): Promise<void> {
  await refuseCopy(dir);
  try {
    for (const path of [dir.root, dir.keys, dir.views, dir.snapshots]) {
      await makeDirectory(path);
    }
    await access(dir.root, constants.W_OK);
    await writeFile(join(dir.root, '.gitignore'), '*\n', { flag: 'wx' }).catch(ignoreExisting);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Unavailable(
      'DATA_DIR_UNWRITABLE',
      `the data directory ${dir.root} cannot be written (${why}); choose another with --data`,
      { cause },
    );
  }
}

// Not mkdir's own `recursive`: below a file system that makes no folders, such as /proc, it never returns.
async function makeDirectory(path: string): Promise<void> {
  const make = () => mkdir(path, { mode: 0o700 }).catch(ignoreExisting);
  try {
    await make();
  } catch (error) {
    const parentIsMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (!parentIsMissing || dirname(path) === path) throw error;
    await makeDirectory(dirname(path));
    await make();
  }
}

function ignoreExisting(error: unknown): void {
  if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return;
  throw error;
}

/** Name and log of the node that writes here; null in a directory without logs. */
export async function readNodeFile(dir: DataDir): Promise<NodeFile | null> {
  const path = join(dir.root, 'node.json');
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
  try {
    return nodeFile.parse(JSON.parse(text));
  } catch (cause) {
    throw new Corrupt('LOG_CORRUPT', `${path} is not the description of a node`, { cause });
  }
}

/** Throws Unavailable STORAGE_FAILED. */
export async function writeNodeFile(dir: DataDir, file: NodeFile): Promise<void> {
  const path = join(dir.root, 'node.json');
  try {
    await writeFile(`${path}.tmp`, `${JSON.stringify(file, null, 2)}\n`, {
      mode: 0o600,
      flush: true,
    });
    await rename(`${path}.tmp`, path);
    await syncDirectory(dir.root);
  } catch (cause) {
    throw storageFailed(dir.root, cause);
  }
}

/** Refuses a path at which there are no logs to read. */
export async function requireLogs(dir: DataDir): Promise<NodeFile> {
  const file = await readNodeFile(dir);
  const store = await stat(dir.store).catch(() => null);
  if (file && store?.isDirectory()) return file;
  throw new Refusal(
    'NOT_FOUND',
    `there are no logs in ${dir.root}; name a data directory with --data or BZZZ_DATA`,
  );
}
