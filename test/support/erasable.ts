import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256Hex, threadAddress } from '../../events/index.ts';
import { loadConfig, type Config } from '../../src/config/index.ts';
import { dataDir, openReadOnly, type DataDir } from '../../src/log/index.ts';
import { TextRefs } from '../../src/shared/textRefs.ts';
import { Forger } from '../src/audit/forger.ts';
import { spellings, type Needles } from './byteSearch.ts';
import { mulberry32 } from './mulberry32.ts';
import { bzzzIn } from './inProcess.ts';

export const subject = threadAddress('shop', 'pr-1');
export const other = threadAddress('shop', 'pr-2');

/** Words that nobody else writes. */
function nonsense(seed: number, words: number): string {
  let state = seed;
  return Array.from({ length: words }, () => {
    const { unit, next } = mulberry32(state);
    state = next;
    return unit.toString(36).slice(2, 10);
  }).join(' ');
}

/** A token that no issuer has issued; assembled, so that no scanner takes it for real. */
const token = ['gh', 'p_a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8'].join('');

/** The change that is reviewed: too large for an event, and with a secret in it. */
export function changeOf(seed: number): string {
  const lines = Array.from(
    { length: 40 },
    (_, line) => `+// ${nonsense(seed * 1000 + line, 12)}\n`,
  );
  return `diff --git a/pay.ts b/pay.ts
new file mode 100644
--- /dev/null
+++ b/pay.ts
@@ -0,0 +1,${lines.length + 2} @@
+eval(input);
+login('${token}');
${lines.join('')}`;
}

/** A data directory with two reviews, as the command line writes them. */
export type Erasable = {
  readonly cwd: string;
  readonly dir: DataDir;
  readonly config: Config;
  run(...args: readonly string[]): ReturnType<typeof bzzzIn>;
};

export async function writeErasable(cwd: string): Promise<Erasable> {
  const data = join(cwd, 'data');
  const at = ['--data', data, '--project', 'shop'];
  const run: Erasable['run'] = (...args) => bzzzIn(cwd, ...at, ...args);
  for (const [seed, task] of ['pr-1', 'pr-2'].entries()) {
    const diff = join(cwd, `${task}.diff`);
    await writeFile(diff, changeOf(seed + 1));
    const { code, err } = await run(
      'review',
      '--diff',
      diff,
      '--task',
      task,
      '--provider',
      'offline',
    );
    assert.ok(code === 0 || code === 1, err);
  }
  const config = await loadConfig({ flags: { data, project: 'shop' }, env: {}, cwd });
  return { cwd, dir: dataDir(data), config, run };
}

/** Has RocksDB move everything into table files and files of large values. */
export function flush(dir: DataDir): Promise<void> {
  return Forger.at(dir, (forger) => forger.flush());
}

/** Key, large ciphertexts and plaintexts of a thread, as they are now. */
export async function needlesOf(dir: DataDir, thread = subject, seed = 1): Promise<Needles> {
  const hashes = new Set<string>();
  const logs = await openReadOnly(dir);
  for (const { log } of await logs.logs()) {
    const refs = new TextRefs();
    for await (const recorded of logs.events(log, 0)) {
      for (const { ref, subject: whose } of refs.of(recorded)) {
        if (whose === thread) hashes.add(ref.hash);
      }
    }
  }
  await logs.close();
  const boxes = await Forger.at(dir, async (forger) =>
    (await forger.blocksOf(await forger.keyOf('texts'))).filter((block) =>
      hashes.has(sha256Hex(block)),
    ),
  );
  assert.ok(boxes.length >= 5, 'large texts of the thread');
  const maps = (await readdir(dir.restore)).filter((name) => name.startsWith(sha256Hex(thread)));
  assert.equal(maps.length, 1, 'a map of what was redacted');
  const key = Buffer.from(await readFile(keyFile(dir, thread), 'utf8'), 'base64');
  return {
    key: spellings(key),
    ciphertext: boxes,
    map: await Promise.all(maps.map((name) => readFile(join(dir.restore, name)))),
    plaintext: changeOf(seed)
      .split('\n')
      .filter((line) => line.startsWith('+// '))
      .map((line) => Buffer.from(line.slice(4))),
  };
}

/** The sealed texts of a thread that lie in events, as they are written there. */
export async function inlineOf(dir: DataDir, thread = subject): Promise<Needles> {
  const boxes: Buffer[] = [];
  const logs = await openReadOnly(dir);
  for (const { log } of await logs.logs()) {
    for await (const { body } of logs.events(log, 0)) {
      if (body && 'box' in body && body.subject === thread) boxes.push(Buffer.from(body.box));
    }
  }
  await logs.close();
  return { inline: boxes };
}

export function keyFile(dir: DataDir, thread: string): string {
  return join(dir.keys, `${sha256Hex(thread)}.key`);
}
