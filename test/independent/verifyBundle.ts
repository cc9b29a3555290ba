/**
 * Verifies a bundle by src/audit/bundle/FORMAT.md alone. It shares no code with bzzz and needs no package, so
 * that the two can be held against each other.
 *
 *     node test/independent/verifyBundle.ts BUNDLE
 *
 * One line per check; exit code 1 when one fails. What it does not do, and bzzz does: replay the machines, and
 * compute prices.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { checkCheckpoint, checkRegister, checkSeals } from './node.ts';
import { checkLog, readEvents } from './proof.ts';
import { checkEntries, checkMoney, checkTallies, checkTexts } from './story.ts';
import { hex, list, parse, sha256, text, type Event, type Fail, type Log } from './values.ts';

export type Verdict = { readonly check: string; readonly failures: readonly string[] };

/** Every check on a bundle, in order. Throws for what is no bundle. */
export function verifyBundle(path: string): Verdict[] {
  const verdicts: Verdict[] = [];
  const run = (check: string, look: (fail: Fail) => void): void => {
    const failures: string[] = [];
    look((why) => failures.push(why));
    verdicts.push({ check, failures });
  };
  run('every file has its SHA-256', (fail) => checkSums(path, fail));
  const description = readFileSync(join(path, 'bundle.json'), 'utf8');
  const bundle = parse(description);
  run('bundle.json is spelled as it has to be', (fail) => {
    if (`${JSON.stringify(bundle, null, 2)}\n` !== description) fail('it is spelled otherwise');
  });
  if (text(bundle, 'format') !== 'bzzz.bundle/1') throw new Error('not a bzzz.bundle/1');
  const logs: Log[] = [];
  for (const entry of list(bundle, 'logs')) {
    const name = text(entry, 'file');
    run(`${name}: blocks, tree, root, key, signature`, (fail) =>
      logs.push(checkLog(path, entry, fail)),
    );
  }
  const byKey = new Map(logs.map((log) => [log.key, log]));
  const events: Event[] = [];
  run('every event says its own place', (fail) => events.push(...readEvents(logs, fail)));
  const own = events.filter(({ log }) => log.key === text(bundle, 'node', 'log'));
  const checks: [string, (fail: Fail) => void][] = [
    [
      'every registered log is here, or left out of a scope that does without',
      (fail) => checkRegister(bundle, own, events, byKey, fail),
    ],
    [
      'what the node sealed is what is here',
      (fail) => checkSeals(bundle, own, events, byKey, fail),
    ],
    [
      'the checkpoint is signed by the node, over all of this',
      (fail) => checkCheckpoint(path, bundle, own, byKey, fail),
    ],
    [
      'every text has the hash it is named after, and is there',
      (fail) => checkTexts(bundle, own, events, byKey, fail),
    ],
    [
      'what was entered in threads was said by agents, in their own logs',
      (fail) => checkEntries(events, fail),
    ],
    ['every tally is the count of its votes', (fail) => checkTallies(events, fail)],
    [
      'every hold is ended once, by the usage of its call',
      (fail) => checkMoney(bundle, events, fail),
    ],
  ];
  for (const [check, look] of checks) run(check, look);
  return verdicts;
}

function checkSums(path: string, fail: Fail): void {
  const sums = readFileSync(join(path, 'SHA256SUMS'), 'latin1');
  const files: string[] = [];
  for (const line of sums.split('\n').slice(0, -1)) {
    const [, sum, file = ''] = /^([0-9a-f]{64}) {2}([!-~]+)$/.exec(line) ?? [];
    files.push(file);
    if (sum === undefined) fail(`SHA256SUMS has a line that is none: ${line}`);
    else if (!existsSync(join(path, file))) fail(`${file} is missing`);
    else if (hex(sha256(readFileSync(join(path, file)))) !== sum) fail(`${file} has another sum`);
  }
  if (!sums.endsWith('\n')) fail('the last line of SHA256SUMS has no end');
  const present = readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((file) => file !== 'SHA256SUMS' && statSync(join(path, file)).isFile())
    .toSorted();
  if (present.join() !== files.join())
    fail('SHA256SUMS does not list the files, each once, in order');
}

if (import.meta.main) {
  let failed = 0;
  for (const { check, failures } of verifyBundle(process.argv[2] ?? '.')) {
    console.log(`${failures.length === 0 ? 'ok  ' : 'FAIL'} ${check}`);
    for (const why of failures.slice(0, 5)) console.log(`       ${why}`);
    failed += failures.length;
  }
  process.exitCode = failed > 0 ? 1 : 0;
}
