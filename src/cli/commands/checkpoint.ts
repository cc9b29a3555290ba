import { resolve } from 'node:path';
import type { Command } from 'commander';
import { witnessOption } from '../arguments.ts';
import { exitCodes } from '../exit.ts';
import { emit, emitJson, requireWritable } from '../io.ts';
import { configOf, withKnownNode } from '../open.ts';
import type { AddCommand } from '../program.ts';

type ExportOptions = { out?: string; json?: true };
type FileOptions = { witness: string[]; json?: true };

export const addCheckpoint: AddCommand = (program, io, exit) => {
  const checkpoint = program
    .command('checkpoint')
    .description('What a store holds, signed, to be kept where nobody can change both.');
  checkpoint
    .command('export')
    .description('Sign the heads of all logs as they are now, as a C2SP note; changes nothing.')
    .option('--out <file>', 'write to a file, whole or not at all')
    .option('--json', 'for programs')
    .action(async ({ out, json }: ExportOptions, command: Command) => {
      const path = out === undefined ? undefined : resolve(io.cwd, out);
      if (path !== undefined) await requireWritable(path);
      const { exportCheckpoint } = await import('../../node.ts');
      const { parseCheckpoint } = await import('../../shared/note/index.ts');
      const note = await exportCheckpoint(await configOf(command, io));
      const told = { note, checkpoint: parseCheckpoint(note) };
      await emit(io, json ? `${JSON.stringify(told, null, 2)}\n` : note, path);
    });
  checkpoint
    .command('show <file>')
    .description('Verify the checkpoints in a file and say what they hold; exit 1 if one is false.')
    .addOption(witnessOption())
    .option('--json', 'for programs')
    .action(async (file: string, { witness, json }: FileOptions) => {
      const { cosignersOf, parseWitness } = await import('../../shared/note/index.ts');
      const { readCheckpoints, renderCheckpoint } = await import('../checkpoint.ts');
      const witnesses = witness.map(parseWitness);
      const shown = (await readCheckpoints(io, file)).map((kept) => ({
        checkpoint: kept.checkpoint,
        cosigners: cosignersOf(kept.checkpoint, witnesses),
      }));
      if (json) emitJson(io, shown);
      else {
        io.out(shown.map((one) => renderCheckpoint(one.checkpoint, one.cosigners)).join('\n'));
      }
      if (shown.some(({ cosigners }) => cosigners.forged.length > 0)) exit(exitCodes.failed);
    });
  checkpoint
    .command('record <file>')
    .description('Take a checkpoint back that others have cosigned, into the log of the node.')
    .addOption(witnessOption())
    .option('--json', 'for programs')
    .action(async (file: string, { witness, json }: FileOptions, command: Command) => {
      const { parseWitness } = await import('../../shared/note/index.ts');
      const { readCheckpoints } = await import('../checkpoint.ts');
      const { recordWitnessed } = await import('../../checkpoints.ts');
      const witnesses = witness.map(parseWitness);
      const kept = await readCheckpoints(io, file);
      const notes = kept.map(({ note }) => note);
      const fresh = await withKnownNode(await configOf(command, io), (node) =>
        recordWitnessed(node, notes, witnesses),
      );
      const told = kept.map(({ checkpoint: { origin, size, at } }, index) => ({
        origin,
        size,
        at,
        recorded: fresh[index] === true,
      }));
      if (json) emitJson(io, told);
      else {
        for (const { at, size, recorded } of told) {
          const how = recorded ? 'recorded' : 'was recorded before';
          io.out(`The checkpoint of ${at} over ${size} events ${how}.\n`);
        }
      }
    });
};
