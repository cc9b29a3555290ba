import { availableParallelism, cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { audit } from './audit.ts';
import { cost } from './cost.ts';
import { fold } from './fold.ts';
import { sizeOf, type Bench, type Result } from './harness.ts';
import { log } from './log.ts';
import { recovery } from './recovery.ts';
import { renderHead, renderResult } from './render.ts';
import { review } from './review.ts';
import { start } from './start.ts';
import { tokens } from './tokens.ts';
import { views } from './views.ts';

/**
 * Measures bzzz, and the libraries under it in the same minutes:
 *
 *   npm run bench                      everything, as a table
 *   npm run bench -- --only log,fold   some of it
 *   npm run bench -- --rounds 9        more rounds than 5, for a noisy machine
 *   npm run bench -- --scale 0.1       a part of the work
 *   npm run bench -- --json            for programs
 *
 * A missed target is told, not punished: the exit code is 0.
 */
const benches: readonly Bench[] = [log, fold, recovery, views, audit, review, cost, tokens, start];

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      rounds: { type: 'string', default: '5' },
      scale: { type: 'string', default: '1' },
      json: { type: 'boolean', default: false },
    },
  });
  const chosen = choose(values.only?.split(','));
  const rounds = Math.ceil(positive('--rounds', values.rounds));
  const scale = positive('--scale', values.scale);
  const tell = (text: string): void => void (values.json || console.log(text));
  const machine = {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cpus: availableParallelism(),
    node: process.versions.node,
    /** How busy it was before: figures of a machine with other work are not comparable. */
    load: loadavg()[0] ?? 0,
  };
  tell(renderHead(machine, rounds));
  const results: Result[] = [];
  for (const { name, about, run } of chosen) {
    const result = { bench: name, about, figures: await run(sizeOf(rounds, scale)) };
    results.push(result);
    tell(renderResult(result));
  }
  if (values.json) console.log(JSON.stringify({ machine, rounds, scale, results }, null, 2));
}

function choose(names: readonly string[] | undefined): readonly Bench[] {
  const unknown = names?.find((name) => !benches.some((bench) => bench.name === name));
  if (unknown !== undefined)
    throw new Refused(
      `There is no ${unknown}; there are ${benches.map(({ name }) => name).join(', ')}.`,
    );
  return benches.filter(({ name }) => names?.includes(name) ?? true);
}

function positive(option: string, text: string): number {
  const value = Number(text);
  if (value > 0) return value;
  throw new Refused(`${option} takes a number above 0, not ${text}.`);
}

class Refused extends Error {}

try {
  await main();
} catch (error) {
  const isOption = error instanceof TypeError && 'code' in error;
  if (!(error instanceof Refused) && !isOption) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
