import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { verify, type AuditReport, type WitnessOptions } from '../../../src/audit/index.ts';
import { dataDir, openReadOnly, type DataDir } from '../../../src/log/index.ts';
import { parseCheckpoint, type Checkpoint } from '../../../src/shared/note/index.ts';

/** A signed note of a store as it is now. */
export async function noteOf(dir: DataDir, at = '2026-11-24T03:00:00.000Z'): Promise<string> {
  const logs = await openReadOnly(dir);
  try {
    return await logs.checkpoint(at);
  } finally {
    await logs.close();
  }
}

export async function checkpointOf(dir: DataDir): Promise<Checkpoint> {
  return parseCheckpoint(await noteOf(dir));
}

/** What the auditor says of a store when it is held against checkpoints. */
export function heldAgainst(
  dir: DataDir,
  checkpoints: readonly Checkpoint[],
  witnesses: WitnessOptions['witnesses'] = [],
): Promise<AuditReport> {
  const against = checkpoints.map((checkpoint, index) => ({ file: `${index}.note`, checkpoint }));
  return verify(() => openReadOnly(dir), { against, witnesses });
}

/** A copy of a store, to do something to. */
export async function copyOf({ root }: DataDir, to: string): Promise<DataDir> {
  const dir = dataDir(join(root, '..', to));
  await cp(root, dir.root, { recursive: true });
  return dir;
}
