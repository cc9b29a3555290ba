import type { Command } from 'commander';
import { parseAddress, threadAddress } from '../../../events/index.ts';
import type { Config } from '../../config/index.ts';
import type { Forked } from '../../review/index.ts';
import { addressName, personName, wholeNumber } from '../arguments.ts';
import { emitJson, type Io } from '../io.ts';
import { configOf, withKnownNode } from '../open.ts';

type Options = {
  readonly at: number;
  readonly withModel?: string;
  readonly task?: string;
  readonly by: string;
  readonly json?: true;
};

/** Adds `thread fork` to the commands of threads. */
export function addFork(thread: Command, io: Io): void {
  thread
    .command('fork <address>')
    .description(
      'A new thread with the same history up to an event, that goes its own way from there.',
    )
    .requiredOption(
      '--at <seq>',
      'the last event that it takes over; bzzz audit replay numbers them',
      wholeNumber,
    )
    .option('--with-model <name>', 'the model that answers for all agents from there on')
    .option('--task <name>', 'task of the fork (default: follows from the origin)', addressName)
    .requiredOption('--by <name>', 'your name', personName)
    .option('--json', 'for programs')
    .action((address: string, options: Options, command: Command) =>
      fork(io, address, options, command),
    );
}

async function fork(
  io: Io,
  address: string,
  { at, withModel, task, by, json }: Options,
  command: Command,
): Promise<void> {
  const config = await configOf(command, io);
  if (withModel !== undefined) await requirePrice(config, withModel);
  const { forkThread } = await import('../../review/index.ts');
  await requireProved(io, config, address);
  const forked = await withKnownNode(config, ({ host, vault, reader }) =>
    forkThread(
      { actors: host, vault, reader, clock: io.clock },
      {
        address,
        seq: at,
        model: withModel ?? null,
        task,
        deadlineMs: config.review.deadlineMs,
        budget: config.budget,
        by,
      },
    ),
  );
  if (json) emitJson(io, forked);
  else io.out(told(forked));
}

/** Throws Refusal MODEL_UNKNOWN, or ARGUMENT_INVALID for a model that cannot write as much as is asked for. */
async function requirePrice(config: Config, model: string): Promise<void> {
  const { openModels } = await import('../../models.ts');
  const models = await openModels(config);
  try {
    const maxTokens = Math.max(...Object.values(config.review.maxTokens));
    models.gateway.quote({ model, messages: [], maxTokens });
  } finally {
    await models.close();
  }
}

/** What is copied becomes a new log with a signature of its own: nothing that was tampered with. */
async function requireProved(io: Io, { data }: Config, address: string): Promise<void> {
  const { proveActor } = await import('../../audit/index.ts');
  const { dataDir, openReadOnly } = await import('../../log/index.ts');
  const { project, task } = parseAddress(address);
  await proveActor(() => openReadOnly(dataDir(data)), threadAddress(project, task), io.signal);
}

function told({ thread, origin, length, model }: Forked): string {
  const asks = model === null ? '' : `; ${model} answers for all agents`;
  return (
    `${thread}\nforked from ${origin} after event ${length - 1}${asks}\n` +
    `go on with: bzzz review --resume '${thread}'\n`
  );
}
