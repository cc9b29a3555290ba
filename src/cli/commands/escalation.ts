import { Option, type Command } from 'commander';
import { parseAddress, Refusal, threadAddress, type Verdict } from '../../../events/index.ts';
import { personName } from '../arguments.ts';
import { emitJson, type Io } from '../io.ts';
import { configOf, withArchive, withKnownNode } from '../open.ts';
import type { AddCommand } from '../program.ts';
import { table } from '../table.ts';

const verdicts: readonly Verdict[] = ['approved', 'changes_requested'];
type Answer = { decision: Verdict; by: string; note?: string; json?: true };

export const addEscalation: AddCommand = (program, io) => {
  const escalation = program
    .command('escalation')
    .description('What waits for a person because the agents could not decide.');
  escalation
    .command('ls')
    .description('Escalations that wait for an answer, the most urgent first.')
    .option('--all', 'also those that have one')
    .option('--json', 'for programs')
    .action((options: { all?: true; json?: true }, command: Command) =>
      withArchive(command, io, async ({ views }) => {
        const found = await views.listEscalations(options.all ? {} : { open: true });
        if (options.json) emitJson(io, found);
        else {
          const now = new Date().toISOString();
          const rows = found.map(
            ({ state, reason, deadlineAt, onSilence, thread, escalation: n }) => {
              // Silence decides as soon as somebody writes here again.
              const shown = state === 'open' && deadlineAt <= now ? 'overdue' : state;
              return [shown, reason, deadlineAt, onSilence, `${thread}/escalations/${n}`];
            },
          );
          io.out(table(['state', 'reason', 'until', 'on silence', 'address'], rows));
        }
      }),
    );
  escalation
    .command('resolve <address>')
    .description('Decide what the agents could not. Final, and recorded under your name.')
    .addOption(
      new Option('--decision <decision>', 'your decision').choices(verdicts).makeOptionMandatory(),
    )
    .requiredOption('--by <name>', 'your name', personName)
    .option('--note <text>', 'why')
    .option('--json', 'for programs')
    .action((address: string, options: Answer, command: Command) =>
      resolve(io, address, options, command),
    );
};

async function resolve(
  io: Io,
  text: string,
  answer: Answer,
  command: Parameters<typeof configOf>[0],
): Promise<void> {
  const { project, task, path } = parseAddress(text);
  const thread = threadAddress(project, task);
  const verdict = answer.decision;
  const config = await configOf(command, io);
  await withKnownNode(config, async ({ host }) => {
    const state = await host.state('thread', thread);
    const waiting = state?.context.escalation;
    if (
      !state ||
      !waiting ||
      waiting.verdict ||
      (path[1] && Number(path[1]) !== waiting.escalation)
    ) {
      throw new Refusal(
        'NOT_FOUND',
        `no escalation waits at ${text}; bzzz escalation ls names them`,
      );
    }
    const told = { kind: 'thread' as const, actor: thread };
    const { escalation } = waiting;
    await host.handle({
      ...told,
      commandId: `resolve/${escalation}/${state.version}`,
      expectedVersion: state.version,
      command: {
        type: 'resolveEscalation',
        escalation,
        verdict,
        by: answer.by,
        note: answer.note ?? '',
        thread,
      },
    });
    // The verdict follows from the answer; it is the thread's own to say.
    await host.handle({
      ...told,
      commandId: `proceed/resolve/${escalation}`,
      command: { type: 'proceed' },
    });
    const { rememberReview } = await import('../../review/index.ts');
    await rememberReview({ actors: host }, thread);
  });
  if (answer.json) emitJson(io, { thread, verdict, by: answer.by });
  else io.out(`${thread}: ${verdict.replace('_', ' ')}, decided by ${answer.by}\n`);
}
