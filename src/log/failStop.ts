import { Unavailable } from '../../events/index.ts';

/**
 * Ends all writing to a store with the first write or sync that fails. What the kernel could not write it may
 * drop from memory as well, so that a second sync would succeed over a hole (https://lwn.net/Articles/752063);
 * and what of a failed append is on disk only a restart can tell.
 */
export class FailStop {
  readonly #root: string;
  #failure: Unavailable | null = null;

  /** `root` is the data directory, for people to read. */
  constructor(root: string) {
    this.#root = root;
  }

  get failed(): boolean {
    return this.#failure !== null;
  }

  /** Runs a write. Throws Unavailable STORAGE_FAILED when it fails, or any write before it has. */
  async write<T>(work: () => Promise<T>): Promise<T> {
    this.check();
    try {
      return await work();
    } catch (cause) {
      this.#failure ??= storageFailed(this.#root, cause);
      throw this.#failure;
    }
  }

  /** Lets go of what is written to; that it fails, too, is no news where a write has. */
  async end(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (cause) {
      if (!this.#failure) throw storageFailed(this.#root, cause);
    }
  }

  /** Throws Unavailable STORAGE_FAILED when a write has failed. */
  check(): void {
    if (this.#failure) throw this.#failure;
  }
}

/** What to do when a disk does not take what is written to it. */
export function storageFailed(root: string, cause: unknown): Unavailable {
  const why = innermost(cause);
  return new Unavailable(
    'STORAGE_FAILED',
    `the disk of ${root} did not take what was written (${why}); what was acknowledged before is safe: ` +
      'make room or mend the disk, then run the command again',
    { cause },
  );
}

/** RocksDB says first that a batch was not applied, and only then why. */
function innermost(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? innermost(error.cause) : error.message;
}
