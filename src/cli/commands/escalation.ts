import { Option, type Command } from 'commander';
import { parseAddress, Refusal, threadAddress, type Verdict } from '../../../events/index.ts';
import type { Node } from '../../node.ts';
import { dollars } from '../../shared/text/index.ts';
import { microUsd, notBoth, personName, singleScope } from '../arguments.ts';
import { emitJson, type Io } from '../io.ts';
import { asOfOption, configOf, withArchive, withKnownNode } from '../open.ts';
import type { AddCommand } from '../program.ts';
import { table } from '../table.ts';

const verdicts: readonly Verdict[] = ['approved', 'changes_requested'];
type Answer = {
  decision?: Verdict;
  raise?: number;
  scope?: string;
  by: string;
  note?: string;
  json?: true;
};

export const addEscalation: AddCommand = (program, io) => {
  const escalation = program
    .command('escalation')
    .description('What waits for a person because the agents could not decide.');
  escalation
    .command('ls')
    .description('Escalations that wait for an answer, the most urgent first.')
    .option('--all', 'also those that have one')
    .option(...asOfOption)
    .option('--json', 'for programs')
    .action((options: { all?: true; json?: true }, command: Command) =>
      withArchive(command, io, async ({ views, nowMs }) => {
        const found = await views.listEscalations(options.all ? {} : { open: true });
        if (options.json) emitJson(io, found);
        else {
          const now = new Date(nowMs).toISOString();
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
    .description('Answer what the agents could not, under your name: decide, or give them money.')
    .addOption(new Option('--decision <decision>', 'your decision; final').choices(verdicts))
    .option('--raise <usd>', 'new cap, so that the agents go on where money ran out', microUsd)
    .option('--scope <scope>', 'what gets the new cap (default: the task)', singleScope)
    .requiredOption('--by <name>', 'your name', personName)
    .option('--note <text>', 'why you decide so')
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
  const { decision, raise, by } = answer;
  notBoth(['--decision', decision], ['--raise', raise]);
  notBoth(['--decision', decision], ['--scope', answer.scope]);
  notBoth(['--raise', raise], ['--note', answer.note]);
  const { project, task, path } = parseAddress(text);
  const thread = threadAddress(project, task);
  const scope = answer.scope ?? `task:${task}`;
  const config = await configOf(command, io);
  await withKnownNode(config, async ({ host }) => {
    const state = await host.state('thread', thread);
    const waiting = state?.context.escalation;
    if (!waiting || waiting.verdict || (path[1] && Number(path[1]) !== waiting.escalation)) {
      throw new Refusal(
        'NOT_FOUND',
        `no escalation waits at ${text}; bzzz escalation ls names them`,
      );
    }
    const { escalation } = waiting;
    if (decision) {
      await decide(host, thread, { escalation, verdict: decision, by, note: answer.note ?? '' });
    } else if (raise !== undefined) {
      const { raiseCap } = await import('../../review/index.ts');
      const { deadlineMs } = config.review;
      const cap = { escalation, scope, limitMicroUsd: raise, deadlineMs, by };
      await raiseCap({ actors: host }, thread, cap);
    } else {
      throw new Refusal('ARGUMENT_INVALID', 'name your answer: --decision or --raise');
    }
  });
  const done = decision
    ? { thread, verdict: decision, by }
    : { thread, scope, limitMicroUsd: raise ?? 0, by };
  if (answer.json) emitJson(io, done);
  else io.out(decision ? decided(thread, decision, by) : raised(thread, scope, raise ?? 0));
}

function decided(thread: string, verdict: Verdict, by: string): string {
  return `${thread}: ${verdict.replace('_', ' ')}, decided by ${by}\n`;
}

function raised(thread: string, scope: string, limitMicroUsd: number): string {
  const cap = `${scope} is capped at ${dollars(limitMicroUsd)}`;
  return `${cap}; go on with: bzzz review --resume '${thread}'\n`;
}

async function decide(
  host: Node['host'],
  thread: string,
  answer: { escalation: number; verdict: Verdict; by: string; note: string },
): Promise<void> {
  const told = { kind: 'thread' as const, actor: thread };
  const { escalation } = answer;
  const version = (await host.state('thread', thread))?.version ?? 0;
  await host.handle({
    ...told,
    commandId: `resolve/${escalation}/${version}`,
    expectedVersion: version,
    command: { type: 'resolveEscalation', ...answer, thread },
  });
  // The verdict follows from the answer; it is the thread's own to say.
  await host.handle({
    ...told,
    commandId: `proceed/resolve/${escalation}`,
    command: { type: 'proceed' },
  });
  const { rememberReview } = await import('../../review/index.ts');
  await rememberReview({ actors: host }, thread);
}
