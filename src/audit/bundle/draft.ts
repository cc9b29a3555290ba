import { access, constants, lstat, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Refusal, Unavailable } from '../../../events/index.ts';
import { FileWriter } from './fileWriter.ts';
import { bundleFiles } from './format.ts';
import { formatSums } from './sums.ts';

/** A bundle while it is written, under another name. */
export class Draft {
  readonly #dir: string;
  readonly #sums = new Map<string, string>();
  #bytes = 0;

  private constructor(dir: string) {
    this.#dir = dir;
  }

  /**
   * Writes a bundle whole or not at all: it appears at its place once all of it is on disk. Throws Refusal
   * ARGUMENT_INVALID for a place that is taken or cannot be written, Unavailable STORAGE_FAILED when the
   * disk does not take it.
   */
  static async at<T>(
    target: string,
    write: (draft: Draft) => Promise<T>,
  ): Promise<{ result: T; files: number; bytes: number }> {
    const place = resolve(target);
    await requireFree(place);
    const dir = `${place}.${process.pid}.tmp`;
    try {
      return await storing(place, async () => {
        const draft = new Draft(dir);
        for (const path of [dir, join(dir, bundleFiles.logs)]) await mkdir(path, { mode: 0o700 });
        const result = await write(draft);
        await draft.#finish();
        await rename(dir, place);
        await syncFolder(dirname(place));
        return { result, files: draft.#sums.size + 1, bytes: draft.#bytes };
      });
    } catch (error) {
      await rm(dir, { recursive: true, force: true }).catch(() => undefined);
      throw error;
    }
  }

  /** A file of the bundle, by its path in it. */
  async file(name: string, write: (file: FileWriter) => Promise<void>): Promise<void> {
    const { sum, bytes } = await FileWriter.write(join(this.#dir, name), write);
    this.#sums.set(name, sum);
    this.#bytes += bytes;
  }

  text(name: string, text: string): Promise<void> {
    return this.file(name, (file) => file.add(Buffer.from(text)));
  }

  async folder(name: string): Promise<void> {
    await mkdir(join(this.#dir, name), { mode: 0o700 });
  }

  async #finish(): Promise<void> {
    const text = formatSums(this.#sums);
    await FileWriter.write(join(this.#dir, bundleFiles.sums), (file) =>
      file.add(Buffer.from(text)),
    );
    const folders = new Set([...this.#sums.keys()].map((file) => dirname(file)));
    for (const folder of folders) await syncFolder(join(this.#dir, folder));
  }
}

async function requireFree(place: string): Promise<void> {
  const found = await lstat(place).catch(() => null);
  if (found) throw cannotWrite(place, 'it exists; name a new one');
  await access(dirname(place), constants.W_OK).catch((cause: unknown) => {
    throw cannotWrite(place, messageOf(cause), cause);
  });
}

function cannotWrite(place: string, why: string, cause?: unknown): Refusal {
  return new Refusal('ARGUMENT_INVALID', `cannot write the bundle ${place}: ${why}`, { cause });
}

/** What the file system says becomes an error of ours; what else is thrown stays. */
async function storing<T>(place: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (cause) {
    if (!(cause instanceof Error && 'syscall' in cause)) throw cause;
    throw new Unavailable(
      'STORAGE_FAILED',
      `the bundle ${place} is not written: ${messageOf(cause)}; make room, or name another place`,
      { cause },
    );
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
