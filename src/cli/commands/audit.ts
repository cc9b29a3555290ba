import type { Command } from 'commander';
import { moment, notBoth, wholeNumber } from '../arguments.ts';
import { exitCodes } from '../exit.ts';
import { emitJson } from '../io.ts';
import { configOf, withArchive } from '../open.ts';
import type { AddCommand } from '../program.ts';

type ReplayOptions = { at?: string; seq?: number; json?: true };

export const addAudit: AddCommand = (program, io, exit) => {
  const audit = program
    .command('audit')
    .description(
      'Prove what happened, with nothing but the logs. Works on a copy; changes nothing.',
    );
  audit
    .command('verify')
    .description(
      'Blocks, roots, signatures, lawfulness, votes, money, double entry; exit 1 if broken.',
    )
    .option('--json', 'for programs')
    .action(async (options: { json?: true }, command: Command) => {
      const { auditData, renderReport } = await import('../audit.ts');
      const report = await auditData(io, await configOf(command, io));
      if (options.json) emitJson(io, report);
      else io.out(renderReport(report));
      if (!report.intact) exit(exitCodes.failed);
    });
  audit
    .command('replay <address>')
    .description('The state of an actor at a moment, and the events that led to it.')
    .option('--at <time>', 'everything recorded up to then', moment)
    .option('--seq <number>', 'everything up to that event', wholeNumber)
    .option('--json', 'for programs')
    .action((address: string, { at, seq, json }: ReplayOptions, command: Command) => {
      notBoth(['--at', at], ['--seq', seq]);
      return withArchive(command, io, async ({ reader }) => {
        const { replay } = await import('../../audit/index.ts');
        const replayed = await replay(reader, address, { at, seq });
        if (json) emitJson(io, replayed);
        else {
          for (const { meta, event } of replayed.events) {
            io.out(`${String(meta.seq).padStart(6)}  ${meta.at}  ${event.type}\n`);
          }
          const { state, context, version } = replayed;
          io.out(`\nAfter ${version} events: ${JSON.stringify(state)}\n`);
          io.out(`${JSON.stringify(context, null, 2)}\n`);
        }
      });
    });
};
