import { setImmediate } from 'node:timers/promises';
import { Corrupt, type Recorded } from '../../events/index.ts';
import type { LogReader } from '../ports.ts';
import { Batch, type Target } from './batch.ts';
import { positionOf } from './builds.ts';
import type { Engine } from './database.ts';
import type { WorkOptions } from './types.ts';

/** Events per transaction: enough to be fast, few enough (some 10 ms) not to hold up the process. */
export const batchEventsDefault = 1000;

/** How long a log is to be for the builds: they read it up to there. */
export type LogLength = {
  readonly log: string;
  readonly length: number;
  /** Not read any further. */
  readonly doubtful?: true;
};

export type Advance = WorkOptions & {
  readonly engine: Engine;
  readonly reader: LogReader;
  readonly targets: readonly Target[];
  readonly logs: readonly LogLength[];
  readonly batchEvents: number;
};

/**
 * Reads logs from where the builds are up to the given lengths; returns the number of events read. What was
 * committed before an abort or an error stays, and the next call goes on from there. Throws Corrupt LOG_GAP
 * if a position is missing, Superseded if another process has written to one of the builds.
 */
export async function advance(work: Advance): Promise<number> {
  const { engine, reader, targets, logs, batchEvents, signal, onProgress } = work;
  const batch = new Batch(engine, targets);
  const start = (log: string): number =>
    Math.min(...targets.map(({ build }) => positionOf(build, log)));
  // In the order of the tables, so that rows are appended to them; the order of logs means nothing.
  const behind = logs
    .filter(({ log, length, doubtful }) => !doubtful && start(log) < length)
    .toSorted((a, b) => (a.log < b.log ? -1 : 1));
  const total = behind.reduce((sum, { log, length }) => sum + length - start(log), 0);
  let done = 0;
  const commit = async (): Promise<void> => {
    signal?.throwIfAborted();
    done += batch.events;
    await batch.commit(reader);
    onProgress?.({ done, total });
    // Timers, signals and sockets of the process get their turn.
    await setImmediate();
  };
  for (const { log, length } of behind) {
    let next = start(log);
    batch.startLog(log);
    for await (const recorded of reader.events(log, next, length)) {
      requireNext(recorded, log, next);
      batch.add(recorded);
      next += 1;
      if (batch.events >= batchEvents) await commit();
    }
    if (next < length) throw gap(log, next, `it ends there, and should have ${length} events`);
  }
  if (batch.events > 0) await commit();
  return done;
}

function requireNext({ meta }: Recorded, log: string, next: number): void {
  if (meta.stream !== log) {
    throw new Corrupt('LOG_CORRUPT', `log ${log} holds an event of ${meta.stream} at ${next}`, {
      data: { log, seq: next },
    });
  }
  if (meta.seq !== next) throw gap(log, next, `${meta.seq} comes instead`);
}

function gap(log: string, seq: number, what: string): Corrupt {
  const message = `log ${log} has no event ${seq}: ${what}; the views stay where they are. Run \`bzzz audit verify\``;
  return new Corrupt('LOG_GAP', message, { data: { log, seq } });
}
