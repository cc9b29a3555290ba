import { InvalidArgumentError, type Command } from 'commander';
import type { Erased } from '../../log/index.ts';
import { count } from '../../shared/text/index.ts';
import { personName } from '../arguments.ts';
import { emitJson, type Io } from '../io.ts';
import { configOf, withKnownNode } from '../open.ts';
import type { AddCommand } from '../program.ts';

const reasonCharsMax = 500;

type Options = { subject: string; reason: string; by: string; json?: true };

export const addErase: AddCommand = (program, io) => {
  program
    .command('erase')
    .description('Destroy the texts of a thread or an agent for good; the proof stays whole.')
    .requiredOption('--subject <address>', 'whose texts: a thread, or an agent for its notes')
    .requiredOption('--reason <text>', 'why; kept in the log, in clear', reasonText)
    .requiredOption('--by <name>', 'who answers for it', personName)
    .option('--json', 'for programs')
    .action(async (options: Options, command: Command) => {
      const config = await configOf(command, io);
      const { subject, reason, by } = options;
      const erased = await withKnownNode(config, (node) =>
        node.erase(
          { subject, reason, by },
          {
            signal: io.signal,
            onProgress: ({ step, done, total }) => {
              if (io.isTerminal.err) io.err(`\r\u001b[K${doing[step]}: ${done} of ${total}`);
            },
          },
        ),
      );
      if (io.isTerminal.err) io.err('\r\u001b[K');
      report(io, erased, options.json === true);
    });
};

const doing = {
  read: 'looking for texts',
  record: 'recorded',
  key: 'keys destroyed',
  maps: 'maps of what was redacted destroyed',
  texts: 'large texts cleared',
  snapshots: 'snapshots removed',
  views: 'views made anew',
  compact: 'store written anew',
} as const;

function report(io: Io, { erasure, texts, repeated }: Erased, json: boolean): void {
  const { seq, at, subject, reason, by, key, blobs } = erasure;
  if (json) {
    emitJson(io, { subject, reason, by, at, seq, key, texts, blobs: blobs.length, repeated });
    return;
  }
  io.out(
    repeated
      ? `${subject}: erased by ${by} at ${at}; nothing was left to erase\n`
      : `${subject}: erased by ${by} at ${at}; ${count(texts, 'text')} cannot be read any more. ` +
          'Backups taken before still hold the key: erase there too\n',
  );
}

function reasonText(text: string): string {
  const reason = text.trim();
  if (reason !== '' && reason.length <= reasonCharsMax) return reason;
  throw new InvalidArgumentError(`Expected a reason of up to ${reasonCharsMax} characters.`);
}
