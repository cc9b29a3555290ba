import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { parseDiff, type FileChange } from '../../../../src/shared/diff/index.ts';
import { edits } from './arbitraries.ts';
import { applyHunks, sideOf } from './diffModel.ts';
import { workplace, type Workplace } from './gitRepo.ts';

/** Two versions of a file; a version that is null does not exist. */
const pair = fc
  .record({
    steps: edits,
    bareOld: fc.boolean(),
    bareNew: fc.boolean(),
    missing: fc.constantFrom('none', 'none', 'none', 'old', 'new'),
  })
  .map(({ steps, bareOld, bareNew, missing }) => ({
    old: missing === 'old' ? null : sideOf(steps, '+').join('\n') + (bareOld ? '' : '\n'),
    new: missing === 'new' ? null : sideOf(steps, '-').join('\n') + (bareNew ? '' : '\n'),
  }));
const pairs = fc.array(pair, { minLength: 20, maxLength: 40 });

function read(place: Workplace, path: string): string | null {
  try {
    return readFileSync(join(place.dir, path), 'utf8');
  } catch {
    return null;
  }
}

/** Prints the differences of both folders and hands out each file that the diff tells of. */
function checkPairs(
  args: [program: 'git' | 'diff', ...args: string[]],
  nameOf: (path: string) => string,
): void {
  let compared = 0;
  const check = (place: Workplace, file: FileChange): void => {
    const name = nameOf(file.path);
    const [oldText, newText] = [read(place, `old/${name}`), read(place, `new/${name}`)];
    const status = oldText === null ? 'added' : newText === null ? 'deleted' : 'modified';
    if (file.binary) {
      assert.ok(`${oldText}${newText}`.includes('\0'), name);
    } else {
      assert.equal(file.status, status, name);
      assert.equal(applyHunks(oldText ?? '', file.hunks), newText ?? '', name);
    }
    compared += 1;
  };
  fc.assert(
    fc.property(pairs, (given) => {
      const place = workplace();
      try {
        place.write('old/only', 'x\n');
        place.write('new/only', 'y\n');
        given.forEach((versions, at) => {
          if (versions.old !== null) place.write(`old/f${at}`, versions.old);
          if (versions.new !== null) place.write(`new/f${at}`, versions.new);
        });
        for (const file of parseDiff(place.run(...args).toString())) check(place, file);
      } finally {
        place.remove();
      }
    }),
    { numRuns: 15 },
  );
  assert.ok(compared > 100, `${compared} files compared`);
}

function hasDiff(): boolean {
  const place = workplace();
  try {
    return place.run('diff', '--version').includes('GNU');
  } catch {
    return false;
  } finally {
    place.remove();
  }
}

describe('a diff of random files', () => {
  it('turns the old files into the new ones when git prints it', () => {
    checkPairs(['git', 'diff', '--no-index', '--no-renames', 'old', 'new'], (path) =>
      path.replace(/^(?:old|new)\//, ''),
    );
  });

  it('turns the old files into the new ones when GNU diff prints it', (test) => {
    if (!hasDiff()) return test.skip('there is no diff program here');
    checkPairs(['diff', '-ruN', 'old', 'new'], (path) => path);
  });
});
