import type { Command } from 'commander';
import { limitOrNone, personName, scopeName } from '../arguments.ts';
import { resetClock, setLimit } from '../ledger.ts';
import { emitJson } from '../io.ts';
import { asOfOption, withArchive } from '../open.ts';
import type { AddCommand } from '../program.ts';
import { renderBudget, renderHolds } from '../renderBudget.ts';
import type { OpenHold } from '../../views/index.ts';

type ForPrograms = { json?: true };

export const addBudget: AddCommand = (program, io) => {
  const budget = program.command('budget').description('Caps, and how much of them is left.');
  budget
    .command('show')
    .description('Caps in force, what is spent, held and left of each, alerts, open holds.')
    .option(...asOfOption)
    .option('--json', 'for programs')
    .action((options: ForPrograms, command: Command) =>
      withArchive(command, io, async ({ views, nowMs }, config) => {
        const { project, limits, scopes, alerts, holds, ...ledger } = await views.budget(
          config.project,
          nowMs,
        );
        const thresholdsPct = ledger.thresholdsPct ?? config.budget.alertsPct;
        if (options.json) {
          const { rows: days } = await views.costSummary({ by: 'day', project });
          const open = holds.map((hold) => withAge(hold, nowMs));
          emitJson(io, { project, limits, scopes, thresholdsPct, alerts, days, holds: open });
          return;
        }
        const shown = { project, limits, scopes, alerts, holds, thresholdsPct };
        io.out(renderBudget(shown, thresholdsPct, nowMs));
      }),
    );
  budget
    .command('holds')
    .description('Money held for calls without an outcome; charged in full when it expires.')
    .option(...asOfOption)
    .option('--json', 'for programs')
    .action((options: ForPrograms, command: Command) =>
      withArchive(command, io, async ({ views, nowMs }, { project }) => {
        const holds = await views.openHolds(project);
        if (options.json)
          emitJson(io, { project, holds: holds.map((hold) => withAge(hold, nowMs)) });
        else io.out(renderHolds(holds, nowMs));
      }),
    );
  budget
    .command('set')
    .description('Set the cap of a scope, or of every scope of a kind that has none of its own.')
    .argument(
      '<scope>',
      'task:NAME, thread:TASK, agent:NAME, role:NAME, project:NAME, day:YYYY-MM-DD, month:YYYY-MM, a label such as team:NAME, or a kind alone',
      scopeName,
    )
    .argument('<usd>', 'dollars, such as 0.25, or none to remove the cap', limitOrNone)
    .requiredOption('--by <name>', 'who decides this', personName)
    .option('--json', 'for programs')
    .action((scope: string, limitMicroUsd: number | null, options: ByPerson, command: Command) =>
      setLimit(io, command, { scope, limitMicroUsd, ...options }),
    );
  budget
    .command('clock')
    .description(
      'Vouch for the clock of this machine, after it was wrong: days are counted by it again.',
    )
    .requiredOption('--by <name>', 'who has checked it', personName)
    .option('--json', 'for programs')
    .action((options: ByPerson, command: Command) => resetClock(io, command, options));
};

type ByPerson = ForPrograms & { by: string };

/** Milliseconds since it was held and until it is charged, below 0 once that could have happened. */
function withAge(hold: OpenHold, nowMs: number): OpenHold & { ageMs: number; expiresInMs: number } {
  const { heldAt, expiresAt } = hold;
  return { ...hold, ageMs: nowMs - Date.parse(heldAt), expiresInMs: Date.parse(expiresAt) - nowMs };
}
