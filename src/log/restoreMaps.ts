import { createHmac, randomBytes, type KeyObject } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { Corrupt, sha256Hex, Unavailable } from '../../events/index.ts';
import type { Redactor } from '../ports.ts';
import {
  emptyMap,
  findPlaceholders,
  replaceSensitive,
  restoreSensitive,
  type RedactOptions,
  type RestoreMap,
} from '../shared/redact/index.ts';
import { openBox, sealBox } from './box.ts';
import { namesIn, overwrite } from './eraseFile.ts';
import { syncDirectory } from './groupCommit.ts';
import type { SubjectKeys } from './subjectKeys.ts';

const storedMap = z.strictObject({
  format: z.literal(1),
  tag: z.string().regex(/^[a-z0-9]{1,16}$/),
  entries: z.record(z.string(), z.string()),
});

type StoredMap = z.infer<typeof storedMap>;

/**
 * What was taken out of the texts of each subject: one file per subject beside the logs, never in them,
 * sealed with the key of the subject. Who erases the key erases the map with the texts. The name of a file
 * says which key opens it, so that a map whose key is gone is not taken for a damaged one.
 */
export class RestoreMaps {
  readonly #dir: string;
  readonly #keys: SubjectKeys;

  constructor(dir: string, keys: SubjectKeys) {
    this.#dir = dir;
    this.#keys = keys;
  }

  /** Null when nothing was taken out, or its key is gone. Throws Corrupt for a file that is not whole. */
  async read(subject: string): Promise<RestoreMap | null> {
    const key = await this.#keys.find(subject);
    if (!key) return null;
    const path = this.#path(subject, key);
    let box: Buffer;
    try {
      box = await readFile(path);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
      throw error;
    }
    try {
      const { tag, entries } = storedMap.parse(JSON.parse(openBox(key, subject, box)));
      return { tag, values: new Map(Object.entries(entries)) };
    } catch (cause) {
      const way = 'put it back from a backup, or move it away: what it holds then stays redacted';
      throw new Corrupt('LOG_CORRUPT', `the restore map ${path} is damaged; ${way}`, { cause });
    }
  }

  /** Replaces the map as a whole; it is on disk when this resolves. */
  async write(subject: string, map: RestoreMap): Promise<void> {
    const key = await this.#keys.create(subject);
    const path = this.#path(subject, key);
    const entries = Object.fromEntries(map.values);
    const stored: StoredMap = { format: 1, tag: map.tag, entries };
    const box = sealBox(key, subject, JSON.stringify(stored));
    try {
      const made = await mkdir(this.#dir, { recursive: true, mode: 0o700 });
      if (made !== undefined) await syncDirectory(dirname(this.#dir));
      await writeWhole(path, box);
      await syncDirectory(this.#dir);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new Unavailable(
        'DATA_DIR_UNWRITABLE',
        `what was redacted cannot be kept in ${this.#dir} (${why}); make room or give the right to write`,
        { cause },
      );
    }
  }

  /** Removes every map of a subject whose key is gone; resolves when they are gone from the disk. */
  async destroyUnreadable(subject: string): Promise<void> {
    const key = await this.#keys.find(subject);
    const kept = key && basename(this.#path(subject, key));
    const left = (await namesIn(this.#dir)).filter(
      (name) => name.startsWith(`${sha256Hex(subject)}-`) && name !== kept,
    );
    if (left.length === 0) return;
    for (const name of left) await overwrite(join(this.#dir, name));
    await syncDirectory(this.#dir);
  }

  #path(subject: string, key: KeyObject): string {
    const keyName = createHmac('sha256', key).update('bzzz/restore').digest('hex').slice(0, 16);
    return join(this.#dir, `${sha256Hex(subject)}-${keyName}.map`);
  }
}

async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const draft = `${path}.tmp`;
  try {
    const file = await open(draft, 'w', 0o600);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

type Maps = Pick<RestoreMaps, 'read' | 'write'>;

/** Restores beside a writer: the file as it is now, each time. */
export function createRestorer(maps: Pick<Maps, 'read'>): Pick<Redactor, 'restore'> {
  return {
    async restore(subject, text) {
      // Most texts never had anything taken out.
      if (findPlaceholders(text).length === 0) return text;
      const map = await maps.read(subject);
      return map ? restoreSensitive(text, map) : text;
    },
  };
}

/** A redactor that can be told that the map of a subject is gone. */
export type ForgetfulRedactor = Redactor & { forget(subject: string): void };

/** Maps kept in memory; the longest unused make room. */
const knownMax = 100;

/**
 * Redacts for the one process that writes. A map is on disk before the text that needs it is returned, so no
 * crash leaves a placeholder that nobody can restore. Texts of one subject wait for each other.
 */
export function createRedactor(maps: Maps, options: RedactOptions): ForgetfulRedactor {
  const known = new Map<string, RestoreMap>();
  const queues = new Map<string, Promise<string>>();

  async function redactAfter(
    before: Promise<string> | undefined,
    subject: string,
    text: string,
  ): Promise<string> {
    // How the one before fares is for its own caller to hear.
    await before?.catch(() => undefined);
    const map = known.get(subject) ?? (await maps.read(subject)) ?? emptyMap(randomTag());
    const redacted = replaceSensitive(text, map, options);
    if (redacted.map !== map) await maps.write(subject, redacted.map);
    remember(subject, redacted.map);
    return redacted.text;
  }

  function remember(subject: string, map: RestoreMap): void {
    known.delete(subject);
    known.set(subject, map);
    const oldest = known.size > knownMax ? known.keys().next().value : undefined;
    if (oldest !== undefined) known.delete(oldest);
  }

  return {
    ...createRestorer(maps),
    forget(subject) {
      known.delete(subject);
    },
    async redact(subject, text) {
      const turn = redactAfter(queues.get(subject), subject, text);
      queues.set(subject, turn);
      try {
        return await turn;
      } finally {
        if (queues.get(subject) === turn) queues.delete(subject);
      }
    },
  };
}

/** 60 bits in base32: nobody who has not seen a placeholder of the map writes one. */
function randomTag(): string {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
  return Array.from(randomBytes(12), (byte) => alphabet[byte % alphabet.length]).join('');
}
