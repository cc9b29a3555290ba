import type { Command } from 'commander';
import { resolve } from 'node:path';
import { count } from '../../shared/text/index.ts';
import { personName } from '../arguments.ts';
import type { CopyResult } from '../backup.ts';
import { exitCodes } from '../exit.ts';
import { emitJson, type Io } from '../io.ts';
import { configOf } from '../open.ts';
import type { AddCommand } from '../program.ts';

type Options = { json?: true };

export const addBackup: AddCommand = (program, io, exit) => {
  program
    .command('backup <dir>')
    .description('Copy all logs and keys of one moment, beside a running review; audited.')
    .option('--json', 'for programs')
    .action(async (dir: string, options: Options, command: Command) => {
      const { backUp } = await import('../backup.ts');
      const to = resolve(io.cwd, dir);
      const config = await configOf(command, io);
      const result = await backUp(io, config, to);
      await tell(io, exit, result, { dir: to, isJson: options.json === true, by: null });
    });
};

export const addRestore: AddCommand = (program, io, exit) => {
  program
    .command('restore <dir>')
    .description('Make an empty --data directory of a backup; audited, and recorded in its log.')
    .requiredOption('--by <name>', 'who answers for it', personName)
    .option('--json', 'for programs')
    .action(async (dir: string, options: Options & { by: string }, command: Command) => {
      const { restore } = await import('../backup.ts');
      const config = await configOf(command, io);
      const result = await restore(io, config, resolve(io.cwd, dir), options.by);
      await tell(io, exit, result, {
        dir: config.data,
        isJson: options.json === true,
        by: options.by,
      });
    });
};

async function tell(
  io: Io,
  exit: (code: number) => void,
  { report, copied }: CopyResult,
  { dir, isJson, by }: { dir: string; isJson: boolean; by: string | null },
): Promise<void> {
  const { blocks, bytes, intact, findings } = report;
  if (!copied) exit(exitCodes.failed);
  if (isJson) {
    const about = { format: by === null ? 'bzzz.backup/1' : 'bzzz.restore/1', dir, intact };
    const what = copied && { ...copied, logs: report.logs.length, blocks, bytes };
    emitJson(io, { ...about, ...(by !== null && { by }), ...what, findings });
    return;
  }
  if (!copied) {
    const { renderReport } = await import('../backup.ts');
    io.out(renderReport(report));
    io.err(`bzzz: what was copied does not hold, so nothing of it was left in ${dir}\n`);
    return;
  }
  const { node, takenAt, keys } = copied;
  const held = `${count(report.logs.length, 'log')}, ${count(blocks, 'block')}, ${count(keys, 'key')}`;
  const how = by === null ? 'backed up' : `restored by ${by}`;
  io.out(`${node} as of ${takenAt}: ${how} to ${dir}; ${held}; audited, intact\n`);
}
