import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

/**
 * The gate: every check, then every test, one exit code.
 *
 *   npm test                          everything
 *   npm test -- --quick               everything but the end-to-end tests
 *   npm test -- --only property       the tests of one kind, no checks
 *   npm test -- --files log           the test files with `log` in their path, no checks
 *   npm test -- --patience 60         stop what says nothing for that many seconds (default 300)
 */

/** Test files say in their name how far they reach: `x.unit.test.ts`. No kind may run dry unnoticed. */
const kinds = ['unit', 'property', 'int', 'contract', 'golden', 'e2e', 'pins'] as const;

const checks: readonly (readonly [name: string, bin: string, ...args: string[]])[] = [
  ['lint and fences', 'node_modules/.bin/oxlint'],
  ['types', 'node_modules/.bin/tsc'],
  ['dead code', 'node_modules/.bin/knip'],
  [
    'code that only tests call',
    'node_modules/.bin/knip',
    '--production',
    '--config',
    'knip.production.json',
  ],
  ['format', 'node_modules/.bin/oxfmt', '--check'],
  ['map in README.md', 'test/scripts/map.ts', '--check'],
];

const checksAtOnce = 2;
const root = join(import.meta.dirname, '..');

async function main(): Promise<number> {
  if (Number(process.versions.node.split('.')[0]) < 24) {
    console.error(
      `This is Node.js ${process.versions.node}, the tests need 24. Run \`npm ci\`, then \`npm test\`: npm puts the pinned Node.js first on PATH.`,
    );
    return 2;
  }
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      files: { type: 'string' },
      quick: { type: 'boolean', default: false },
      patience: { type: 'string', default: '300' },
    },
  });
  const silenceMsMax = Number(values.patience) * 1000;
  if (!(silenceMsMax > 0)) throw new Refused('--patience takes a number of seconds.');
  const files = selectFiles(values);
  const narrowed = values.only !== undefined || values.files !== undefined;
  if (!narrowed && !(await runChecks(silenceMsMax))) return 1;
  return runTests(files, silenceMsMax);
}

type Selection = { only?: string; files?: string; quick: boolean };

function selectFiles({ only, files: part = '', quick }: Selection): string[] {
  if (only !== undefined && !kinds.some((kind) => kind === only))
    throw new Refused(`--only takes one of ${kinds.join(', ')}, not '${only}'.`);
  const all = globSync('test/**/*.test.ts', { cwd: root }).toSorted();
  for (const file of all)
    if (!kinds.some((kind) => isOfKind(file, kind)))
      throw new Refused(`${file} does not name its kind: x.<${kinds.join('|')}>.test.ts.`);
  const wanted = only === undefined ? kinds.filter((kind) => !quick || kind !== 'e2e') : [only];
  const chosen = wanted.flatMap((kind) => {
    const ofKind = all.filter((file) => isOfKind(file, kind) && file.includes(part));
    if (ofKind.length === 0 && part === '')
      throw new Refused(`There is no ${kind} test; a kind that runs dry must not look green.`);
    return ofKind;
  });
  if (chosen.length === 0) throw new Refused(`No test file has '${part}' in its path.`);
  return chosen;
}

function isOfKind(file: string, kind: string): boolean {
  return file.endsWith(`.${kind}.test.ts`);
}

async function runChecks(silenceMsMax: number): Promise<boolean> {
  const waiting = [...checks];
  let green = true;
  const work = async (): Promise<void> => {
    for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
      const [name, ...command] = check;
      const startedMs = performance.now();
      const { code, output } = await run(command, silenceMsMax);
      const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
      console.log(`${code === 0 ? '✔' : '✖'} ${name} (${seconds} s)`);
      if (code !== 0) console.log(output.trimEnd());
      green &&= code === 0;
    }
  };
  await Promise.all(Array.from({ length: checksAtOnce }, work));
  if (!green) console.log('The checks failed; the tests were not run.');
  return green;
}

async function runTests(files: readonly string[], silenceMsMax: number): Promise<number> {
  const options = [
    '--test',
    '--test-reporter=spec',
    `--test-concurrency=${Math.max(2, availableParallelism())}`,
  ];
  const { code, output } = await run([...options, ...files], silenceMsMax, true);
  // A file that tests nothing is reported as if the file were a test that passed.
  const empty = [...output.matchAll(/^✔ (\S+\.test\.ts) \(/gm)].map(([, file]) => file);
  if (empty.length > 0) console.error(`Nothing is tested in ${empty.join(', ')}.`);
  return empty.length > 0 ? 1 : code;
}

// Node's own --test-timeout waits for ever for a file that keeps its process busy; on SIGINT the test
// runner ends its children and names the file.
function run(
  args: readonly string[],
  silenceMsMax: number,
  live = false,
): Promise<{ code: number; output: string }> {
  const child = spawn(process.execPath, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: cleanEnvironment(),
  });
  const watchdog = setTimeout(() => child.kill('SIGINT'), silenceMsMax);
  let output = '';
  const hear = (text: string): void => {
    watchdog.refresh();
    output += text;
    if (live) process.stdout.write(text);
  };
  child.stdout.setEncoding('utf8').on('data', hear);
  child.stderr.setEncoding('utf8').on('data', hear);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(watchdog);
      resolve({ code: code ?? 1, output });
    });
  });
}

/** No test depends on the settings, or spends the money, of whoever runs it. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^BZZZ_|_API_KEY$|^NODE_TEST_CONTEXT$|^NODE_OPTIONS$/.test(name),
  );
  const compileCache = join(root, 'node_modules/.cache/compile');
  return { ...Object.fromEntries(kept), NODE_COMPILE_CACHE: compileCache };
}

class Refused extends Error {}

try {
  process.exitCode = await main();
} catch (error) {
  const isOption = error instanceof TypeError && 'code' in error;
  if (!(error instanceof Refused) && !isOption) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
