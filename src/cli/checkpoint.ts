import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { nodeAddress, Refusal } from '../../events/index.ts';
import {
  parseCheckpoint,
  parseWitness,
  splitNotes,
  type Checkpoint,
  type Cosigners,
} from '../shared/note/index.ts';
import type { WitnessOptions } from '../audit/index.ts';
import { count, visible } from '../shared/text/index.ts';
import type { Io } from './io.ts';

/** A checkpoint that somebody has kept: the file it is in, and the note as it stands there. */
export type KeptCheckpoint = {
  readonly file: string;
  readonly note: string;
  readonly checkpoint: Checkpoint;
};

/**
 * Reads the checkpoints of a file, one or several. Throws Refusal CHECKPOINT_INVALID with the file and its
 * fault, and NOT_FOUND when there is no such file.
 */
export async function readCheckpoints(io: Io, file: string): Promise<KeptCheckpoint[]> {
  const bytes = await readFile(resolve(io.cwd, file)).catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Refusal('NOT_FOUND', `cannot read ${file}: ${why}`, { cause });
  });
  try {
    const kept = splitNotes(bytes).map((note) => ({
      file,
      note,
      checkpoint: parseCheckpoint(note),
    }));
    if (kept.length > 0) return kept;
  } catch (cause) {
    if (!(cause instanceof Refusal)) throw cause;
    throw new Refusal('CHECKPOINT_INVALID', `${file}: ${cause.message}`, { cause });
  }
  throw new Refusal('CHECKPOINT_INVALID', `${file}: not a valid checkpoint: it is empty`);
}

/** What `bzzz audit verify` holds a store against. Throws what `readCheckpoints` and `parseWitness` do. */
export async function readWitnessed(
  io: Io,
  given: { readonly against: readonly string[]; readonly witness: readonly string[] },
): Promise<WitnessOptions> {
  const witnesses = given.witness.map(parseWitness);
  const files = await Promise.all(given.against.map((file) => readCheckpoints(io, file)));
  return { against: files.flat(), witnesses };
}

/** What a checkpoint says, and who stands for it, as people read it. */
export function renderCheckpoint(
  { origin, node, size, root, at, signer, heads }: Checkpoint,
  { verified, forged, unknown }: Cosigners,
): string {
  const lines = [
    `Checkpoint of ${nodeAddress(node)}`,
    `  origin  ${origin}`,
    `  time    ${at}`,
    `  size    ${count(size, 'event')}`,
    `  root    ${root} (RFC 6962)`,
    `  signer  ${signer}, who alone may write that log`,
    '',
    count(heads.length, 'log'),
    ...heads.map(({ log, length, root: head }) => `  ${log}  ${length}  ${head}`),
    '',
    verified.length + forged.length + unknown.length > 0 ? 'Cosigned' : 'Not cosigned.',
    ...verified.map(({ name, at: when }) => `  ${name} at ${when}`),
    ...forged.map((name) => `  ${name}: FALSE, the key of that witness has not signed this`),
    ...unknown.map((name) => `  ${name}: not verified; name its key with --witness`),
  ];
  return `${lines.map(visible).join('\n')}\n`;
}
