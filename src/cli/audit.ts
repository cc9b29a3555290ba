import { renderReport, verify, type AuditReport } from '../audit/index.ts';
import type { Config } from '../config/index.ts';
import { openReadOnly, dataDir } from '../log/index.ts';
import type { Io } from './io.ts';

/** Verifies the logs of a data directory, with progress for whoever watches. Nothing in it is changed. */
export async function auditData(io: Io, { data }: Pick<Config, 'data'>): Promise<AuditReport> {
  const report = await verify(() => openReadOnly(dataDir(data)), {
    signal: io.signal,
    onProgress: ({ blocks, blocksTotal }) => {
      if (io.isTerminal.err) io.err(`\r${blocks} of ${blocksTotal} blocks`);
    },
  });
  if (io.isTerminal.err) io.err('\r\u001b[K');
  return report;
}

export { renderReport };
