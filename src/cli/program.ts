import { Command } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { addAgent } from './commands/agent.ts';
import { addAudit } from './commands/audit.ts';
import { addBackup, addRestore } from './commands/backup.ts';
import { addBudget } from './commands/budget.ts';
import { addCheckpoint } from './commands/checkpoint.ts';
import { addConfig } from './commands/config.ts';
import { addCost } from './commands/cost.ts';
import { addDemo } from './commands/demo.ts';
import { addDoctor } from './commands/doctor.ts';
import { addErase } from './commands/erase.ts';
import { addEscalation } from './commands/escalation.ts';
import { addLog } from './commands/log.ts';
import { addPrices } from './commands/prices.ts';
import { addReview } from './commands/review.ts';
import { addThread } from './commands/thread.ts';
import { addViews } from './commands/views.ts';
import { exitCodes, explain } from './exit.ts';
import type { Io } from './io.ts';

/**
 * Adds a command to the program. What it needs to run is imported when it runs, so that asking for help
 * does not load a database.
 */
export type AddCommand = (program: Command, io: Io, exit: (code: number) => void) => void;

const commands: readonly AddCommand[] = [
  addReview,
  addDemo,
  addEscalation,
  addThread,
  addAgent,
  addCost,
  addBudget,
  addPrices,
  addAudit,
  addCheckpoint,
  addErase,
  addBackup,
  addRestore,
  addLog,
  addViews,
  addConfig,
  addDoctor,
];

/** Runs one command line and returns the exit code; nothing is thrown. */
export async function run(args: readonly string[], io: Io): Promise<number> {
  let code: number = exitCodes.done;
  const program = createProgram(io, (given) => {
    code = given;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    return explain(io, error);
  }
}

function createProgram(io: Io, exit: (code: number) => void): Command {
  const program = new Command('bzzz')
    .description('LLM agents that review a change together, and can be held to account.')
    .version(packageJson.version)
    .option(
      '--data <dir>',
      'data directory (BZZZ_DATA; default .bzzz at the root of the repository)',
    )
    .option(
      '--config <file>',
      'configuration file (default bzzz.json at the root of the repository)',
    )
    .option('--project <name>', 'project in addresses (default: name of the repository)')
    .configureOutput({
      writeOut: (text) => io.out(text),
      writeErr: (text) => io.err(text),
      outputError: (text, write) => write(`bzzz: ${inOneLine(text)} (bzzz --help says more)\n`),
    });
  for (const add of commands) add(program, io, exit);
  exitInstead(program);
  return program;
}

function inOneLine(error: string): string {
  return error
    .replace(/^error: /, '')
    .trim()
    .replaceAll(/\s+/g, ' ');
}

// Commander would end the process in the middle of things.
function exitInstead(command: Command): void {
  command.exitOverride();
  for (const child of command.commands) exitInstead(child);
}
