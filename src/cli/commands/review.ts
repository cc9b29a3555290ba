import { Option, type Command } from 'commander';
import packageJson from '../../../package.json' with { type: 'json' };
import type { Config } from '../../config/index.ts';
import type { Format, ReviewReport } from '../../review/index.ts';
import { exitCodes } from '../exit.ts';
import { addressName, notBoth } from '../arguments.ts';
import { emit, requireWritable, wantsColour, type Io } from '../io.ts';
import { configOf } from '../open.ts';
import type { AddCommand } from '../program.ts';
import { readChange } from '../review/input.ts';
import { progressTo, silent } from '../review/live.ts';

const formats: readonly Format[] = ['text', 'md', 'json', 'sarif'];
type Options = {
  base?: string;
  diff?: string;
  task?: string;
  resume?: string | true;
  again?: true;
  budget?: string;
  format: Format;
  out?: string;
  quiet?: true;
};

export const addReview: AddCommand = (program, io, exit) => {
  program
    .command('review')
    .description('Review a change: blind review, blind vote, decision or escalation.')
    .option('--base <rev>', 'review the commits from where HEAD left REV, or of a range A..B')
    .option('--diff <file>', 'review a unified diff; - reads standard input')
    .option('--task <name>', 'task in addresses (default: follows from the input)', addressName)
    .option('--resume [address]', 'go on with the latest review, or with this one')
    .option('--again', 'review the same input once more, as a task of its own')
    .option('--roles <names>', 'who takes part, comma separated')
    .option('--rule <rule>', 'majority, supermajority, unanimity or weighted')
    .option('--budget <usd>', 'cap of this task, in dollars')
    .option('--provider <name>', 'auto, offline or openai')
    .option('--model <name>', 'one model for all roles')
    .addOption(new Option('--format <format>', 'output').choices(formats).default('text'))
    .option('--out <file>', 'write the result to a file')
    .option('--quiet', 'no progress on standard error')
    .addHelpText(
      'after',
      '\nExit: 0 approved, 1 changes requested, 2 error, 3 escalated to a person.',
    )
    .action(async (options: Options, command: Command) => {
      const config = await configOf(command, io);
      const report = await reviewWith(io, config, options);
      await print(io, report, options.format, options.out);
      exit(exitCodeOf(report));
    });
};

async function reviewWith(io: Io, config: Config, options: Options): Promise<ReviewReport> {
  const { resumeReview, startReview } = await import('../review/run.ts');
  if (options.out) await requireWritable(options.out);
  const progress = options.quiet ? silent : progressTo(io);
  const isBudgetGiven = options.budget !== undefined;
  if (options.resume) {
    for (const name of ['base', 'diff', 'task', 'again'] as const) {
      notBoth(['--resume', options.resume], [`--${name}`, options[name]]);
    }
    const address = options.resume === true ? undefined : options.resume;
    return resumeReview(io, config, { address, isBudgetGiven }, progress);
  }
  const diff = await readChange(io, options);
  const { task, again = false } = options;
  return startReview(io, config, { diff, task, again, isBudgetGiven }, progress);
}

/** Prints a report in one of its formats. */
export async function print(
  io: Io,
  report: ReviewReport,
  format: Format,
  out?: string,
): Promise<void> {
  const { render } = await import('../../review/index.ts');
  const colour = wantsColour(io) && !out;
  await emit(
    io,
    render(format, report, { colour, columns: io.columns, version: packageJson.version }),
    out,
  );
}

function exitCodeOf({ outcome }: ReviewReport): number {
  switch (outcome) {
    case 'approved':
      return exitCodes.approved;
    case 'changes_requested':
      return exitCodes.changesRequested;
    case 'escalated':
      return exitCodes.escalated;
    case 'open':
      return exitCodes.error;
  }
}
