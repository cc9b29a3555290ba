import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseDiff, renderChange, trimChange } from '../../../../src/shared/diff/index.ts';

const around = { before: 5, after: 1 };

/** The change of one file as a model reads it, trimmed. */
function shown(hunks: string, options: Parameters<typeof trimChange>[1] = around): string[] {
  const files = parseDiff(`--- a/pay.ts\n+++ b/pay.ts\n${hunks}\n`);
  return renderChange(trimChange(files, options)).trimEnd().split('\n').slice(1);
}

const context = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, at) => ` line ${from + at}`);

describe('trimming context', () => {
  const wide = ['@@ -1,20 +1,21 @@ class Till {', ...context(1, 10), '+new', ...context(11, 20)];

  it('leaves more in front of what changed than behind, with the numbers as they were', () => {
    assert.deepEqual(shown(wide.join('\n')), [
      '@@ -6,6 +6,7 @@ line 5',
      '     6      6   line 6',
      '     7      7   line 7',
      '     8      8   line 8',
      '     9      9   line 9',
      '    10     10   line 10',
      '           11 + new',
      '    11     12   line 11',
    ]);
  });

  it('cuts a hunk in two where nothing changes for long', () => {
    const hunk = ['@@ -1,9 +1,10 @@ function pay() {', '+first', ...context(1, 8), '-last', '+end'];
    assert.deepEqual(shown(hunk.join('\n'), { before: 1, after: 1 }), [
      '@@ -1,1 +1,2 @@ function pay() {',
      '            1 + first',
      '     1      2   line 1',
      '@@ -8,2 +9,2 @@ line 7',
      '     8      9   line 8',
      '     9        - last',
      '           10 + end',
    ]);
  });

  it('shows a place that somebody points at, far from anything that changed', () => {
    const keep = [{ path: 'pay.ts', line: 19, endLine: 20 }];
    const lines = shown(wide.join('\n'), { before: 1, after: 0, keep });
    assert.deepEqual(lines.slice(-4), [
      '@@ -17,3 +18,3 @@ line 16',
      '    17     18   line 17',
      '    18     19   line 18',
      '    19     20   line 19',
    ]);
    const elsewhere = [{ path: 'other.ts', line: 19, endLine: 20 }];
    assert.equal(shown(wide.join('\n'), { ...around, keep: elsewhere }).length, 8);
  });
});

describe('trimming removals', () => {
  const removal = ['@@ -1,8 +1,2 @@ class Till {', ' a', '-b', '-c', '-d', '-e', '-f', '-g', ' h'];

  it('leaves the first line of a hunk that only removes, and says how many more there are', () => {
    assert.deepEqual(shown(removal.join('\n')), [
      '@@ -2,1 +1,0 @@ … 5 more lines are removed here, in class Till {',
      '     2        - b',
    ]);
  });

  it('shows them all when somebody points at a line beside them', () => {
    const keep = [{ path: 'pay.ts', line: 2, endLine: 2 }];
    assert.equal(shown(removal.join('\n'), { ...around, keep }).length, 9);
  });

  it('shows a short one: a check that is gone matters more than its size', () => {
    const check = ['@@ -1,3 +1,2 @@', ' a', '-if (!user) return;', ' b'];
    assert.deepEqual(shown(check.join('\n')).length, 4);
  });

  it('names a file of which nothing is left to show, and shows it where somebody points', () => {
    const lines = Array.from({ length: 40 }, (_, at) => `-gone ${at + 1}`);
    const diff = parseDiff(
      ['--- a/old.ts', '+++ /dev/null', '@@ -1,40 +0,0 @@', ...lines, ''].join('\n'),
    );
    assert.equal(
      renderChange(trimChange(diff, around)),
      '## old.ts (deleted)\n@@ -1,1 +0,0 @@ … 39 more lines are removed here\n     1        - gone 1\n',
    );
    const keep = [{ path: 'old.ts', line: 12, endLine: 12 }];
    assert.deepEqual(trimChange(diff, { ...around, keep }), diff);
  });
});
