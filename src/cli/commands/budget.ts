import type { Command } from 'commander';
import { budgetAddress } from '../../../events/index.ts';
import { microUsd, personName, scopeName } from '../arguments.ts';
import { emitJson, type Io } from '../io.ts';
import { configOf, withArchive, withNode } from '../open.ts';
import type { AddCommand } from '../program.ts';
import { table } from '../table.ts';
import { dollars } from '../../shared/text/index.ts';

export const addBudget: AddCommand = (program, io) => {
  const budget = program.command('budget').description('Caps, and how much of them is left.');
  budget
    .command('show')
    .description('Limits in force, spending of today, money held for calls without an outcome.')
    .option('--json', 'for programs')
    .action((options: { json?: true }, command: Command) =>
      withArchive(command, io, async ({ views }, { project }) => {
        const { limits, alerts, rows } = await views.costSummary({ by: 'day', project });
        const holds = await views.openHolds(project);
        if (options.json) {
          emitJson(io, { project, limits, alerts, days: rows, holds });
          return;
        }
        const set = limits.map(({ scope, limitMicroUsd, by, setAt }) => {
          return [scope, dollars(limitMicroUsd), setAt, by];
        });
        io.out(table(['scope', 'limit', 'set', 'by'], set));
        io.out('\n');
        const days = rows.map(({ key, spentMicroUsd, heldMicroUsd }) => {
          return [key, dollars(spentMicroUsd), dollars(heldMicroUsd)];
        });
        io.out(table(['day', 'spent', 'held'], days));
        for (const { hold, heldMicroUsd, expiresAt } of holds) {
          io.out(
            `held: ${dollars(heldMicroUsd)} for ${hold}, charged if not settled by ${expiresAt}\n`,
          );
        }
      }),
    );
  budget
    .command('set')
    .description('Set the cap of one scope. Defaults are in bzzz.json.')
    .argument('<scope>', 'task:NAME or day:YYYY-MM-DD', scopeName)
    .argument('<usd>', 'dollars, such as 0.25', microUsd)
    .requiredOption('--by <name>', 'who decides this', personName)
    .option('--json', 'for programs')
    .action((scope: string, limitMicroUsd: number, options: SetOptions, command: Command) =>
      setLimit(io, scope, limitMicroUsd, options, command),
    );
};

type SetOptions = { by: string; json?: true };

async function setLimit(
  io: Io,
  scope: string,
  limitMicroUsd: number,
  { by, json }: SetOptions,
  command: Command,
): Promise<void> {
  const config = await configOf(command, io);
  const { project } = config;
  await withNode(config, async ({ host }) => {
    const to = { kind: 'budget' as const, actor: budgetAddress(project) };
    const version = (await host.state('budget', to.actor))?.version ?? 0;
    if (version === 0) {
      await host.handle({ ...to, commandId: 'open', command: { type: 'open', project } });
    }
    await host.handle({
      ...to,
      commandId: `limit/${scope}/${version}`,
      command: { type: 'setLimit', scope, limitMicroUsd, by },
    });
  });
  if (json) emitJson(io, { project, scope, limitMicroUsd });
  else io.out(`${scope} of ${project} is capped at ${dollars(limitMicroUsd)}\n`);
}
