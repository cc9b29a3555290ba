import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { z } from 'zod';
import { bans, fences, habits, type Seed } from './seeds.ts';

const root = join(import.meta.dirname, '../..');
const report = z.object({
  diagnostics: z.array(
    z.object({ code: z.string().default(''), message: z.string(), filename: z.string() }),
  ),
});

/** The rules under test; what else the linter thinks of a seed does not matter here. */
const relevant =
  /^fences|-any|default-export|-promises|exhaustiveness|type-imports|no-cycle|assertion|unsafe|throw/;

describe('the linter, given seeded violations', () => {
  const said = new Map<string, string>();
  const tree = realpathSync(mkdtempSync(join(tmpdir(), 'bzzz-canary-')));
  after(() => rmSync(tree, { recursive: true }));

  before(() => {
    for (const path of ['.oxlintrc.json', 'tsconfig.json', 'package.json', 'test/fences'])
      cpSync(join(root, path), join(tree, path), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(tree, 'node_modules'));
    for (const { file, code } of [...fences, ...bans, ...habits]) {
      mkdirSync(dirname(join(tree, file)), { recursive: true });
      writeFileSync(join(tree, file), `${code}\n`);
    }
    const oxlint = join(root, 'node_modules/oxlint/bin/oxlint');
    const run = spawnSync(process.execPath, [oxlint, '--format', 'json'], {
      cwd: tree,
      encoding: 'utf8',
    });
    assert.equal(run.status, 1, run.stderr);
    for (const { filename, code, message } of report.parse(JSON.parse(run.stdout)).diagnostics)
      if (relevant.test(code))
        said.set(filename, `${said.get(filename) ?? ''}${code}: ${message}\n`);
  });

  const holds = ({ file, code, says }: Seed): void => {
    it(`${says === null ? 'accepts' : 'refuses'} ${code} in ${file}`, () => {
      if (says === null) assert.equal(said.get(file), undefined);
      else assert.match(said.get(file) ?? 'nothing', says);
    });
  };
  describe('across a fence', () => fences.forEach(holds));
  describe('in a pure folder', () => bans.forEach(holds));
  describe('against a habit', () => habits.forEach(holds));
});
