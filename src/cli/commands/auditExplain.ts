import type { Command } from 'commander';
import { exitCodes } from '../exit.ts';
import { emitJson } from '../io.ts';
import { placeOf } from '../open.ts';
import type { AddCommand } from '../program.ts';

export const addExplain: AddCommand = (audit, io, exit) => {
  audit
    .command('explain <address>')
    .argument('[path]', 'a data directory or a bundle (default: the data directory)')
    .description(
      'A decision, such as bzzz://*:*@shop:pr-42/decisions/1: its votes, each proved in its agent’s log, the model calls behind them, their cost; exit 1 if anything does not hold.',
    )
    .option('--json', 'for programs')
    .action(
      async (
        address: string,
        path: string | undefined,
        { json }: { json?: true },
        command: Command,
      ) => {
        const { explainData, renderExplanation } = await import('../audit.ts');
        const told = await explainData(io, await placeOf(path, command, io), address);
        if (json) emitJson(io, told);
        else io.out(renderExplanation(told));
        if (!told.holds) exit(exitCodes.failed);
      },
    );
};
