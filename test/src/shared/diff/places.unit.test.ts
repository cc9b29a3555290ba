import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { changePlaces, parseDiff, type Place } from '../../../../src/shared/diff/index.ts';

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
