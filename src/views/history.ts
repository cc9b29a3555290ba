import { Corrupt } from '../../events/index.ts';
import type { LogReader } from '../ports.ts';
import type { LogLength } from './advance.ts';
import type { Build, Checkpoint } from './builds.ts';

/**
 * Watches over the past of the logs: each must still begin with what the builds were made from, that is,
 * have the root that was noted with a checkpoint at the position of the checkpoint.
 */
export class History {
  /** What was seen to be right: not looked at again until the log or the checkpoint moves. */
  readonly #seen = new Map<string, Checkpoint & { readonly length: number }>();

  /** Throws Corrupt LOG_CORRUPT if a log is gone, shorter or rewritten. */
  async require(
    reader: LogReader,
    builds: readonly Build[],
    logs: readonly LogLength[],
    signal?: AbortSignal,
  ): Promise<void> {
    const lengths = new Map(logs.map(({ log, length }) => [log, length]));
    const doubtful = new Set(logs.filter((log) => log.doubtful).map(({ log }) => log));
    for (const { checkpoints } of builds) {
      for (const [log, { position, root }] of checkpoints) {
        // Known already; whoever would write to it is told.
        if (doubtful.has(log)) continue;
        const length = lengths.get(log);
        if (length === undefined) throw rewritten(log, position, 'is no longer registered');
        if (length < position) throw rewritten(log, position, `has only ${length} events now`);
        const seen = this.#seen.get(log);
        if (seen?.length === length && seen.position === position && seen.root === root) continue;
        signal?.throwIfAborted();
        const now = await reader.head(log, position);
        if (now.root !== root) throw rewritten(log, position, 'has another root at that length');
        this.#seen.set(log, { position, root, length });
      }
    }
  }
}

function rewritten(log: string, position: number, what: string): Corrupt {
  return new Corrupt(
    'LOG_CORRUPT',
    `log ${log}, of which the views hold ${position} events, ${what}: its history was changed, or the views belong to other logs. Run \`bzzz audit verify\`; once the logs are right, run \`bzzz views rebuild\``,
    { data: { log, seq: position } },
  );
}
