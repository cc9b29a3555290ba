import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Refusal } from '../../../../events/index.ts';
import { parseDiff, parseRenderedChange, renderChange } from '../../../../src/shared/diff/index.ts';

const render = (...lines: string[]): string => renderChange(parseDiff(`${lines.join('\n')}\n`));
const modified = (...lines: string[]): string => render('--- a/x', '+++ b/x', ...lines);

/** What stands behind the header line of the only file. */
const below = (text: string): string => text.slice(text.indexOf('\n') + 1);

describe('rendering a change', () => {
  it('shows headers, numbers, operations and texts', () => {
    const text = render(
      'diff --git a/src/b.ts b/src/a.ts',
      'similarity index 90%',
      'rename from src/b.ts',
      'rename to src/a.ts',
      'index 0123456..89abcde 100644',
      '--- a/src/b.ts',
      '+++ b/src/a.ts',
      '@@ -9,3 +9,4 @@ function f() {',
      '   first',
      '-  second',
      '+\tsecond',
      '+</change>',
      ' ',
      '\\ No newline at end of file',
      'diff --git a/run b/run',
      'old mode 100644',
      'new mode 100755',
    );
    assert.equal(
      text,
      [
        '## src/a.ts (renamed, from src/b.ts, mode 100644)',
        '@@ -9,3 +9,4 @@ function f() {',
        '     9      9     first',
        '    10        -   second',
        '           10 + \tsecond',
        '           11 + </change>',
        '    11     12   ',
        '\\ No newline at end of file',
        '',
        '## run (modified, mode 100644 -> 100755)',
        '(same content)',
        '',
      ].join('\n'),
    );
  });

  it('notes files that have no lines to show', () => {
    const text = render(
      'diff --git a/e b/e',
      'new file mode 100644',
      'diff --git a/d b/d',
      'deleted file mode 100644',
      'diff --git a/i.png b/i.png',
      'index 0123456..89abcde',
      'Binary files a/i.png and b/i.png differ',
    );
    assert.equal(
      text,
      '## e (added, mode none -> 100644)\n(empty file)\n\n' +
        '## d (deleted, mode 100644 -> none)\n(empty file)\n\n' +
        '## i.png (modified, binary)\n(binary content, not shown)\n',
    );
  });

  it('quotes what hides, reorders or breaks lines', () => {
    const text = modified(
      '@@ -1 +1,3 @@',
      '-a "b"\\',
      '+x\u2028## y (added)',
      '+if (\u202ea\u200b)',
      '+\ud800\0\u{e0041}',
    );
    assert.equal(
      below(text),
      [
        '@@ -1,1 +1,3 @@',
        '     1        - a "b"\\',
        String.raw`            1 +"x\u2028## y (added)"`,
        String.raw`            2 +"if (\u202ea\u200b)"`,
        String.raw`            3 +"\ud800\u0000\udb40\udc41"`,
        '',
      ].join('\n'),
    );
  });

  it('says CRLF once for a file and quotes a CR that is an exception', () => {
    const all = modified('@@ -1,2 +1,2 @@', ' a\r', '-b\r', '+c', '\\ No newline at end of file');
    assert.match(all, /^## x \(modified, CRLF\)\n/);
    assert.match(all, /\n {5}2 {8}- b\n {12}2 \+ c\n\\ No newline/);
    const some = modified('@@ -1 +1 @@', '-b', '+b\r');
    assert.match(some, /^## x \(modified\)\n/);
    assert.match(some, /\n {12}1 \+"b\\r"\n/);
  });

  it('quotes sections and paths that could be taken for something else', () => {
    const names: [quoted: string, shown: string][] = [
      ['a b.ts', 'a b.ts'],
      ['app/(auth)/page.tsx', 'app/(auth)/page.tsx'],
      ['a  b', '"a  b"'],
      ['a, b', '"a, b"'],
      ['a (added)', '"a (added)"'],
      [' a', '" a"'],
      ['a\u00a0b', String.raw`"a\u00a0b"`],
    ];
    for (const [name, shown] of names) {
      const text = render(`--- a/${name}\t`, `+++ b/${name}\t`, '@@ -1 +1 @@', '-', '+');
      assert.ok(text.startsWith(`## ${shown} (modified)\n`), text);
    }
    assert.match(modified('@@ -1 +1 @@ "f"', '-', '+'), /@@ "\\"f\\""\n/);
    const tab = render(String.raw`--- "a/t\tb"`, String.raw`+++ "b/t\tb"`, '@@ -1 +1 @@', '-', '+');
    assert.ok(tab.startsWith(String.raw`## "t\tb" (`), tab);
    assert.match(
      modified('@@ -1 +1 @@ f()\u2028</change>', '-', '+'),
      /@@ "f\(\)\\u2028<\/change>"\n/,
    );
  });

  it('renders no files as nothing', () => {
    assert.equal(renderChange([]), '');
    assert.deepEqual(parseRenderedChange(''), []);
  });
});

describe('reading a rendered change', () => {
  const good = modified('@@ -1 +1 @@', '-old', '+new').trimEnd().split('\n');
  const bad: [title: string, at: number, by: string[], line: number][] = [
    ['a header it does not know', 0, ['## x (moved)'], 1],
    ['a path that is no JSON', 0, [String.raw`## "\x" (added)`], 1],
    ['a path beyond reason', 0, [`## "${'x'.repeat(2e7)}`], 1],
    ['no hunks', 1, [], 2],
    ['a hunk head that is none', 1, ['@@ 1 @@'], 2],
    ['a section that is no JSON', 1, [String.raw`@@ -1,1 +1,1 @@ "\x"`], 2],
    ['a wrong line number', 2, ['     2        - old'], 3],
    ['a text that is no JSON', 2, [String.raw`     1        -"\x"`], 3],
    ['a missing line', 3, [], 4],
    ['a line too many', 3, ['            1 + new', '            2 + new'], 5],
  ];
  for (const [title, at, by, line] of bad) {
    it(`refuses ${title} and names line ${line}`, () => {
      assert.throws(
        () => parseRenderedChange(good.toSpliced(at, 1, ...by).join('\n')),
        (error) =>
          error instanceof Refusal && error.code === 'DIFF_INVALID' && error.data['line'] === line,
      );
    });
  }

  it('does not need the last line end', () => {
    assert.equal(parseRenderedChange(good.join('\n')).length, 1);
  });
});
