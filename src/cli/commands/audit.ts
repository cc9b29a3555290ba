import { Option, type Command } from 'commander';
import { witnessOption } from '../arguments.ts';
import { exitCodes } from '../exit.ts';
import { emitJson } from '../io.ts';
import { placeOf } from '../open.ts';
import type { AddCommand } from '../program.ts';
import { addExplain } from './auditExplain.ts';
import { addExport } from './auditExport.ts';
import { addReplay } from './auditReplay.ts';

type VerifyOptions = { against: string[]; witness: string[]; json?: true };

export const addAudit: AddCommand = (program, io, exit) => {
  const audit = program
    .command('audit')
    .description(
      'Prove what happened, with nothing but the logs. Works on a copy; changes nothing.',
    );
  audit
    .command('verify')
    .argument('[path]', 'a data directory or a bundle (default: the data directory)')
    .description(
      'Blocks, roots, signatures, lawfulness, votes, money, double entry; exit 1 if broken.',
    )
    .addOption(
      new Option(
        '--against <file...>',
        'checkpoints kept elsewhere, to hold the store against',
      ).default([], 'none'),
    )
    .addOption(witnessOption())
    .option('--json', 'for programs')
    .action(async (path: string | undefined, options: VerifyOptions, command: Command) => {
      const { readWitnessed } = await import('../checkpoint.ts');
      const held = await readWitnessed(io, options);
      const { auditData, renderReport } = await import('../audit.ts');
      const report = await auditData(io, await placeOf(path, command, io), held);
      if (options.json) emitJson(io, report);
      else io.out(renderReport(report));
      if (!report.intact) exit(exitCodes.failed);
    });
  addExport(audit, io, exit);
  addReplay(audit, io, exit);
  addExplain(audit, io, exit);
};
