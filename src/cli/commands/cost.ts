import { Option, type Command } from 'commander';
import { Refusal } from '../../../events/index.ts';
import { moment, notBoth } from '../arguments.ts';
import { emitJson, type Io } from '../io.ts';
import { asOfOption, withArchive } from '../open.ts';
import type { AddCommand } from '../program.ts';
import { renderCost, renderCostCsv } from '../renderCost.ts';
import type { CostKey } from '../../views/index.ts';

const keys = [
  'thread',
  'agent',
  'role',
  'model',
  'day',
  'month',
  'project',
  'label',
] as const satisfies readonly CostKey[];

type Options = {
  by: (typeof keys)[number];
  since?: string;
  until?: string;
  at?: string;
  json?: true;
  csv?: true;
};

const forecastHelp = `
The forecast of a window under way (day and month, UTC) is what was spent * its length / the time that is
over, whichever calls the rows are of; there is none before 1 % of it is over, or while nothing was spent.`;

export const addCost: AddCommand = (program, io) => {
  program
    .command('cost')
    .description('What was spent, is held, and will be spent by the end of the day and the month.')
    .addOption(new Option('--by <key>', 'a row for each').choices(keys).default('thread'))
    .option('--since <time>', 'calls made then or later', moment)
    .option('--until <time>', 'calls made before', moment)
    .option(...asOfOption)
    .option('--json', 'for programs')
    .option('--csv', 'for spreadsheets')
    .addHelpText('after', forecastHelp)
    .action((options: Options, command: Command) => showCost(io, options, command));
};

async function showCost(io: Io, options: Options, command: Command): Promise<void> {
  const { by, since, until, at } = options;
  notBoth(['--json', options.json], ['--csv', options.csv]);
  if (since !== undefined && until !== undefined && since >= until) {
    throw new Refusal('ARGUMENT_INVALID', '--since has to be before --until');
  }
  if (since !== undefined && at !== undefined && since > at) {
    throw new Refusal('ARGUMENT_INVALID', '--since must not be after --at');
  }
  await withArchive(command, io, async ({ views, nowMs }) => {
    const { project } = command.optsWithGlobals<{ project?: string }>();
    const cost = await views.costSummary({ by, project, since, until });
    if (options.csv) {
      io.out(renderCostCsv(cost));
      return;
    }
    const forecast = await views.forecast({ project, nowMs });
    if (options.json) emitJson(io, { ...cost, forecast });
    else io.out(renderCost(cost, forecast));
  });
}
