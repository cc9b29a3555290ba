import { randomBytes } from 'node:crypto';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Corrupt, Refusal, Unavailable } from '../../events/index.ts';
import { parseCheckpoint, Rfc6962, splitNotes, type Checkpoint } from '../shared/note/index.ts';
import type { EventLog } from '../ports.ts';
import { syncDirectory } from './groupCommit.ts';

/** The file in which a node leaves its newest checkpoint, for others to keep. */
export class CheckpointFile {
  readonly #path: string;

  private constructor(path: string) {
    this.#path = path;
  }

  /**
   * Takes a file over: one that is not there, or that holds a checkpoint of this node which its log still
   * agrees with. Throws Refusal ARGUMENT_INVALID for anything else, and Corrupt LOG_CORRUPT for a log that
   * is not what it was then: who signs a second history takes the proof away that there was a first.
   */
  static async of(path: string, log: EventLog): Promise<CheckpointFile> {
    const known = await readKnown(path);
    if (known && known.log !== log.key) {
      throw notOurs(path, `it holds a checkpoint of another node (${known.origin})`);
    }
    if (known && (await rootAt(log, known.size)) !== known.root) {
      throw new Corrupt(
        'LOG_CORRUPT',
        `the log of the node contradicts its checkpoint of ${known.at} in ${path}: ${known.size} events ` +
          `were signed, and the ${log.length} of today do not go on from them; run bzzz audit verify ` +
          '--against that file, and move the file away if the node was restored from a backup',
        { data: { file: path, expected: known.root } },
      );
    }
    return new CheckpointFile(path);
  }

  /** Puts a note in the place of the one before: whole and on disk, or not at all. */
  async write(note: string): Promise<void> {
    const draft = `${this.#path}.${randomBytes(4).toString('hex')}.tmp`;
    try {
      const file = await open(draft, 'wx');
      try {
        await file.writeFile(note);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(draft, this.#path);
      await syncDirectory(dirname(this.#path));
    } catch (cause) {
      await rm(draft, { force: true }).catch(() => undefined);
      throw new Unavailable(
        'STORAGE_FAILED',
        `the checkpoint cannot be written to ${this.#path}: ${messageOf(cause)}; make room there, or ` +
          'name another file as checkpoint.file',
        { cause },
      );
    }
  }
}

async function readKnown(path: string): Promise<Checkpoint | null> {
  const bytes = await readFile(path).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw notOurs(path, messageOf(error));
  });
  if (!bytes) return null;
  try {
    const [note = '', ...more] = splitNotes(bytes);
    if (more.length > 0) throw notOurs(path, 'it holds more than one note');
    return parseCheckpoint(note);
  } catch (error) {
    if (error instanceof Refusal && error.code === 'CHECKPOINT_INVALID') {
      throw notOurs(path, error.message);
    }
    throw error;
  }
}

function notOurs(path: string, why: string): Refusal {
  return new Refusal(
    'ARGUMENT_INVALID',
    `checkpoint.file would overwrite ${path}: ${why}; name another file`,
  );
}

/** RFC 6962 root over the first blocks of a log; null when there are not as many. */
export async function rootAt(log: EventLog, size: number): Promise<string | null> {
  if (size > log.length) return null;
  const tree = new Rfc6962();
  for await (const block of log.read(0, size)) tree.append(block);
  return tree.root();
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
