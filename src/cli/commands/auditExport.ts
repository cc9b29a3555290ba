import { resolve } from 'node:path';
import type { Command } from 'commander';
import { emitJson } from '../io.ts';
import { configOf } from '../open.ts';
import type { AddCommand } from '../program.ts';

type ExportOptions = { out: string; withKeys?: true; json?: true };

export const addExport: AddCommand = (audit, io) => {
  audit
    .command('export [address]')
    .description('A bundle that anybody can verify elsewhere: of everything, or of one thread.')
    .requiredOption('--out <dir>', 'where to write it; must not exist')
    .option('--with-keys', 'with the keys to the texts: whoever has the bundle can read them')
    .option('--json', 'for programs')
    .action(async (address: string | undefined, options: ExportOptions, command: Command) => {
      const { exportData, renderExport } = await import('../export.ts');
      const exported = await exportData(io, await configOf(command, io), {
        target: resolve(io.cwd, options.out),
        thread: address ?? null,
        withKeys: options.withKeys ?? false,
      });
      if (options.withKeys) {
        io.err('bzzz: whoever has this bundle can read its texts; give it to nobody else\n');
      }
      if (options.json) emitJson(io, exported);
      else io.out(renderExport(options.out, exported));
    });
};
