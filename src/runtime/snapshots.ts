import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Snapshot } from 'xstate';
import { sha256Hex } from '../../events/index.ts';
import type { EventLog } from '../ports.ts';
import { CommandIndex } from './commandIndex.ts';

const stored = z.object({
  machine: z.string(),
  length: z.int().min(1),
  root: z.string(),
  snapshot: z.custom<Snapshot<unknown>>((value) => typeof value === 'object' && value !== null),
  // Thousands of entries, looked at one by one where they are restored: ten times as fast as by a schema.
  commands: z.custom<readonly unknown[]>(Array.isArray),
});

export type Restored = {
  readonly length: number;
  readonly snapshot: Snapshot<unknown>;
  readonly commands: CommandIndex;
};

/**
 * A cache of folded states, one file per actor. The log is the truth: a snapshot that was made by another
 * machine, or of a history that is not the log's, is not used, and losing all of them costs only time.
 */
export class SnapshotCache {
  readonly #dir: string;

  constructor(dir: string) {
    this.#dir = dir;
  }

  async save(
    actor: string,
    machine: string,
    log: EventLog,
    folded: { length: number; snapshot: Snapshot<unknown>; commands: readonly unknown[] },
  ): Promise<void> {
    const { root } = await log.head(folded.length);
    const path = this.#path(actor);
    await writeFile(`${path}.tmp`, JSON.stringify({ machine, root, ...folded }), { mode: 0o600 });
    await rename(`${path}.tmp`, path);
  }

  async load(actor: string, machine: string, log: EventLog): Promise<Restored | null> {
    try {
      const { commands, ...found } = stored.parse(
        JSON.parse(await readFile(this.#path(actor), 'utf8')),
      );
      if (found.machine !== machine || found.length > log.length) return null;
      const { root } = await log.head(found.length);
      if (root !== found.root) return null;
      return { ...found, commands: CommandIndex.restore(commands) };
    } catch {
      // Absent, torn or of an older format: the log has it all.
      return null;
    }
  }

  /** Forgets what is kept of an actor. */
  async remove(actor: string): Promise<void> {
    const path = this.#path(actor);
    await Promise.all([rm(path, { force: true }), rm(`${path}.tmp`, { force: true })]);
  }

  #path(actor: string): string {
    return join(this.#dir, `${sha256Hex(actor)}.json`);
  }
}
