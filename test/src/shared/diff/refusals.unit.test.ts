import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Refusal } from '../../../../events/index.ts';
import { parseDiff } from '../../../../src/shared/diff/index.ts';

const git = ['diff --git a/x b/x'];
const plain = ['--- a/x', '+++ b/x'];
const body = ['@@ -1 +1 @@', '-old', '+new'];

/** What is given, the line that is blamed and a part of what is said about it. */
const refused: [title: string, input: string | string[], line: number, says: RegExp][] = [
  ['nothing', '', 1, /there is nothing/],
  ['blank lines', ' \n\r\n\t', 1, /there is nothing/],
  ['prose', 'Dear all,\n--- see below\n', 1, /no change in unified format/],
  ['binary junk', '\u007fELF\u0001\0\0\0', 1, /NUL bytes/],
  ['UTF-16 read as UTF-8', Buffer.from(body.join('\n'), 'utf16le').toString(), 1, /UTF-16/],
  ['colours', '\u001b[1mdiff --git a/x b/x\u001b[m\n', 1, /--no-color/],
  ['a context diff', ['*** x', '--- x', '***************', '*** 1 ****'], 1, /unified/],
  ['a combined diff', ['commit 1', 'diff --cc x', 'index 1,2..3'], 2, /merge/],
  ['a combined diff, said at length', ['diff --combined x'], 1, /git diff A B/],
  ['a combined hunk', ['@@@ -1,2 -1,2 +1,2 @@@'], 1, /merge/],
  ['a hunk that is cut off', [...plain, '@@ -1,2 +1,2 @@', ' k', '-o'], 6, /line 3 promises 2 old/],
  ['a hunk that ends early', [...plain, '@@ -1,2 +1 @@', '-o', ...git], 5, /promises 2 old and 1/],
  [
    'a line too many of one side',
    [...plain, '@@ -1,2 +1 @@', '+n', '+m', '-o'],
    5,
    /they end here/,
  ],
  ['an added line behind a hunk', [...plain, ...body, '+more'], 6, /promises fewer lines/],
  ['a removed line behind a hunk', [...plain, ...body, '--- more'], 6, /promises fewer lines/],
  ['a context line behind a hunk', [...plain, ...body, ' more'], 6, /promises fewer lines/],
  ['a second end note', [...plain, ...body, '\\ No newline', '\\ No newline'], 7, /promises fewer/],
  [
    'a hunk behind an insertion that goes back',
    [...plain, '@@ -5,0 +6 @@', '+n', '@@ -5 +8 @@', '-o', '+n'],
    5,
    /goes back/,
  ],
  [
    'a hunk behind a deletion that goes back',
    [...plain, '@@ -6 +5,0 @@', '-o', '@@ -8 +5 @@', '-o', '+n'],
    5,
    /goes back/,
  ],
  ['a hunk that goes back', [...plain, ...body, ...body], 6, /goes back behind the last one/],
  ['a hunk without lines', [...plain, '@@ -1,0 +1,0 @@'], 3, /no hunk can begin/],
  ['a hunk at line 0', [...plain, '@@ -0 +1 @@', '-o', '+n'], 3, /no hunk can begin/],
  ['a hunk at new line 0', [...plain, '@@ -1 +0 @@', '-o', '+n'], 3, /no hunk can begin/],
  ['a line number beyond reason', [...plain, '@@ -1 +9999999999 @@', '-o'], 3, /no hunk can begin/],
  ['an end note before any line', [...plain, '@@ -1 +1 @@', '\\ No newline'], 4, /they end here/],
  ['a hunk without a file', ['text', ...body], 2, /no file header/],
  ['a file without hunks', [...plain, 'text'], 1, /hunks of this file are missing/],
  ['a git header that is cut off', [...git, 'index 0123456..89abcde 100644'], 1, /shows no change/],
  ['--- without +++', [...git, '--- a/x', ...body], 2, /--- and \+\+\+/],
  ['an empty name', ['--- ', '+++ b/x', ...body], 1, /do not name a file/],
  ['a name with a NUL', ['--- "a/\\000"', '+++ b/x', ...body], 1, /do not name a file/],
  ['an unfinished quoted name', ['--- "a/x', '+++ b/x', ...body], 1, /do not name a file/],
  ['an unknown escape', ['--- "a/\\x"', '+++ b/x', ...body], 1, /do not name a file/],
  ['two missing files', ['--- /dev/null', '+++ /dev/null', ...body], 1, /names of this file/],
  ['text behind a quoted name', ['--- "a/x"y', '+++ b/x', ...body], 1, /do not name a file/],
  ['an octal escape above a byte', ['--- "a/\\777"', '+++ b/x', ...body], 1, /do not name a file/],
  [
    'a quoted name beyond reason behind ---',
    `--- "${'x'.repeat(2e7)}"\n+++ b/x`,
    1,
    /do not name a file/,
  ],
  ['a mode that is none', [...git, 'new file mode 9'], 2, /cannot be read/],
  [
    'new and deleted',
    [...git, 'new file mode 100644', 'deleted file mode 100644'],
    3,
    /contradicts/,
  ],
  ['two modes', [...git, 'old mode 100644', 'old mode 100755'], 3, /contradicts/],
  ['an index that is none', [...git, 'index xyz'], 2, /cannot be read/],
  ['a rename without target', [...git, 'rename from x'], 1, /names of this file are unclear/],
  ['names that disagree', [...git, '--- a/x', '+++ b/evil', ...body], 1, /names of this file/],
  [
    'a rename and marks that disagree',
    [...git, 'rename from x', 'rename to y', '--- a/x', '+++ b/z', ...body],
    1,
    /names of this file/,
  ],
  [
    'names that could be cut in two ways',
    ['diff --git x y z', 'old mode 100644', 'new mode 100755'],
    1,
    /default prefixes/,
  ],
  ['names beyond reason', `diff --git ${'x '.repeat(1e5)}\nold mode 100644`, 1, /default prefixes/],
  ['a quoted name beyond reason', `diff --git "${'x'.repeat(2e7)}"`, 1, /default prefixes/],
  [
    'a deleted file that nothing names',
    [
      'diff --git x y z',
      'deleted file mode 100644',
      '--- /dev/null',
      '+++ b/x',
      '@@ -1 +0,0 @@',
      '-o',
    ],
    1,
    /names of this file/,
  ],
  [
    'a rename and a mark that ends like it',
    [...git, 'rename from x', 'rename to y', '--- a/evil-x', '+++ b/y', ...body],
    1,
    /names of this file/,
  ],
  [
    'a hunk behind a binary note',
    [...git, 'Binary files a/x and b/x differ', ...body],
    3,
    /no file header/,
  ],
  ['unclear binary names', ['Binary files x and y and z differ'], 1, /unclear/],
  [
    'a new file with old lines',
    [...git, 'new file mode 100644', '--- /dev/null', '+++ b/x', ...body],
    1,
    /new file cannot/,
  ],
  [
    'a deleted file with new lines',
    [...git, 'deleted file mode 100644', '--- a/x', '+++ /dev/null', ...body],
    1,
    /deleted file cannot/,
  ],
  ['a binary patch that is cut off', [...git, 'GIT binary patch'], 3, /cut off/],
  [
    'a damaged binary patch',
    [...git, 'GIT binary patch', 'literal 1', 'not base 85'],
    4,
    /no line of a git binary patch/,
  ],
  [
    'a damaged second half of a binary patch',
    [...git, 'GIT binary patch', 'literal 1', 'IcmZPo000310RR91', '', 'delta 1', '??'],
    7,
    /no line of a git binary patch/,
  ],
  ['more lines than anybody reads', '\n'.repeat(1_000_001), 1_000_001, /more than 1000000 lines/],
];

describe('refusing what is no diff', () => {
  for (const [title, input, line, says] of refused) {
    it(`refuses ${title} and names line ${line}`, () => {
      const text = typeof input === 'string' ? input : `${input.join('\n')}\n`;
      assert.throws(
        () => parseDiff(text),
        (error) => {
          assert.ok(error instanceof Refusal);
          assert.equal(error.code, 'DIFF_INVALID');
          assert.deepEqual(error.data, { line });
          assert.match(error.message, says);
          assert.ok(error.message.startsWith(`line ${line} of the diff: `));
          assert.doesNotMatch(error.message, /[\n\r]/);
          return true;
        },
      );
    });
  }
});
