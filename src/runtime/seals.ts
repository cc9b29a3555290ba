import { decodeRecorded, type Head } from '../../events/index.ts';
import type { Durability, EventLog } from '../ports.ts';

const sealed = Buffer.from('"node.checkpoint.sealed"');
/** Heads in one event: it has to fit into a block. */
const headsMax = 5000;

/** What sealing needs of the host. */
export type SealsInit = {
  readonly store: {
    reach(durability: Durability): Promise<Durability>;
    blobsHead(): Promise<Head>;
    heads(): Promise<readonly Head[]>;
  };
  /** Keys of all logs of the node but its own. */
  known(): ReadonlySet<string>;
  /** Writes a seal into the log of the node. */
  append(heads: Head[]): Promise<void>;
};

/** How far each log is sealed in the log of its node, and the sealing of what is not. */
export class Seals {
  readonly #init: SealsInit;
  readonly #lengths = new Map<string, number>();
  /** Where each log was when its actor was last put to sleep, until that is sealed. */
  readonly #slept = new Map<string, Head>();
  /** Logs that were changed behind the node's back: nothing of them is vouched for. */
  #doubtful: ReadonlySet<string> = new Set();
  #tail: Promise<unknown> = Promise.resolve();

  constructor(init: SealsInit) {
    this.#init = init;
  }

  /** Reads the seals of the node's log, and seals what a process before this one has left. Throws Corrupt. */
  async start(nodeLog: EventLog): Promise<void> {
    let seq = 0;
    for await (const block of nodeLog.read()) {
      const where = { log: nodeLog.key, seq: seq++ };
      // Most events are something else, and decoding is what takes the time.
      if (!Buffer.from(block.buffer, block.byteOffset, block.byteLength).includes(sealed)) continue;
      const { event } = decodeRecorded(block, where);
      if (event.type === 'node.checkpoint.sealed') this.#note(event.heads);
    }
    const heads = await this.#stored();
    this.#doubtful = new Set(this.#init.known()).difference(new Set(heads.map(({ log }) => log)));
    await this.#seal(heads);
  }

  /** True when a log has grown since it was sealed. */
  lack({ log, length }: Pick<Head, 'log' | 'length'>): boolean {
    return length > (this.#lengths.get(log) ?? 0) && !this.#doubtful.has(log);
  }

  /** Remembers the head of an actor that is put to sleep. */
  sleep(head: Head): void {
    if (this.lack(head)) this.#slept.set(head.log, head);
  }

  /** Seals what has grown: of the actors that sleep, of those that are awake, and of the texts. */
  seal(awake: () => Promise<readonly Head[]>): Promise<number> {
    const done = this.#tail.then(async () => {
      const heads = [...this.#slept.values(), ...(await awake())];
      return this.#seal([...heads, await this.#init.store.blobsHead()]);
    });
    this.#tail = done.catch(() => undefined);
    return done;
  }

  /** Seals for the last time, when all actors sleep: what is stored, and the log of the node. */
  async end(own: Head | null): Promise<void> {
    await this.#tail;
    // An actor that has failed may have written more than it knows.
    const heads = [await this.#init.store.blobsHead(), ...(await this.#stored())];
    await this.#seal([...heads, ...(own ? [own] : [])]);
  }

  async #stored(): Promise<Head[]> {
    const known = this.#init.known();
    return (await this.#init.store.heads()).filter(({ log }) => known.has(log));
  }

  async #seal(heads: readonly Head[]): Promise<number> {
    // Of a log that was put to sleep and woken up again, the later head counts.
    const newest = new Map(heads.map((head) => [head.log, head]));
    const grown = [...newest.values()].filter((head) => this.lack(head));
    if (grown.length > 0) await this.#init.store.reach('disk');
    for (let from = 0; from < grown.length; from += headsMax) {
      const part = grown.slice(from, from + headsMax);
      await this.#init.append(part);
      this.#note(part);
    }
    for (const [log, head] of this.#slept) if (!this.lack(head)) this.#slept.delete(log);
    return grown.length;
  }

  #note(heads: readonly Head[]): void {
    for (const { log, length } of heads) this.#lengths.set(log, length);
  }
}

/** Seals at an interval, one seal at a time; keeps no process alive. Ends with `stop`. */
export type Sealing = { stop(): Promise<void> };

/** Calls `seal` every `everyMs` milliseconds; never when that is 0. */
export function startSealing(everyMs: number, seal: () => Promise<void>): Sealing {
  if (everyMs === 0) return { stop: async () => undefined };
  let running: Promise<void> | null = null;
  const timer = setInterval(() => {
    // What could not be sealed is sealed the next time, and at the stop, where an error is heard.
    running ??= seal()
      .catch(() => undefined)
      .finally(() => {
        running = null;
      });
  }, everyMs).unref();
  return {
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}
