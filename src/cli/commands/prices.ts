import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { Refusal } from '../../../events/index.ts';
import { count, visible } from '../../shared/text/index.ts';
import { exitCodes } from '../exit.ts';
import { emitJson, type Io } from '../io.ts';
import { configOf } from '../open.ts';
import type { AddCommand } from '../program.ts';
import { renderPrices } from '../renderPrices.ts';

export const addPrices: AddCommand = (program, io, exit) => {
  const prices = program
    .command('prices')
    .description('What models cost: the shipped prices, with llm.prices on top.');
  prices
    .command('show')
    .description('The price book in effect, USD per 1M tokens; the JSON has whole micro-dollars.')
    .option('--model <name>', 'this model only')
    .option('--json', 'for programs')
    .action((options: ShowOptions, command: Command) => show(io, options, command));
  prices
    .command('lint')
    .description('Check prices for what makes no sense; exit 2 with a line for each problem.')
    .argument('[file]', 'a price book, or prices by model; default: llm.prices')
    .option('--json', 'for programs')
    .action(async (file: string | undefined, options: { json?: true }, command: Command) => {
      const problems = await lint(io, file, options, command);
      if (problems > 0) exit(exitCodes.error);
    });
};

type ShowOptions = { model?: string; json?: true };

async function show(io: Io, { model, json }: ShowOptions, command: Command): Promise<void> {
  const config = await configOf(command, io);
  const { openModels } = await import('../../models.ts');
  // The book that calls are held and settled by: its hash is the one in the ledger.
  const opened = await openModels(config, io.env);
  await opened.close();
  const book = opened.prices;
  // Throws MODEL_UNKNOWN, as a call would.
  if (model !== undefined) book.price(model);
  const models = book
    .entries()
    .filter((entry) => model === undefined || entry.model === model)
    .map((entry) => ({ ...entry, overridden: Object.hasOwn(config.llm.prices, entry.model) }));
  const { version, hash } = book;
  const shown = { version, hash, unit: 'micro-dollars per 1M tokens', models };
  if (json) emitJson(io, shown);
  else io.out(renderPrices(shown));
}

/** Prints the problems of a file, or of the configured prices, and returns their number. */
async function lint(
  io: Io,
  file: string | undefined,
  { json }: { json?: true },
  command: Command,
): Promise<number> {
  const written: unknown =
    file === undefined
      ? (await configOf(command, io)).llm.prices
      : await readJson(resolve(io.cwd, file), file);
  const { bookWith, lintPriceBook } = await import('../../llm/index.ts');
  const problems = lintPriceBook(isByModel(written) ? bookWith(written) : written);
  if (json) emitJson(io, { problems });
  else if (problems.length === 0) io.out(`no problem in ${file ?? 'llm.prices'}\n`);
  else {
    for (const { model, rule, message } of problems)
      io.out(`${visible(`${model ?? 'the book'}: ${message}`)} [${rule}]\n`);
    io.err(`bzzz: ${count(problems.length, 'problem')} in ${visible(file ?? 'llm.prices')}\n`);
  }
  return problems.length;
}

/** Prices by model, which are checked like the book they are put on top of; otherwise it is a book. */
function isByModel(written: unknown): written is Readonly<Record<string, unknown>> {
  return (
    typeof written === 'object' &&
    written !== null &&
    !Array.isArray(written) &&
    !('models' in written)
  );
}

async function readJson(path: string, shown: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Refusal('ARGUMENT_INVALID', `cannot read ${shown} as JSON: ${why}`, { cause });
  }
}
