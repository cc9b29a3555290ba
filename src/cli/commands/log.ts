import type { Command } from 'commander';
import { Refusal, type Recorded } from '../../../events/index.ts';
import type { LogReader } from '../../ports.ts';
import { erasureOf } from '../erasureOf.ts';
import { emitJson, type Io } from '../io.ts';
import { asOfOption, withArchive } from '../open.ts';
import type { AddCommand } from '../program.ts';
import { table } from '../table.ts';
import { wholeNumber } from '../arguments.ts';

export const addLog: AddCommand = (program, io) => {
  const log = program.command('log').description('The logs themselves: the one source of truth.');
  log
    .command('ls')
    .description('Every log of this node.')
    .option(...asOfOption)
    .option('--json', 'for programs')
    .action((options: { json?: true }, command: Command) =>
      withArchive(command, io, async ({ reader }) => {
        const logs = await reader.logs();
        if (options.json) emitJson(io, logs);
        else {
          const rows = logs.map(({ kind, length, log: key, actor }) => {
            return [kind, String(length), key, actor];
          });
          io.out(table(['kind', 'events', 'log', 'actor'], rows));
        }
      }),
    );
  log
    .command('cat <log>')
    .description('The events of a log, by address or key, one JSON object per line.')
    .option('--from <seq>', 'first position', wholeNumber, 0)
    .option('--to <seq>', 'position to stop before', wholeNumber)
    .option(...asOfOption)
    .option('--text', 'with the texts that can be opened here')
    .option('--json', 'the default: JSON Lines')
    .action((name: string, options: { from: number; to?: number; text?: true }, command: Command) =>
      withArchive(command, io, async ({ reader, views, vault }) => {
        const erasures = options.text ? await views.listErasures() : [];
        const { log: key, length } = await entryOf(reader, name);
        const to = Math.min(options.to ?? length, length);
        for await (const recorded of reader.events(key, options.from, to)) {
          const { body, meta } = recorded;
          const text = options.text && body ? await vault.open(body) : undefined;
          const erased = text === null && body ? erasureOf(erasures, body, meta.at) : null;
          printLine(io, {
            ...recorded,
            ...(text !== undefined && { text }),
            ...(erased && { erased }),
          });
        }
      }),
    );
};

async function entryOf(
  reader: LogReader,
  name: string,
): Promise<{ readonly log: string; readonly length: number }> {
  const found = (await reader.logs()).find(({ actor, log }) => actor === name || log === name);
  if (found) return found;
  throw new Refusal('NOT_FOUND', `there is no log ${name}; bzzz log ls names them all`);
}

function printLine(io: Io, line: Recorded & { text?: string | null; erased?: object }): void {
  io.signal.throwIfAborted();
  io.out(`${JSON.stringify(line)}\n`);
}
