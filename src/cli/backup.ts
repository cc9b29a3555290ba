import { renderReport, verify, type AuditReport } from '../audit/index.ts';
import type { Config } from '../config/index.ts';
import { dataDir, openReadOnly, restoreBackup, writeBackup, type Copied } from '../log/index.ts';
import { recordRestored, systemClock } from '../node.ts';
import type { Io } from './io.ts';
import { showProgress } from './progress.ts';

/** A copy that was made and audited; or, with nothing left of it, one that does not hold. */
export type CopyResult = { readonly report: AuditReport; readonly copied: Copied | null };

/** Copies a data directory, beside a node that may be writing in it, and audits the copy. */
export function backUp(io: Io, { data }: Config, to: string): Promise<CopyResult> {
  return copyAudited(io, data, to, (init) => writeBackup(init, systemClock.nowMs()));
}

/** Makes a data directory of a backup, audits it, and records in the log of its node who has done so. */
export function restore(io: Io, config: Config, from: string, by: string): Promise<CopyResult> {
  return copyAudited(io, from, config.data, (init) =>
    restoreBackup({
      ...init,
      async check(copied) {
        await init.check(copied);
        await recordRestored(config, { takenAt: copied.takenAt, by });
      },
    }),
  );
}

export { renderReport };

class NotIntact extends Error {}

async function copyAudited(
  io: Io,
  from: string,
  to: string,
  copy: (init: Parameters<typeof restoreBackup>[0]) => Promise<Copied>,
): Promise<CopyResult> {
  const target = dataDir(to);
  const copying = showProgress(io, 'records');
  const auditing = showProgress(io, 'blocks');
  const { signal } = io;
  let report: AuditReport | null = null;
  try {
    const copied = await copy({
      from: dataDir(from),
      to: target,
      signal,
      onProgress: ({ records, recordsTotal }) => copying.show(records, recordsTotal),
      async check() {
        report = await verify(() => openReadOnly(target, { unfinished: true }), {
          signal,
          onProgress: ({ blocks, blocksTotal }) => auditing.show(blocks, blocksTotal),
        });
        if (!report.intact) throw new NotIntact();
      },
    });
    if (!report) throw new TypeError('a copy that was not audited');
    return { report, copied };
  } catch (error) {
    if (error instanceof NotIntact && report) return { report, copied: null };
    throw error;
  } finally {
    copying.clear();
  }
}
