import type { Command } from 'commander';
import { parseAddress, Refusal } from '../../../events/index.ts';
import { personName } from '../arguments.ts';
import { emitJson } from '../io.ts';
import { asOfOption, configOf, withArchive, withKnownNode } from '../open.ts';
import type { AddCommand } from '../program.ts';
import { table } from '../table.ts';

export const addAgent: AddCommand = (program, io) => {
  const agent = program.command('agent').description('Who takes part in reviews.');
  agent
    .command('ls [pattern]')
    .description('Agents, all or those at an address pattern such as bzzz://*:architect@*:*')
    .option(...asOfOption)
    .option('--json', 'for programs')
    .action((pattern: string | undefined, options: { json?: true }, command: Command) =>
      withArchive(command, io, async ({ views }) => {
        const agents = await views.listAgents(pattern);
        if (options.json) emitJson(io, agents);
        else {
          const rows = agents.map(({ state, tier, completedTurns, failedTurns, address }) => {
            return [state, tier, String(completedTurns), String(failedTurns), address];
          });
          io.out(table(['state', 'tier', 'turns', 'failed', 'address'], rows));
        }
      }),
    );
  agent
    .command('show <address>')
    .description('One agent: role, capabilities, work done.')
    .option(...asOfOption)
    .option('--json', 'for programs')
    .action((address: string, options: { json?: true }, command: Command) =>
      withArchive(command, io, async ({ views }) => {
        const found = await views.showAgent(address);
        if (options.json) emitJson(io, found);
        else {
          const rows = Object.entries(found).map(([name, value]) => [name, JSON.stringify(value)]);
          io.out(table(['what', 'value'], rows));
        }
      }),
    );
  for (const what of ['suspend', 'resume', 'retire'] as const) {
    agent
      .command(`${what} <address>`)
      .description(descriptions[what])
      .requiredOption('--by <name>', 'who decides this', personName)
      .option('--json', 'for programs')
      .action(async (address: string, options: { by: string; json?: true }, command: Command) => {
        parseAddress(address);
        const config = await configOf(command, io);
        await withKnownNode(config, async ({ host }) => {
          const state = await host.state('agent', address);
          if (!state) throw new Refusal('NOT_FOUND', `there is no agent ${address}`);
          const { version } = await host.handle({
            kind: 'agent',
            actor: address,
            commandId: `${what}/${state.version}`,
            command: { type: what, by: options.by },
          });
          if (options.json) emitJson(io, { agent: address, done: what, version });
          else io.out(`${address}: ${what} by ${options.by}\n`);
        });
      });
  }
};

const descriptions = {
  suspend: 'Keep an idle agent from taking turns until it is resumed.',
  resume: 'Let a suspended agent take turns again.',
  retire: 'End an agent for good.',
} as const;
