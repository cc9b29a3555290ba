import type { Worker } from 'node:worker_threads';
import { EvidenceLost, type StoredLog } from './evidence.ts';
import type { Proof, ProvedBlock } from './proof.ts';
import type { Header, ToJudge, ToServer } from './proofServer.ts';
import type { Judge, Prover, ProofTask } from './prover.ts';

/** How long a thread that was told to stop may take to let go of the store. */
const stopMsMax = 2000;

/**
 * Proves in a thread of its own (`serveProofs`), so that one core reads and hashes while the other judges
 * what the blocks say.
 */
export class ThreadProver implements Prover {
  readonly #thread: Worker;
  readonly #signal: AbortSignal | undefined;
  readonly #exited: Promise<unknown>;
  readonly #inbox: ToJudge[] = [];
  #failure: { readonly error: unknown } | null = null;
  #wake: () => void = () => undefined;
  #busyMs = 0;

  constructor(thread: Worker, plan: readonly ProofTask[], signal?: AbortSignal) {
    this.#thread = thread;
    this.#signal = signal;
    this.#exited = new Promise((resolve) => thread.once('exit', resolve));
    thread.on('message', (message: ToJudge) => {
      this.#inbox.push(message);
      this.#wake();
    });
    thread.on('error', (error) => this.#fail(error));
    thread.on('exit', () => this.#fail(new Error('the thread that proves has ended early')));
    signal?.addEventListener('abort', this.#abort, { once: true });
    const logs = plan.map(({ log, ...task }) => ({ header: headerOf(log), ...task }));
    this.#post({ kind: 'prove', plan: logs });
  }

  get busyMs(): number {
    return this.#busyMs;
  }

  async next(judge: Judge): Promise<Proof> {
    for (;;) {
      const message = await this.#received();
      switch (message.kind) {
        case 'blocks':
          judge({ count: message.count, proved: unpack(message) });
          this.#post({ kind: 'judged', bytes: message.bytes.byteLength });
          break;
        case 'proof':
          this.#busyMs += message.busyMs;
          return message.proof;
        case 'corrupt':
          throw new EvidenceLost(message.code, message.message);
      }
    }
  }

  async close(): Promise<void> {
    this.#signal?.removeEventListener('abort', this.#abort);
    this.#post({ kind: 'stop' });
    const late = setTimeout(() => void this.#thread.terminate(), stopMsMax);
    await this.#exited;
    clearTimeout(late);
  }

  readonly #abort = (): void => this.#fail(this.#signal?.reason);

  // What was sent before a failure is still judged: it may say more than the failure.
  async #received(): Promise<ToJudge> {
    for (;;) {
      const message = this.#inbox.shift();
      if (message) return message;
      if (this.#failure) throw this.#failure.error;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#wake();
  }

  #post(message: ToServer): void {
    this.#thread.postMessage(message, []);
  }
}

function headerOf(log: StoredLog): Header {
  const { key, discoveryKey, manifest, length, fork, rootHash, signature } = log;
  return { key, discoveryKey, manifest, length, fork, rootHash, signature };
}

function unpack({ seqs, ends, bytes }: Extract<ToJudge, { kind: 'blocks' }>): ProvedBlock[] {
  let start = 0;
  return Array.from(ends, (end, index) => {
    const block = bytes.subarray(start, end);
    start = end;
    return { seq: seqs[index] ?? -1, block };
  });
}
