import type { MessagePort } from 'node:worker_threads';
import { Corrupt, type CorruptCode } from '../../events/index.ts';
import { isUnreadable, type Evidence, type StoredLog } from './evidence.ts';
import type { Proof, SeenBlocks } from './proof.ts';
import { readLogs } from './proofReads.ts';
import { proveTimed, type ProofTask } from './prover.ts';

/** What a log says of itself, as the thread that judges has read it. */
export type Header = Omit<StoredLog, 'blocks' | 'nodes'>;

type Planned = Omit<ProofTask, 'log'> & { readonly header: Header };

/** To the thread that proves: what to prove, and how many bytes of it are judged by now. */
export type ToServer =
  | { readonly kind: 'prove'; readonly plan: readonly Planned[] }
  | { readonly kind: 'judged'; readonly bytes: number }
  | { readonly kind: 'stop' };

/** To the thread that judges. Blocks lie one after the other in `bytes`; block i is event seqs[i] and ends at ends[i]. */
export type ToJudge =
  | {
      readonly kind: 'blocks';
      readonly count: number;
      readonly seqs: Float64Array<ArrayBuffer>;
      readonly ends: Float64Array<ArrayBuffer>;
      readonly bytes: Uint8Array<ArrayBuffer>;
    }
  | { readonly kind: 'proof'; readonly proof: Proof; readonly busyMs: number }
  | { readonly kind: 'corrupt'; readonly code: CorruptCode; readonly message: string };

/** Proved and not yet judged: a few runs, or one text of the largest size. */
const aheadBytesMax = 16 * 1024 * 1024;

class Stopped extends Error {}

/**
 * The thread that proves: opens the evidence for itself, proves what it is told, in that order, and hands
 * over the blocks without a copy. Waits when it is too far ahead of the judge. Ends once all is proved or it
 * is told to stop.
 */
export async function serveProofs(port: MessagePort, open: () => Promise<Evidence>): Promise<void> {
  const inbox = new Inbox(port);
  let evidence: Evidence | null = null;
  try {
    const plan = await inbox.plan;
    evidence = await open();
    const own = new Map(
      evidence.stored.flatMap((log) => (isUnreadable(log) ? [] : [[log.discoveryKey, log]])),
    );
    const tasks = plan.map(({ header, ...task }) => {
      return { log: withHeader(header, own.get(header.discoveryKey)), ...task };
    });
    for (const task of readLogs(tasks)) {
      const { proof, busyMs } = await proveTimed(task, async (seen) => {
        const message = pack(seen);
        post(port, message, [message.seqs.buffer, message.ends.buffer, message.bytes.buffer]);
        await inbox.room(message.bytes.byteLength);
      });
      post(port, { kind: 'proof', proof, busyMs });
    }
  } catch (error) {
    // A store that went to pieces under our hands is a finding, no fault of the program.
    if (error instanceof Corrupt) {
      post(port, { kind: 'corrupt', code: error.code, message: error.message });
    } else if (!(error instanceof Stopped)) throw error;
  } finally {
    await evidence?.close();
    port.close();
  }
}

function post(port: MessagePort, message: ToJudge, moved: ArrayBuffer[] = []): void {
  port.postMessage(message, moved);
}

/** What the judge has sent. */
class Inbox {
  readonly plan: Promise<Extract<ToServer, { kind: 'prove' }>['plan']>;
  #ahead = 0;
  #stopped = false;
  #wake: () => void = () => undefined;

  constructor(port: MessagePort) {
    const { promise, resolve } = Promise.withResolvers<Awaited<Inbox['plan']>>();
    this.plan = promise;
    port.on('message', (message: ToServer) => {
      if (message.kind === 'prove') resolve(message.plan);
      if (message.kind === 'judged') this.#ahead -= message.bytes;
      if (message.kind === 'stop') {
        this.#stopped = true;
        resolve([]);
      }
      this.#wake();
    });
  }

  /** Counts what was sent, and waits until the judge has seen enough of it. Throws when told to stop. */
  async room(bytes: number): Promise<void> {
    this.#ahead += bytes;
    while (this.#ahead > aheadBytesMax && !this.#stopped) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    if (this.#stopped) throw new Stopped();
  }
}

// Both threads look at the log in the length in which the one that judges has found it.
function withHeader(header: Header, log: StoredLog | undefined): StoredLog {
  const gone = { unreadable: 'the log is gone' };
  return {
    ...header,
    blocks: (from, to) =>
      log?.blocks(from, to) ?? Promise.resolve(Array.from({ length: to - from }, () => gone)),
    nodes: (indexes) => log?.nodes(indexes) ?? Promise.resolve(indexes.map(() => gone)),
  };
}

function pack({ count, proved }: SeenBlocks): Extract<ToJudge, { kind: 'blocks' }> {
  const total = proved.reduce((sum, { block }) => sum + block.byteLength, 0);
  const bytes = new Uint8Array(total);
  const seqs = new Float64Array(proved.length);
  const ends = new Float64Array(proved.length);
  let end = 0;
  for (const [index, { seq, block }] of proved.entries()) {
    bytes.set(block, end);
    end += block.byteLength;
    seqs[index] = seq;
    ends[index] = end;
  }
  return { kind: 'blocks', count, seqs, ends, bytes };
}
