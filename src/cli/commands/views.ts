import type { Command } from 'commander';
import { exitCodes } from '../exit.ts';
import { emitJson } from '../io.ts';
import { withArchive } from '../open.ts';
import type { AddCommand } from '../program.ts';
import { table } from '../table.ts';
import { count } from '../../shared/text/index.ts';
import type { Verification } from '../../views/index.ts';

export const addViews: AddCommand = (program, io, exit) => {
  const views = program
    .command('views')
    .description('The answers that are kept ready; made of the logs, and made again at any time.');
  views
    .command('status')
    .description('How far each view has read each log.')
    .option('--json', 'for programs')
    .action((options: { json?: true }, command: Command) =>
      withArchive(command, io, async (archive) => {
        const status = await archive.views.status(archive.reader);
        if (options.json) emitJson(io, status);
        else {
          const rows = status.map(({ projection, version, state, lag }) => {
            return [projection, String(version ?? '-'), state, String(lag)];
          });
          io.out(table(['view', 'version', 'state', 'events behind'], rows));
        }
      }),
    );
  views
    .command('rebuild [names...]')
    .description('Make views anew beside the old ones, then switch.')
    .option('--json', 'for programs')
    .action((names: string[], options: { json?: true }, command: Command) =>
      withArchive(command, io, async (archive) => {
        const rebuilt = await archive.views.rebuild(archive.reader, {
          ...(names.length > 0 && { names }),
          signal: io.signal,
          onProgress: ({ done, total }) => progress(done, total),
        });
        if (options.json) emitJson(io, { events: rebuilt });
        else io.out(`made anew from ${count(rebuilt, 'event')}\n`);
      }),
    );
  views
    .command('verify')
    .description('Make views anew and compare them row by row; exit 1 if any differs.')
    .option('--json', 'for programs')
    .action((options: { json?: true }, command: Command) =>
      withArchive(command, io, async (archive) => {
        const report = await archive.views.verify(archive.reader, {
          signal: io.signal,
          onProgress: ({ done, total }) => progress(done, total),
        });
        if (options.json) emitJson(io, report);
        else io.out(renderVerification(report));
        if (report.drift.length > 0) exit(exitCodes.failed);
      }),
    );

  function progress(done: number, total: number): void {
    if (io.isTerminal.err) io.err(`\r${done} of ${total} events`);
  }
};

function renderVerification({ events, rows, drift }: Verification): string {
  if (drift.length === 0)
    return `${count(rows, 'row')} are as ${count(events, 'event')} make them\n`;
  return drift
    .map(({ projection, table: name, rows: differing, first }) => {
      const shown = first.map((row) => `  ${JSON.stringify(row)}\n`).join('');
      return `${projection}.${name}: ${count(differing, 'row')} differ; bzzz views rebuild mends it\n${shown}`;
    })
    .join('');
}
