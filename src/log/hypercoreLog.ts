import Hypercore, { type Hypercore as Core } from 'hypercore';
import { Corrupt, Refusal, type Head } from '../../events/index.ts';
import type { EventLog } from '../ports.ts';
import type { FailStop } from './failStop.ts';

/** A block larger than this is refused: replication and readers hold whole blocks in memory. */
const blockBytesMax = 4 * 1024 * 1024;
const readAheadBlocks = 512;

/** One hypercore as an event log. The caller has exclusive use of it for writing. */
export class HypercoreLog implements EventLog {
  readonly #core: Core;
  readonly #failStop: FailStop | null;
  #tail: Promise<unknown> = Promise.resolve();

  /** Without `failStop`, for reading. */
  constructor(core: Core, failStop: FailStop | null = null) {
    this.#core = core;
    this.#failStop = failStop;
  }

  get key(): string {
    return hex(this.#core.key);
  }

  get length(): number {
    return this.#core.length;
  }

  append(blocks: readonly Uint8Array[], expectedLength: number): Promise<void> {
    const appended = this.#tail.then(() => this.#append(blocks, expectedLength));
    this.#tail = appended.catch(() => undefined);
    return appended;
  }

  async #append(blocks: readonly Uint8Array[], expectedLength: number): Promise<void> {
    if (!this.#failStop) throw new TypeError(`log ${this.key} is open for reading`);
    // hypercore's own maxLength drops the blocks without a word on conflict, so the check is made here.
    if (this.#core.length !== expectedLength) {
      throw new Refusal(
        'VERSION_CONFLICT',
        `log ${this.key} holds ${this.#core.length} events, not ${expectedLength}`,
        { data: { expected: expectedLength, found: this.#core.length } },
      );
    }
    const large = blocks.find((block) => block.byteLength > blockBytesMax);
    if (large) {
      throw new Refusal(
        'EVENT_TOO_LARGE',
        `an event of ${large.byteLength} bytes is over the limit of ${blockBytesMax}`,
      );
    }
    await this.#failStop.write(() => this.#core.append(blocks));
  }

  async get(seq: number): Promise<Uint8Array> {
    for await (const block of this.read(seq, seq + 1)) return block;
    throw new Corrupt('LOG_GAP', `log ${this.key} has no event ${seq}`);
  }

  read(from = 0, to = this.#core.length): AsyncIterable<Uint8Array> {
    return readBlocks(this.#core, from, to);
  }

  async head(length = this.#core.length): Promise<Head> {
    if (length > this.#core.length) {
      throw new Corrupt(
        'LOG_GAP',
        `log ${this.key} holds ${this.#core.length} events, ${length} were expected`,
      );
    }
    return headOf(this.#core, length);
  }

  async close(): Promise<void> {
    await this.#tail;
    await this.#core.close();
  }
}

/**
 * Blocks straight from the storage, several hundred at a time, the next ones read while these are used: 15
 * times as fast as hypercore's read stream. Neither verifies what it reads locally; that is the auditor's
 * work.
 */
export async function* readBlocks(
  core: Core,
  from: number,
  to: number,
): AsyncGenerator<Uint8Array> {
  let ahead = readAhead(core, from, to);
  for (let start = from; start < to; start += readAheadBlocks) {
    const blocks = await ahead;
    const next = start + readAheadBlocks;
    if (next < to) ahead = readAhead(core, next, to);
    let seq = start;
    for (const block of blocks) {
      if (!block) throw new Corrupt('LOG_GAP', `log ${hex(core.key)} has no event ${seq}`);
      yield block;
      seq++;
    }
  }
}

function readAhead(core: Core, from: number, to: number): Promise<(Uint8Array | null)[]> {
  const reader = core.core.state.storage.read();
  const blocks: Promise<Uint8Array | null>[] = [];
  for (let seq = from; seq < Math.min(from + readAheadBlocks, to); seq++)
    blocks.push(reader.getBlock(seq));
  reader.tryFlush();
  const all = Promise.all(blocks);
  // Whoever has read enough does not wait for it any more.
  all.catch(() => undefined);
  return all;
}

/** Merkle root over the first `length` blocks, with the key and the fork. */
export async function headOf(core: Core, length: number): Promise<Head> {
  // Not `treeHash` of the core itself: that one waits for peers when the last block was erased.
  const root = hex(await Hypercore.treeHashFromStorage(core, length));
  return { log: hex(core.key), length, root, fork: core.fork };
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}
