import { readFileSync, statSync } from 'node:fs';
import { Refusal } from '../../../events/index.ts';
import type { Clock } from '../../ports.ts';
import { ApiKey } from './apiKey.ts';

/** A changed file is noticed this late at most, once a key is asked for. */
export const statEveryMs = 1000;

/**
 * One API key per line; blank lines and lines that begin with # are not keys. Nothing watches the file:
 * it is looked at when it is asked for, so there is no handle to leak and no event to miss.
 */
export class KeysFile {
  readonly #path: string;
  readonly #clock: Clock;
  #version = '';
  #lookedAtMs = -Infinity;

  constructor(path: string, clock: Clock) {
    this.#path = path;
    this.#clock = clock;
  }

  /**
   * The keys, or null when they are as they were. A file that is gone or empty is one that is being
   * written, so what was read stays; at the first time it is a Refusal ARGUMENT_INVALID, as is, at any
   * time, a file that others may read or a line that is no key.
   */
  changed(): readonly ApiKey[] | null {
    const nowMs = this.#clock.nowMs();
    if (nowMs - this.#lookedAtMs < statEveryMs) return null;
    const version = this.#stat();
    if (version !== null && version !== this.#version) {
      const keys = this.#read();
      if (keys.length > 0) {
        this.#version = version;
        this.#lookedAtMs = nowMs;
        return keys;
      }
    }
    if (this.#version === '')
      throw invalid(`the keys file ${this.#path} holds no key: write one key per line into it`);
    this.#lookedAtMs = nowMs;
    return null;
  }

  /** Differs for every content; null when there is no such file. */
  #stat(): string | null {
    const found = statSync(this.#path, { bigint: true, throwIfNoEntry: false });
    if (!found?.isFile()) return null;
    if (process.platform !== 'win32' && (found.mode & 0o077n) !== 0n)
      throw invalid(`the keys file ${this.#path} is open to other users: run chmod 600 on it`);
    return [found.dev, found.ino, found.size, found.mtimeNs, found.ctimeNs].join(' ');
  }

  #read(): ApiKey[] {
    const texts = new Set<string>();
    const keys: ApiKey[] = [];
    for (const [index, line] of this.#lines().entries()) {
      const text = line.trim();
      if (text === '' || text.startsWith('#') || texts.has(text)) continue;
      texts.add(text);
      keys.push(new ApiKey(text, `line ${index + 1} of the keys file ${this.#path}`));
    }
    return keys;
  }

  #lines(): string[] {
    try {
      return readFileSync(this.#path, 'utf8').split('\n');
    } catch {
      if (this.#version === '')
        throw invalid(`the keys file ${this.#path} cannot be read: check its owner and its mode`);
      return [];
    }
  }
}

function invalid(message: string): Refusal {
  return new Refusal('ARGUMENT_INVALID', message);
}
