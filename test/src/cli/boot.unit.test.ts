import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { nodeProblem } from '../../../src/cli/boot.ts';

describe('the boot check', () => {
  for (const version of ['22.18.0', '22.99.1', '23.6.0', '24.0.0', '26.10.0'])
    it(`accepts Node.js ${version}`, () => assert.equal(nodeProblem(version), undefined));

  for (const version of ['18.20.0', '20.20.2', '22.6.0', '22.17.9', '23.5.0'])
    it(`refuses Node.js ${version} and names it`, () =>
      assert.match(nodeProblem(version) ?? '', new RegExp(`this is ${version}: start it with`)));

  it('ends the process with one line and exit code 2', () => {
    const older = `Object.defineProperty(process, 'versions', { value: { node: '22.6.0' } });`;
    const { status, stderr } = spawnSync(
      process.execPath,
      [
        '--import',
        `data:text/javascript,${encodeURIComponent(older)}`,
        join(import.meta.dirname, '../../../src/cli/boot.ts'),
      ],
      { encoding: 'utf8' },
    );
    assert.equal(status, 2);
    assert.match(stderr, /^bzzz: needs Node\.js .*\n$/);
  });
});
