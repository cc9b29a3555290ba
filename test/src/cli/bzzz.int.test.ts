import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';

const launcher = join(import.meta.dirname, '../../../src/cli/bzzz');
const pinned = `node_modules/node-linux-${process.arch}/bin/node`;

const onLinux = { skip: process.platform !== 'linux' && 'no Node.js is pinned for this platform' };

/** Stands in for the program: says what the launcher made of the call. */
const main = `console.log(JSON.stringify({
  node: process.execPath,
  args: process.argv.slice(2),
  cwd: process.cwd(),
  cache: process.env.NODE_COMPILE_CACHE,
}));`;

describe('the launcher', () => {
  let home: string;
  let bin: string;

  beforeEach(() => {
    home = realpathSync(mkdtempSync(join(tmpdir(), 'bzzz launcher ')));
    bin = install(join(home, 'my package/src/cli/bzzz'));
    writeExecutable(
      join(home, 'my package', pinned),
      `#!/bin/sh\nexec '${process.execPath}' "$@"\n`,
    );
  });
  afterEach(() => rmSync(home, { recursive: true }));

  const run = (command: string, args: string[] = [], env: NodeJS.ProcessEnv = {}) =>
    spawnSync(command, args, {
      cwd: home,
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], HOME: home, ...env },
    });

  it('hands every argument on, from any directory', () => {
    const { stdout } = run(bin, ['say', 'two words', '', '--flag=*']);
    assert.partialDeepStrictEqual(JSON.parse(stdout), {
      args: ['say', 'two words', '', '--flag=*'],
      cwd: home,
    });
  });

  it('finds its package through a chain of absolute and relative symlinks on PATH', () => {
    const links = join(home, 'on path');
    mkdirSync(links);
    symlinkSync(bin, join(links, 'first'));
    symlinkSync('./first', join(links, 'bzzz'));
    const path = `${links}${delimiter}${process.env['PATH']}`;
    const { stdout } = run('bzzz', ['x'], { PATH: path });
    assert.partialDeepStrictEqual(JSON.parse(stdout), { args: ['x'] });
  });

  it('passes the exit code and the signal of the program on', () => {
    writeFileSync(join(dirname(bin), 'main.ts'), 'process.exitCode = 7;');
    assert.equal(run(bin).status, 7);
    writeFileSync(join(dirname(bin), 'main.ts'), `process.kill(process.pid, 'SIGTERM');`);
    assert.equal(run(bin).signal, 'SIGTERM');
  });

  it('prefers the pinned Node.js to the one on PATH', onLinux, () => {
    const { stdout } = run(bin, [], { PATH: `${fakeNode('v24.99.0')}${delimiter}/usr/bin:/bin` });
    assert.partialDeepStrictEqual(JSON.parse(stdout), { node: process.execPath });
  });

  it('finds a pinned Node.js that was hoisted above the package', onLinux, () => {
    const hoisted = install(join(home, 'my package/packages/inner/src/cli/bzzz'));
    const { stdout } = run(hoisted, [], { PATH: '/usr/bin:/bin' });
    assert.partialDeepStrictEqual(JSON.parse(stdout), { node: process.execPath });
  });

  for (const version of ['v22.18.0', 'v22.20.1', 'v23.6.0', 'v24.0.0', 'v30.1.0'])
    it(`without a pinned Node.js uses ${version} from PATH`, () => {
      const { stdout } = run(install(join(home, 'bare/src/cli/bzzz')), ['x'], {
        PATH: `${fakeNode(version)}${delimiter}/usr/bin:/bin`,
      });
      assert.equal(stdout, `fake ${version} runs main.ts x\n`);
    });

  for (const version of ['v9.0.0', 'v20.20.2', 'v22.9.0', 'v22.17.1', 'v23.5.0'])
    it(`without a pinned Node.js refuses ${version} in one line that says what to do`, () => {
      const { status, stderr } = run(install(join(home, 'bare/src/cli/bzzz')), [], {
        PATH: `${fakeNode(version)}${delimiter}/usr/bin:/bin`,
      });
      assert.equal(status, 2);
      assert.match(
        stderr,
        new RegExp(`^bzzz: needs Node.js 22.18 .* ${version}: run 'npm ci' .*\n$`),
      );
    });

  it('without any Node.js says so', () => {
    const tools = join(home, 'tools');
    mkdirSync(tools);
    for (const tool of ['dirname', 'readlink', 'uname'])
      symlinkSync(`/usr/bin/${tool}`, join(tools, tool));
    const { status, stderr } = run(install(join(home, 'bare/src/cli/bzzz')), [], { PATH: tools });
    assert.equal(status, 2);
    assert.match(stderr, /found none/);
  });

  it('keeps compiled code in the cache directory of the user', () => {
    const cacheIs = (cache: string, env: NodeJS.ProcessEnv): void =>
      assert.partialDeepStrictEqual(JSON.parse(run(bin, [], env).stdout), { cache });
    cacheIs(`${home}/.cache/bzzz/compile`, {});
    cacheIs(`${home}/xdg/bzzz/compile`, { XDG_CACHE_HOME: `${home}/xdg` });
    cacheIs(`${home}/mine`, { NODE_COMPILE_CACHE: `${home}/mine` });
  });

  it('runs without a cache where none can be written', () => {
    assert.equal(run(bin, [], { XDG_CACHE_HOME: '/dev/null' }).status, 0);
    assert.equal(run(bin, [], { HOME: undefined }).status, 0);
  });

  /** A directory with a `node` that only knows its version and what it was asked to run. */
  function fakeNode(version: string): string {
    const folder = join(home, 'fake');
    const says = `echo "fake ${version} runs \${1##*/} \${2:-}"`;
    writeExecutable(
      join(folder, 'node'),
      `#!/bin/sh\nif [ "$1" = --version ]; then echo ${version}; else ${says}; fi\n`,
    );
    return folder;
  }
});

function install(path: string): string {
  mkdirSync(dirname(path), { recursive: true });
  cpSync(launcher, path);
  writeFileSync(join(dirname(path), 'main.ts'), main);
  return path;
}

function writeExecutable(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  chmodSync(path, 0o755);
}
