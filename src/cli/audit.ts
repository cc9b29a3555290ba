import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import {
  isBundle,
  openBundle,
  explainDecision,
  renderExplanation,
  renderReplay,
  renderReport,
  replayAll,
  verify,
  type AuditReport,
  type Explanation,
  type ProofThread,
  type ReadableEvidence,
  type ReplayReport,
  type WitnessOptions,
} from '../audit/index.ts';
import type { Config } from '../config/index.ts';
import { dataDir, inlineTexts, openReadOnly } from '../log/index.ts';
import type { Io } from './io.ts';
import { showProgress } from './progress.ts';

/** Verifies the logs of a data directory, or of a bundle in its place, with progress for whoever watches. Nothing in it is changed. */
export async function auditData(
  io: Io,
  { data }: Pick<Config, 'data'>,
  held: WitnessOptions = {},
): Promise<AuditReport> {
  const progress = showProgress(io, 'blocks');
  const { open, ...proof } = await evidenceAt(io, data);
  try {
    return await verify(open, {
      ...held,
      signal: io.signal,
      onProgress: ({ blocks, blocksTotal }) => progress.show(blocks, blocksTotal),
      ...proof,
    });
  } finally {
    progress.clear();
  }
}

async function evidenceAt(
  { signal }: Io,
  data: string,
): Promise<{ open: () => Promise<ReadableEvidence>; thread?: ProofThread }> {
  if (await isBundle(data)) {
    const vault = inlineTexts(join(data, 'keys'));
    return { open: async () => ({ ...(await openBundle(data, { signal })), vault }) };
  }
  return { open: () => openReadOnly(dataDir(data)), thread: proofThread(data) };
}

/** A thread that proves the logs of a data directory. */
export function proofThread(data: string): ProofThread {
  return {
    start: () => new Worker(new URL('auditThread.ts', import.meta.url), { workerData: data }),
  };
}

/** Explains a decision by the logs of a data directory or of a bundle, with progress for whoever watches. */
export async function explainData(
  io: Io,
  { data }: Pick<Config, 'data'>,
  address: string,
): Promise<Explanation> {
  const progress = showProgress(io, 'blocks');
  const { open, ...proof } = await evidenceAt(io, data);
  try {
    return await explainDecision(open, address, {
      signal: io.signal,
      onProgress: ({ blocks, blocksTotal }) => progress.show(blocks, blocksTotal),
      ...proof,
    });
  } finally {
    progress.clear();
  }
}

/** Replays the logs of a data directory, with progress for whoever watches. Nothing in it is changed. */
export async function replayData(io: Io, { data }: Pick<Config, 'data'>): Promise<ReplayReport> {
  const logs = await openReadOnly(dataDir(data));
  const progress = showProgress(io, 'events');
  try {
    return await replayAll(logs, {
      signal: io.signal,
      onProgress: ({ events, eventsTotal }) => progress.show(events, eventsTotal),
    });
  } finally {
    progress.clear();
    await logs.close();
  }
}

export { renderExplanation, renderReplay, renderReport };
