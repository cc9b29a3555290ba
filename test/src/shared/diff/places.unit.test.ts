import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  changePlaces,
  parseDiff,
  placeExists,
  type Place,
} from '../../../../src/shared/diff/index.ts';

const git = (path: string, ...lines: string[]): string =>
  [`diff --git a/${path} b/${path}`, ...lines, ''].join('\n');
const marks = (path: string): string[] => [`--- a/${path}`, `+++ b/${path}`];

const places: Place[] = changePlaces(
  parseDiff(
    [
      git(
        'two',
        ...marks('two'),
        '@@ -1,2 +1,3 @@',
        ' k',
        '+n',
        ' l',
        '@@ -20,2 +21,1 @@',
        ' k',
        '-o',
      ),
      git('next', ...marks('next'), '@@ -1 +1,2 @@', ' k', '+n', '@@ -2 +3,2 @@', ' k', '+n'),
      git('cut', ...marks('cut'), '@@ -5,2 +4,0 @@', '-o', '-p'),
      git(
        'gone',
        'deleted file mode 100644',
        '--- a/gone',
        '+++ /dev/null',
        '@@ -1,2 +0,0 @@',
        '-o',
        '-p',
      ),
      git('mode', 'old mode 100644', 'new mode 100755'),
      git('two', ...marks('two'), '@@ -3,2 +3,2 @@', ' k', '-o', '+n'),
    ].join(''),
  ),
);

describe('changePlaces', () => {
  it('gives the lines shown of each path, joined where they touch', () => {
    assert.deepEqual(places, [
      {
        path: 'two',
        ranges: [
          [1, 4],
          [21, 21],
        ],
      },
      { path: 'next', ranges: [[1, 4]] },
      { path: 'cut', ranges: [] },
      { path: 'gone', ranges: [[1, 2]] },
      { path: 'mode', ranges: [] },
    ]);
  });
});

describe('placeExists', () => {
  const asked: [
    title: string,
    path: string,
    line: number,
    endLine: number | undefined,
    there: boolean,
  ][] = [
    ['a line that is shown', 'two', 2, undefined, true],
    ['a range that is shown', 'two', 1, 4, true],
    ['a line of a deleted file', 'gone', 2, undefined, true],
    ['a line that is not shown', 'two', 5, undefined, false],
    ['a range with a hidden end', 'two', 4, 5, false],
    ['a range over a gap', 'two', 1, 21, false],
    ['a range backwards', 'two', 3, 2, false],
    ['line 0', 'two', 0, 1, false],
    ['a path that is not part of the change', 'Two', 1, undefined, false],
    ['a file that shows no lines', 'mode', 1, undefined, false],
  ];
  for (const [title, path, line, endLine, there] of asked) {
    it(`says ${there ? 'yes' : 'no'} to ${title}`, () => {
      assert.equal(placeExists(places, path, line, endLine), there);
    });
  }
});
