import type { StoredLog } from './evidence.ts';
import { proveLog, type Proof, type SeenBlocks } from './proof.ts';
import { readLogs, type Run } from './proofReads.ts';
import type { Seal } from './seals.ts';

/** A log to be proved, with what was sealed of it. */
export type ProofTask = {
  readonly log: StoredLog;
  readonly seals: readonly Seal[];
  /** Blocks that may be missing: texts that were erased. */
  readonly gone: ReadonlySet<number>;
};

/** Shows blocks to whoever judges what they say; throws to stop. */
export type Judge = (seen: SeenBlocks) => void;

/** Proves the logs of a plan, one after the other: here, or in a thread of its own. */
export interface Prover {
  /** Proves the next log of the plan and shows its blocks to the judge, in order. */
  next(judge: Judge): Promise<Proof>;
  /**
   * Time in which blocks were read, hashed, and compared with nodes, roots, seals and signatures so far, in
   * milliseconds. Time in which the prover waited for the judge is not counted.
   */
  readonly busyMs: number;
  /** Ends what is still being proved. */
  close(): Promise<void>;
}

/** Proves in this thread: what costs least for a store of some thousand blocks. */
export class InlineProver implements Prover {
  readonly #tasks: ReturnType<typeof readLogs<ProofTask>>;
  #busyMs = 0;

  constructor(plan: readonly ProofTask[]) {
    this.#tasks = readLogs(plan);
  }

  get busyMs(): number {
    return this.#busyMs;
  }

  async next(judge: Judge): Promise<Proof> {
    const task = this.#tasks.next();
    if (task.done) throw new TypeError('no log is left to prove');
    const { proof, busyMs } = await proveTimed(task.value, judge);
    this.#busyMs += busyMs;
    return proof;
  }

  async close(): Promise<void> {}
}

/** Proves a log, and measures the time that is not spent on the judge. */
export async function proveTimed(
  { log, seals, gone, runs }: ProofTask & { readonly runs: AsyncIterable<Run> },
  judge: (seen: SeenBlocks) => Promise<void> | void,
): Promise<{ proof: Proof; busyMs: number }> {
  const startMs = performance.now();
  let judgedMs = 0;
  const proof = await proveLog(log, {
    seals,
    gone,
    runs,
    async onBlocks(seen) {
      const shownMs = performance.now();
      await judge(seen);
      judgedMs += performance.now() - shownMs;
    },
  });
  return { proof, busyMs: performance.now() - startMs - judgedMs };
}
