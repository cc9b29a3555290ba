import { exportBundle, type Exported } from '../audit/index.ts';
import type { Config } from '../config/index.ts';
import { dataDir, openReadOnly } from '../log/index.ts';
import { count } from '../shared/text/index.ts';
import type { Io } from './io.ts';
import { showProgress } from './progress.ts';

export type ExportRequest = {
  readonly target: string;
  readonly thread: string | null;
  readonly withKeys: boolean;
};

/** Exports the logs of a data directory, with progress for whoever watches. Nothing in it is changed. */
export async function exportData(
  io: Io,
  { data }: Pick<Config, 'data'>,
  { target, thread, withKeys }: ExportRequest,
): Promise<Exported> {
  const logs = await openReadOnly(dataDir(data));
  const progress = showProgress(io, 'blocks');
  const exportedAt = new Date(io.clock.nowMs()).toISOString();
  try {
    return await exportBundle(logs, {
      target,
      thread,
      exportedAt,
      checkpoint: () => logs.checkpoint(exportedAt),
      keyOf: withKeys ? (subject) => logs.exportKey(subject) : null,
      signal: io.signal,
      onProgress: ({ blocks, blocksTotal }) => progress.show(blocks, blocksTotal),
    });
  } finally {
    progress.clear();
    await logs.close();
  }
}

/** What was written, as people read it. */
export function renderExport(place: string, exported: Exported): string {
  const { scope, logs, excluded, blocks, bytes, keys, unsealed } = exported;
  const lines = [
    `Wrote ${place}: ${count(logs, 'log')}, ${count(blocks, 'block')}, ${count(bytes, 'byte')}.`,
    ...(scope === null ? [] : [`About ${scope} alone; ${count(excluded, 'log')} left out.`]),
    ...(keys === 0 ? [] : [`With ${count(keys, 'key')} to its texts.`]),
    ...(unsealed === null ? [] : [`Without a checkpoint, and so not intact: ${unsealed}`]),
    `Nothing was verified on the way; bzzz audit verify ${place} does that.`,
  ];
  return `${lines.join('\n')}\n`;
}
