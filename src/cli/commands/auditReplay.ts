import type { Command } from 'commander';
import { Refusal } from '../../../events/index.ts';
import { moment, notBoth, wholeNumber } from '../arguments.ts';
import { exitCodes } from '../exit.ts';
import { emitJson, type Io } from '../io.ts';
import { configOf, withLogs } from '../open.ts';
import type { AddCommand } from '../program.ts';

type Options = { all?: true; at?: string; seq?: number; json?: true };

export const addReplay: AddCommand = (audit, io, exit) => {
  audit
    .command('replay [address]')
    .description(
      'The state of an actor at a moment; or every log through the machines of today, exit 1 if any ends in another state than when it was written.',
    )
    .option('--all', 'every log: compare with the state hashes that were recorded in it')
    .option('--at <time>', 'everything recorded up to then', moment)
    .option('--seq <number>', 'everything up to that event', wholeNumber)
    .option('--json', 'for programs')
    .action(async (address: string | undefined, options: Options, command: Command) => {
      const { all, at, seq } = options;
      notBoth(['--at', at], ['--seq', seq]);
      notBoth(['an address', address], ['--all', all]);
      notBoth(['--at', at], ['--all', all]);
      notBoth(['--seq', seq], ['--all', all]);
      if (all) {
        if (!(await replayLogs(io, options, command))) exit(exitCodes.failed);
      } else if (address === undefined) {
        throw new Refusal('ARGUMENT_INVALID', 'name an actor by its address, or say --all');
      } else {
        await replayOne(io, address, options, command);
      }
    });
};

async function replayLogs(io: Io, { json }: Options, command: Command): Promise<boolean> {
  const { renderReplay, replayData } = await import('../audit.ts');
  const report = await replayData(io, await configOf(command, io));
  if (json) emitJson(io, report);
  else io.out(renderReplay(report));
  return report.same;
}

function replayOne(
  io: Io,
  address: string,
  { at, seq, json }: Options,
  command: Command,
): Promise<void> {
  return withLogs(command, io, async (reader) => {
    const { replay } = await import('../../audit/index.ts');
    const replayed = await replay(reader, address, { at, seq });
    if (json) {
      emitJson(io, replayed);
      return;
    }
    for (const { meta, event } of replayed.events) {
      io.out(`${String(meta.seq).padStart(6)}  ${meta.at}  ${event.type}\n`);
    }
    const { state, context, version } = replayed;
    io.out(`\nAfter ${version} events: ${JSON.stringify(state)}\n`);
    io.out(`${JSON.stringify(context, null, 2)}\n`);
  });
}
