import type { Command } from 'commander';
import { emitJson } from '../io.ts';
import type { AddCommand } from '../program.ts';
import { table } from '../table.ts';

export const addConfig: AddCommand = (program, io) => {
  program
    .command('config')
    .description('Settings: defaults, then bzzz.json, then the environment, then options.')
    .command('show')
    .description('Every setting in effect and where it came from. Secrets are never shown.')
    .option('--json', 'for programs')
    .action(async (options: { json?: true }, command: Command) => {
      const { explainConfig } = await import('../../config/index.ts');
      const flags = command.optsWithGlobals();
      const settings = await explainConfig({ flags, env: io.env, cwd: io.cwd });
      if (options.json) {
        emitJson(io, settings);
        return;
      }
      const rows = settings.map(({ path, value, from }) => [path, JSON.stringify(value), from]);
      io.out(table(['setting', 'value', 'from'], rows));
    });
};
