import type { Command } from 'commander';
import { matchesAddress, parseAddress } from '../../../events/index.ts';
import { emitJson, type Io } from '../io.ts';
import { withArchive } from '../open.ts';
import type { AddCommand } from '../program.ts';
import { table } from '../table.ts';

export const addThread: AddCommand = (program, io) => {
  const thread = program
    .command('thread')
    .description('Conversations: who said what, and how it ended.');
  thread
    .command('ls [pattern]')
    .description('Threads, all or those at an address pattern, those that changed last first.')
    .option('--json', 'for programs')
    .action((pattern: string | undefined, options: { json?: true }, command: Command) =>
      withArchive(command, io, async ({ views }) => {
        const wanted = parseAddress(pattern ?? 'bzzz://*:*@*:*');
        const threads = (await views.listThreads()).filter(({ address }) =>
          matchesAddress(wanted, parseAddress(address)),
        );
        if (options.json) emitJson(io, threads);
        else {
          const rows = threads.map(({ state, verdict, proposals, votes, updatedAt, address }) => {
            return [state, verdict ?? '-', String(proposals), String(votes), updatedAt, address];
          });
          io.out(table(['state', 'verdict', 'proposals', 'votes', 'changed', 'address'], rows));
        }
      }),
    );
  thread
    .command('show <address>')
    .description('The whole discussion, in order.')
    .option('--json', 'for programs')
    .action((address: string, options: { json?: true }, command: Command) =>
      withArchive(command, io, (archive) => show(io, archive, address, options.json ?? false)),
    );
};

async function show(
  io: Io,
  archive: Parameters<Parameters<typeof withArchive>[2]>[0],
  address: string,
  json: boolean,
): Promise<void> {
  const { storyOf } = await import('../story.ts');
  const story = await storyOf(archive, address);
  if (json) emitJson(io, story);
  else {
    const { renderStory } = await import('../renderStory.ts');
    io.out(renderStory(story, io.columns));
  }
}
