import { budgetAddress, Refusal } from '../../../events/index.ts';
import { microUsd } from '../arguments.ts';
import { emitJson } from '../io.ts';
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
    .action((options: { json?: true }, command) =>
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
    .command('set <scope> <usd>')
    .description(
      'Set the cap of one scope: task:NAME or day:YYYY-MM-DD. Defaults are in bzzz.json.',
    )
    .requiredOption('--by <name>', 'who decides this')
    .option('--json', 'for programs')
    .action(async (scope: string, usd: string, options: { by: string; json?: true }, command) => {
      const limitMicroUsd = microUsd(usd);
      if (!/^(?:task:[A-Za-z0-9][A-Za-z0-9._-]*|day:\d{4}-\d{2}-\d{2})$/.test(scope)) {
        throw new Refusal(
          'ARGUMENT_INVALID',
          `${scope} is no scope; write task:NAME or day:YYYY-MM-DD`,
        );
      }
      const config = await configOf(command, io);
      await withNode(config, async ({ host }) => {
        const actor = budgetAddress(config.project);
        const version = (await host.state('budget', actor))?.version ?? 0;
        if (version === 0) {
          const command_ = { type: 'open' as const, project: config.project };
          await host.handle({ kind: 'budget', actor, commandId: 'open', command: command_ });
        }
        await host.handle({
          kind: 'budget',
          actor,
          commandId: `limit/${scope}/${version}`,
          command: { type: 'setLimit', scope, limitMicroUsd, by: options.by },
        });
      });
      if (options.json) emitJson(io, { project: config.project, scope, limitMicroUsd });
      else io.out(`${scope} of ${config.project} is capped at ${dollars(limitMicroUsd)}\n`);
    });
};
