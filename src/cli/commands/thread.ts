import type { Command } from 'commander';
import { matchesAddress, parseAddress } from '../../../events/index.ts';
import type { Archive } from '../../node.ts';
import { emitJson, type Io } from '../io.ts';
import { asOfOption, withArchive } from '../open.ts';
import type { AddCommand } from '../program.ts';
import type { Story } from '../story.ts';
import { table } from '../table.ts';
import { addFork } from './threadFork.ts';

export const addThread: AddCommand = (program, io) => {
  const thread = program
    .command('thread')
    .description('Conversations: who said what, and how it ended.');
  thread
    .command('ls [pattern]')
    .description('Threads, all or those at an address pattern, those that changed last first.')
    .option(...asOfOption)
    .option('--json', 'for programs')
    .action((pattern: string | undefined, options: { json?: true }, command: Command) =>
      withArchive(command, io, async ({ views }) => {
        const wanted = parseAddress(pattern ?? 'bzzz://*:*@*:*');
        const threads = (await views.listThreads()).filter(({ address }) =>
          matchesAddress(wanted, parseAddress(address)),
        );
        if (options.json) emitJson(io, threads);
        else {
          const rows = threads.map((row) => {
            const { state, verdict, proposals, votes, updatedAt, address } = row;
            const where = `${address}${originOf(row)}`;
            return [state, verdict ?? '-', String(proposals), String(votes), updatedAt, where];
          });
          io.out(table(['state', 'verdict', 'proposals', 'votes', 'changed', 'address'], rows));
        }
      }),
    );
  thread
    .command('show <address>')
    .description('The whole discussion, in order.')
    .option('--restore', 'put back the secrets and personal data that were taken out of the texts')
    .option(...asOfOption)
    .option('--json', 'for programs')
    .action((address: string, options: ShowOptions, command: Command) =>
      withArchive(command, io, (archive) => show(io, archive, address, options)),
    );
  addFork(thread, io);
};

function originOf({ origin, originLength }: Story['thread']): string {
  if (origin === null || originLength === null) return '';
  return `, forked from ${origin} after event ${originLength - 1}`;
}

type ShowOptions = { readonly json?: true; readonly restore?: true };

async function show(
  io: Io,
  archive: Archive,
  address: string,
  { json, restore }: ShowOptions,
): Promise<void> {
  const { storyOf } = await import('../story.ts');
  const redacted = await storyOf(archive, address);
  const story = restore ? await restored(archive, redacted) : redacted;
  if (json) emitJson(io, story);
  else {
    const { renderStory } = await import('../renderStory.ts');
    io.out(renderStory(story, io.columns));
  }
}

// Text by text: a secret with a quote in it would break the JSON that the texts of a statement are kept in.
async function restored({ redactor }: Archive, story: Story): Promise<Story> {
  const { subject } = story.thread;
  const entries = await Promise.all(
    story.entries.map(async (entry) => {
      const texts = await Promise.all(
        Object.entries(entry.texts).map(async ([name, text]) => {
          return [name, await redactor.restore(subject, text)] as const;
        }),
      );
      return { ...entry, texts: Object.fromEntries(texts) };
    }),
  );
  return { ...story, entries };
}
