import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { torture } from './torture.ts';

/**
 * Kills bzzz and starts it again:
 *
 *   npm run torture                    100 kills
 *   npm run torture -- --kills 1000    more
 *   npm run torture -- --seed 7        the same plan again
 *   npm run torture -- --lanes 4       more at the same time
 *   npm run torture -- --json          for programs
 *
 * Exit 0 when every promise held; the first that did not is told with the seed and the data directory.
 */
const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '100' },
    seed: { type: 'string', default: String(randomInt(1e9)) },
    lanes: { type: 'string', default: '2' },
    json: { type: 'boolean', default: false },
  },
});
const whole = (name: 'kills' | 'seed' | 'lanes'): number => {
  if (!/^\d{1,9}$/.test(values[name])) throw new TypeError(`--${name} takes a whole number`);
  return Number(values[name]);
};

try {
  const outcome = await torture({
    kills: whole('kills'),
    seed: whole('seed'),
    lanes: whole('lanes'),
    tell: (line) => console.error(line),
  });
  const rows = Object.entries(outcome).map(([name, value]) => `${name.padEnd(16)} ${value}`);
  console.log(values.json ? JSON.stringify(outcome) : rows.join('\n'));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
