import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readFile, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { launcher, placeFor, type Place } from '../e2e/support/place.ts';
import { change, startTeam, teamOf } from '../e2e/support/team.ts';

/**
 * The commands of the documents, run as they stand there: bzzz is on PATH, the repository has a branch to
 * review, and a thread pr-42 waits for a person. Only what is outside this machine is put in its place: the
 * key, and the address of the model server.
 */
const root = join(import.meta.dirname, '../..');

async function blocksOf(document: string): Promise<string[]> {
  const text = await readFile(join(root, document), 'utf8');
  const blocks = [...text.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = '']) => block);
  assert.ok(blocks.length > 0, `${document} has no commands`);
  return blocks;
}

async function repository(t: TestContext): Promise<Place> {
  const place = await placeFor(t, { 'run.ts': 'export const run = 1;\n' });
  const git = (...args: string[]) =>
    promisify(execFile)(
      'git',
      ['-c', 'user.name=Ann', '-c', 'user.email=ann@example.com', ...args],
      {
        cwd: place.dir,
      },
    );
  await git('init', '-q', '-b', 'main');
  await git('add', '-A');
  await git('commit', '-q', '-m', 'first');
  await git('update-ref', 'refs/remotes/origin/main', 'main');
  await git('checkout', '-q', '-b', 'feature');
  await place.write('pay.ts', 'const password = "hunter2-hunter2";\neval(password);\n');
  await git('add', '-A');
  await git('commit', '-q', '-m', 'second');
  await place.write('run.ts', 'export const run = 2;\n');
  await place.write('change.diff', change);
  await mkdir(join(place.dir, 'bin'));
  await symlink(launcher, join(place.dir, 'bin/bzzz'));
  return place;
}

/** Runs a command in a shell; a review may well ask for changes, or for a person. */
async function shell(place: Place, command: string, env: Record<string, string>): Promise<void> {
  const path = `${join(place.dir, 'bin')}:${process.env['PATH'] ?? ''}`;
  const { code, out, err } = await place.startCommand('bash', ['-c', command], {
    env: { PATH: path, BZZZ_PROJECT: 'shop', ...env },
  }).ended;
  const allowed = / review /.test(command) ? [0, 1, 3] : [0];
  assert.ok(allowed.includes(code ?? -1), `${command}\nexit ${code}\n${out}\n${err}`);
}

describe('every command of the documents works', () => {
  it('README.md', async (t) => {
    const place = await repository(t);
    await using team = await startTeam(
      teamOf((role) => role === 'architect' || role === 'reviewer'),
    );
    const model = { OPENAI_BASE_URL: team.baseUrl, OPENAI_API_KEY: 'test' };
    const waiting = 'bzzz review --diff change.diff --task pr-42 --model gpt-5.4-mini';
    await shell(place, waiting, model);
    for (const block of await blocksOf('README.md')) {
      const real = block.replace('OPENAI_API_KEY=...', 'OPENAI_API_KEY=test');
      const local = real.replace(/OPENAI_BASE_URL=\S+/, `OPENAI_BASE_URL=${team.baseUrl}`);
      const env = { ...(block.includes('OPENAI_API_KEY') ? model : {}) };
      // One shell for a block that sets something up, one for each command otherwise.
      const commands = block.includes('export ') ? [local] : local.trim().split('\n');
      for (const command of commands) await shell(place, command, env);
    }
    assert.ok(team.seen.length > 8, 'the models were asked');
  });

  it('deploy/README.md', async (t) => {
    const place = await repository(t);
    await mkdir(join(place.dir, 'src/cli'), { recursive: true });
    await symlink(launcher, join(place.dir, 'src/cli/bzzz'));
    for (const block of await blocksOf('deploy/README.md')) {
      const commands = block
        .trim()
        .split('\n')
        .filter((command) => command !== 'npm ci');
      for (const command of commands) await shell(place, command, {});
    }
  });

  it('names only files that are there', async () => {
    for (const document of ['README.md', 'src/README.md', 'events/README.md', 'actors/README.md']) {
      const text = await readFile(join(root, document), 'utf8');
      for (const [, target = ''] of text.matchAll(/\]\((?!https?:)([^)#]+)\)/g)) {
        await assert.doesNotReject(
          promisify(execFile)('ls', ['-d', join(root, dirname(document), target)]),
          `${document}: ${target}`,
        );
      }
    }
  });
});
