import { isUnreadable, type Stored, type StoredLog, type TreeNode } from './evidence.ts';

/** Blocks of a log in a row, as they are stored, with the nodes that they complete. */
export type Run = {
  readonly from: number;
  readonly blocks: readonly Stored<Uint8Array>[];
  /** By index in the flat tree. */
  readonly nodes: ReadonlyMap<number, Stored<TreeNode>>;
};

/** How much is read in one go: 512 blocks or 4 MiB, a larger block on its own. */
const runBlocksMax = 512;
const runBytesMax = 4 * 1024 * 1024;
/** Runs that are read while one is proved: enough to keep the disk busy, few enough to fit into memory. */
const runsAhead = 2;
/** Logs whose first run is read while one is proved: many logs are shorter than a run. */
const logsAhead = 3;

/** Starts reading each log somewhat before its turn. */
export function* readLogs<Task extends { readonly log: StoredLog }>(
  plan: readonly Task[],
): Generator<Task & { readonly runs: AsyncIterable<Run> }, void> {
  const ahead = [];
  for (const task of plan) {
    ahead.push({ ...task, runs: started(readRuns(task.log)) });
    const next = ahead.length > logsAhead ? ahead.shift() : null;
    if (next) yield next;
  }
  yield* ahead;
}

function started(runs: AsyncGenerator<Run, void>): AsyncIterable<Run> {
  const first = quiet(runs.next());
  return (async function* () {
    const result = await first;
    if (result.done) return;
    yield result.value;
    yield* runs;
  })();
}

/**
 * Reads a whole log in order, ahead of whoever takes the runs. Blocks are of very different size, and the
 * leaves say how large each is, so the nodes are read first and the blocks by what they weigh: one run is in
 * memory until it is taken, and then no more than three. A leaf that lies about the size of its block is not
 * believed a second time: from there on, blocks are read one by one.
 */
export async function* readRuns(log: StoredLog): AsyncGenerator<Run, void> {
  const sizes = { believed: true };
  const ahead: Promise<Run>[] = [];
  let taken = 0;
  for await (const plan of planRuns(log, sizes)) {
    ahead.push(quiet(readRun(log, plan, sizes)));
    if (ahead.length <= Math.min(taken, runsAhead)) continue;
    const next = ahead.shift();
    if (next) yield await next;
    taken++;
  }
  for (const run of ahead) yield await run;
}

type Plan = Pick<Run, 'from' | 'nodes'> & { readonly to: number };

async function* planRuns(log: StoredLog, sizes: { believed: boolean }): AsyncGenerator<Plan> {
  let next = readNodes(log, 0);
  for (let start = 0; start < log.length; start += runBlocksMax) {
    const nodes = await next;
    const end = Math.min(log.length, start + runBlocksMax);
    next = readNodes(log, end);
    for (let from = start; from < end;) {
      const to = sizes.believed ? endOfRun(nodes, from, end) : from + 1;
      yield { from, to, nodes };
      from = to;
    }
  }
}

/** As many blocks as fit, by the sizes that their leaves give; one at least. */
function endOfRun(nodes: Plan['nodes'], from: number, end: number): number {
  let bytes = 0;
  for (let seq = from; seq < end; seq++) {
    const leaf = nodes.get(2 * seq);
    bytes += leaf && !isUnreadable(leaf) ? leaf.size : runBytesMax;
    if (bytes > runBytesMax && seq > from) return seq;
  }
  return end;
}

async function readRun(
  log: StoredLog,
  { from, to, nodes }: Plan,
  sizes: { believed: boolean },
): Promise<Run> {
  const blocks = await log.blocks(from, to);
  for (const [index, block] of blocks.entries()) {
    const leaf = nodes.get(2 * (from + index));
    if (!leaf || isUnreadable(leaf) || isUnreadable(block)) continue;
    if (leaf.size < block.byteLength) sizes.believed = false;
  }
  return { from, blocks, nodes };
}

/** The leaves of the next blocks, and the nodes that these blocks complete. */
function readNodes(log: StoredLog, from: number): Promise<Plan['nodes']> {
  const indexes: number[] = [];
  for (let seq = from; seq < Math.min(log.length, from + runBlocksMax); seq++) {
    let index = 2 * seq;
    indexes.push(index);
    for (let count = seq + 1, half = 1; count % 2 === 0; count /= 2, half *= 2) {
      index -= half;
      indexes.push(index);
    }
  }
  const read = indexes.length === 0 ? Promise.resolve([]) : log.nodes(indexes);
  return quiet(read.then((nodes) => new Map(nodes.map((node, at) => [indexes[at] ?? -1, node]))));
}

// Whoever has seen enough does not wait for what is still being read.
function quiet<T>(read: Promise<T>): Promise<T> {
  read.catch(() => undefined);
  return read;
}
