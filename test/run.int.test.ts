import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';

const kinds = ['unit', 'property', 'int', 'contract', 'golden', 'e2e', 'pins'];
const passing = `import { it } from 'node:test'; it('passes', () => {});`;
const failing = `import { it } from 'node:test'; it('fails', () => { throw new Error('no'); });`;

describe('the gate', () => {
  let root: string;

  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  const gate = (...args: string[]) => {
    const env = { ...process.env, BZZZ_DATA: 'mine', OPENAI_API_KEY: 'secret' };
    const run = join(root, 'test/run.ts');
    return spawnSync(process.execPath, [run, ...args], { encoding: 'utf8', env });
  };

  beforeEach(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'bzzz-gate-')));
    cpSync(join(import.meta.dirname, 'run.ts'), join(root, 'test/run.ts'));
    write('package.json', '{ "type": "module" }');
    for (const tool of ['oxlint', 'tsc', 'knip', 'oxfmt']) write(`node_modules/.bin/${tool}`, '');
    write('test/scripts/map.ts', '');
    for (const kind of kinds) write(`test/deep/a.${kind}.test.ts`, passing);
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('runs every check, then every test, and ends with the summary of the test runner', () => {
    const { status, stdout } = gate();
    assert.equal(status, 0);
    assert.match(stdout, /✔ types \(\d+\.\d s\)\n/);
    assert.match(stdout, /ℹ tests 7\n(?:ℹ \w+ [\d.]+\n)+$/);
  });

  it('does not run the tests after a failed check, and shows what the check said', () => {
    write('node_modules/.bin/tsc', `console.log('TS2322'); process.exitCode = 1;`);
    const { status, stdout } = gate();
    assert.equal(status, 1);
    assert.match(stdout, /✖ types .*\nTS2322\n/);
    assert.doesNotMatch(stdout, /ℹ tests/);
  });

  it('fails when a test fails', () => {
    write('test/deep/b.unit.test.ts', failing);
    assert.equal(gate().status, 1);
  });

  it('stops a test file that hangs, and names it', () => {
    write(
      'test/deep/hang.unit.test.ts',
      `import { it } from 'node:test'; it('spins', () => { for (;;); });`,
    );
    const { status, stdout } = gate('--files', 'hang', '--patience', '1');
    assert.equal(status, 1);
    assert.match(stdout, /Interrupted while running:\s+⚠ test\/deep\/hang\.unit\.test\.ts/);
  });

  it('runs one kind, or all but the end-to-end tests, or what a path names', () => {
    assert.match(gate('--only', 'unit').stdout, /^ℹ tests 1$/m);
    assert.match(gate('--quick').stdout, /^ℹ tests 6$/m);
    assert.match(gate('--files', 'deep/a.p').stdout, /^ℹ tests 2$/m);
  });

  it('keeps the settings and the keys of the caller from the tests', () => {
    write(
      'test/deep/env.unit.test.ts',
      `import { it } from 'node:test'; import assert from 'node:assert';
       it('is alone', () => assert.ok(!process.env.BZZZ_DATA && !process.env.OPENAI_API_KEY));`,
    );
    assert.equal(gate('--files', 'env').status, 0);
  });

  const refuses = (
    what: string,
    args: string[],
    because: RegExp,
    arrange = (): void => {},
  ): void => {
    it(`refuses ${what}`, () => {
      arrange();
      const { status, stderr } = gate(...args);
      assert.equal(status, 1);
      assert.match(stderr, because);
    });
  };
  refuses('a kind without tests', [], /There is no golden test/, () =>
    rmSync(join(root, 'test/deep/a.golden.test.ts')),
  );
  refuses('a file that does not name its kind', [], /b\.test\.ts does not name its kind/, () =>
    write('test/deep/b.test.ts', passing),
  );
  refuses(
    'a test file that tests nothing',
    [],
    /^Nothing is tested in test\/deep\/b\.int\.test\.ts/,
    () => write('test/deep/b.int.test.ts', ''),
  );
  refuses('an unknown kind', ['--only', 'smoke'], /--only takes one of unit, .* not 'smoke'/);
  refuses('a path that names nothing', ['--files', 'nowhere'], /No test file has 'nowhere'/);
  refuses('no patience', ['--patience', 'none'], /--patience takes a number of seconds/);
  refuses('an unknown option', ['--fast'], /Unknown option '--fast'/);
});
