import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { simulate } from './simulate.ts';

/**
 *   npm run sim -- --seed N --steps M     one simulation, nearly the same every time
 *   npm run sim -- --runs R               so many, with seeds drawn here and printed
 */
const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    steps: { type: 'string', default: '20000' },
    runs: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});
const steps = whole('steps', values.steps);
const runs = whole('runs', values.runs);
const first = values.seed === undefined ? null : whole('seed', values.seed);

for (let run = 0; run < runs; run++) {
  const seed = first === null ? randomInt(2 ** 31) : first + run;
  const onProgress = ({ steps: at, reviews }: { steps: number; reviews: number }): void => {
    if (process.stderr.isTTY)
      process.stderr.write(`\rseed ${seed}: ${at} steps, ${reviews} reviews`);
  };
  try {
    const startMs = performance.now();
    const result = { seed, ...(await simulate({ seed, steps, onProgress })) };
    if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
    const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
    if (values.json) console.log(JSON.stringify(result));
    else {
      const { kills, powerCuts, troubles, reviews, calls, promises } = result;
      console.log(
        `seed ${seed}: ${result.steps} steps in ${seconds} s: ${reviews} reviews, ${calls} calls; ` +
          `${kills} kills, ${powerCuts} power cuts, ${troubles} disk failures; ` +
          `${promises} acknowledged events, all there; audited after each`,
      );
    }
  } catch (error) {
    console.error(`\nnpm run sim -- --seed ${seed} --steps ${steps} breaks a promise:\n`);
    console.error(error);
    process.exitCode = 1;
    break;
  }
}

function whole(name: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  console.error(`--${name} takes a whole number, not '${text}'.`);
  return process.exit(2);
}
