import { Option, type Command } from 'commander';
import { moment } from '../arguments.ts';
import { emitJson } from '../io.ts';
import { withArchive } from '../open.ts';
import type { AddCommand } from '../program.ts';
import { table } from '../table.ts';
import { dollars } from '../../shared/text/index.ts';

const keys = ['thread', 'agent', 'role', 'model', 'day'] as const;
type Options = { by: (typeof keys)[number]; since?: string; until?: string; json?: true };

export const addCost: AddCommand = (program, io) => {
  program
    .command('cost')
    .description('What was spent, and is held.')
    .addOption(new Option('--by <key>', 'a row for each').choices(keys).default('thread'))
    .option('--since <time>', 'calls made then or later', moment)
    .option('--until <time>', 'calls made before', moment)
    .option('--json', 'for programs')
    .action((options: Options, command: Command) =>
      withArchive(command, io, async ({ views }) => {
        const { by, since, until } = options;
        const { project } = command.optsWithGlobals<{ project?: string }>();
        const cost = await views.costSummary({ by, project, since, until });
        if (options.json) {
          emitJson(io, cost);
          return;
        }
        const rows = [...cost.rows, { key: 'total', ...cost.total }].map((row) => [
          dollars(row.spentMicroUsd),
          dollars(row.heldMicroUsd),
          String(row.holds),
          String(row.inputTokens),
          String(row.outputTokens),
          row.key,
        ]);
        io.out(table(['spent', 'held', 'calls', 'tokens in', 'tokens out', by], rows));
      }),
    );
};
