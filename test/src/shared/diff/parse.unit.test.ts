import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  diffStats,
  parseDiff,
  type FileChange,
  type Hunk,
} from '../../../../src/shared/diff/index.ts';

/** The only file of a diff given line by line. */
function only(...lines: string[]): FileChange {
  return onlyOf(`${lines.join('\n')}\n`);
}

function onlyOf(text: string): FileChange {
  const [file, ...more] = parseDiff(text);
  assert.ok(file);
  assert.deepEqual(more, []);
  return file;
}

const texts = (hunk: Hunk | undefined): string[] =>
  (hunk?.lines ?? []).map(({ op, text }) => op + text);

const body = ['@@ -1 +1 @@', '-old', '+new'];

describe('reading a hunk', () => {
  it('numbers the lines of both sides', () => {
    const file = only('--- a/x', '+++ b/x', '@@ -7,3 +9,3 @@ f()', ' k', '-o', '+n', ' l');
    assert.deepEqual(file.hunks, [
      {
        oldStart: 7,
        oldLines: 3,
        newStart: 9,
        newLines: 3,
        section: 'f()',
        lines: [
          { op: ' ', oldLine: 7, newLine: 9, text: 'k' },
          { op: '-', oldLine: 8, newLine: null, text: 'o' },
          { op: '+', oldLine: null, newLine: 10, text: 'n' },
          { op: ' ', oldLine: 9, newLine: 11, text: 'l' },
        ],
      },
    ]);
  });

  it('takes lines that look like headers for content while the counts last', () => {
    const content = ['--- a/evil', '+++ b/evil', '-@@ -1 +1 @@', '+diff --git a/x b/x', '-- '];
    const file = only('--- a/x', '+++ b/x', '@@ -1,3 +1,2 @@', ...content, '-- ', '2.39.5');
    assert.deepEqual(texts(file.hunks[0]), content);
    assert.equal(file.path, 'x');
  });

  it('takes an empty line for an empty context line', () => {
    const file = only('--- a/x', '+++ b/x', '@@ -1,3 +1,3 @@', ' k', '', '-o', '+n');
    assert.deepEqual(texts(file.hunks[0]), [' k', ' ', '-o', '+n']);
  });

  it('notes which lines have no line end, in any language', () => {
    const note = '\\ Kein Zeilenumbruch am Dateiende.';
    const file = only('--- a/x', '+++ b/x', '@@ -1 +1 @@', '-old', note, '+new', note);
    assert.deepEqual(
      file.hunks[0]?.lines.map((line) => line.noNewline),
      [true, true],
    );
  });

  it('takes hunks without context that touch', () => {
    const file = only(
      '--- a/x',
      '+++ b/x',
      '@@ -1 +1 @@',
      '-o',
      '+n',
      '@@ -1,0 +2 @@',
      '+m',
      '@@ -2 +2,0 @@',
      '-p',
    );
    assert.equal(file.hunks.length, 3);
  });

  it('takes a signature that lost its blank for none of a hunk', () => {
    assert.equal(only('--- a/x', '+++ b/x', ...body, '--', '2.39.5').hunks[0]?.lines.length, 2);
  });

  it('keeps a CR that belongs to the content', () => {
    const file = only('--- a/x', '+++ b/x', '@@ -1 +1 @@', '-old', '+new\r');
    assert.deepEqual(texts(file.hunks[0]), ['-old', '+new\r']);
  });

  it('ends lines at a line feed only', () => {
    const content = '+a\rb\u2028c\u0085d\u000ce\0f';
    const file = only('--- a/x', '+++ b/x', '@@ -1,0 +2 @@', content);
    assert.deepEqual(texts(file.hunks[0]), [content]);
  });

  it('takes the CR off every line of a diff that has CRLF line ends itself', () => {
    const lines = [
      'diff --git a/x b/x',
      '--- a/x',
      '+++ b/x',
      '@@ -1,2 +1,2 @@ f',
      '-o',
      '+n\r',
      '',
    ];
    const file = onlyOf(lines.map((line) => `${line}\r\n`).join(''));
    assert.deepEqual(texts(file.hunks[0]), ['-o', '+n\r', ' ']);
    assert.equal(file.hunks[0]?.section, 'f');
    assert.equal(file.path, 'x');
  });
});

describe('reading the names of a file', () => {
  const cases: [title: string, header: string[], path: string, oldPath: string | null][] = [
    [
      'a tab behind names with blanks',
      ['--- a/my file\t', '+++ b/my file\t'],
      'my file',
      'my file',
    ],
    ['time stamps', ['--- x.c\t2024-05-01 10:00:00.1 +0200', '+++ x.c\t2024-05-02'], 'x.c', 'x.c'],
    [
      'escapes',
      [String.raw`--- "a/t\tq\"b\\n\a"`, String.raw`+++ "b/t\tq\"b\\n\a"`],
      't\tq"b\\n\u0007',
      't\tq"b\\n\u0007',
    ],
    [
      'octal UTF-8',
      [String.raw`--- "a/\303\251\360\237\230\200"`, String.raw`+++ "b/\303\251\360\237\230\200"`],
      'é😀',
      'é😀',
    ],
    [
      'a byte order mark in a name',
      [String.raw`--- "a/\357\273\277x"`, String.raw`+++ "b/\357\273\277x"`],
      '\uFEFFx',
      '\uFEFFx',
    ],
    [
      'bytes that are not UTF-8, as escapes',
      [String.raw`--- "a/\351"`, String.raw`+++ "b/\351"`],
      String.raw`\351`,
      String.raw`\351`,
    ],
    ['raw UTF-8', ['--- a/é', '+++ b/é'], 'é', 'é'],
    ['no prefixes', ['--- src/x', '+++ src/x'], 'src/x', 'src/x'],
    ['the folders of diff -r', ['--- old/src/x', '+++ new/src/x'], 'src/x', 'src/x'],
    ['two unlike files', ['--- x.orig', '+++ x'], 'x', 'x.orig'],
    ['two unlike files with prefixes', ['--- a/x.orig', '+++ b/x'], 'x', 'x.orig'],
    ['two files of one folder', ['--- a/x', '+++ a/y'], 'a/y', 'a/x'],
    ['one name with a prefix', ['--- a/x', '+++ y'], 'y', 'a/x'],
    ['an absolute path', ['--- /x', '+++ a/x'], 'a/x', '/x'],
    ['mnemonic prefixes', ['--- i/x', '+++ w/x'], 'x', 'x'],
    [
      'a folder that looks like a prefix',
      ['diff --git a/x a/x', '--- a/x', '+++ a/x'],
      'a/x',
      'a/x',
    ],
    [
      'names that hold " b/"',
      ['diff --git a/x b/y b/x b/y', '--- a/x b/y\t', '+++ b/x b/y\t'],
      'x b/y',
      'x b/y',
    ],
  ];
  for (const [title, header, path, oldPath] of cases) {
    it(`understands ${title}`, () => {
      const file = only(...header, ...body);
      assert.deepEqual([file.path, file.oldPath], [path, oldPath]);
    });
  }

  const bare: [line: string, path: string][] = [
    ['diff --git a/x b/x', 'x'],
    ['diff --git x x', 'x'],
    ['diff --git a/x b/y b/x b/y', 'x b/y'],
    ['diff --git a/a b a/a b', 'a/a b'],
    [String.raw`diff --git "a/\303\251" "b/\303\251"`, 'é'],
    ['diff --git old/x y new/x y', 'x y'],
    ['diff --git before/x after/x', 'x'],
    [`diff --git a/${'w '.repeat(60)}x b/${'w '.repeat(60)}x`, `${'w '.repeat(60)}x`],
    ['diff --git before/x y z after/x y z', 'x y z'],
    ['diff --git c/s p/x w/s p/x', 's p/x'],
  ];
  for (const [line, path] of bare) {
    it(`finds ${path} in \`${line}\` alone`, () => {
      const file = only(line, 'old mode 100644', 'new mode 100755');
      assert.deepEqual([file.path, file.oldPath], [path, path]);
    });
  }
});

describe('reading the names of two unlike binary files', () => {
  const pairs: [line: string, path: string, oldPath: string][] = [
    ['a/x y b/z', 'z', 'x y'],
    [String.raw`a/x "b/\303\251 z"`, 'é z', 'x'],
    [String.raw`"a/\303\251 z" b/x y`, 'x y', 'é z'],
    ['x y', 'y', 'x'],
  ];
  for (const [names, path, oldPath] of pairs) {
    it(`cuts \`${names}\` in two`, () => {
      const file = only(
        `diff --git ${names}`,
        'index 0123456..89abcde',
        'GIT binary patch',
        'literal 0',
        '',
      );
      assert.deepEqual([file.path, file.oldPath], [path, oldPath]);
    });
  }
});

describe('reading what happened to a file', () => {
  const states: [title: string, lines: string[], expected: Partial<FileChange>][] = [
    [
      'an added file',
      [
        'new file mode 100644',
        'index 0000000..89abcde',
        '--- /dev/null',
        '+++ b/x',
        '@@ -0,0 +1 @@',
        '+n',
      ],
      { status: 'added', path: 'x', oldPath: null, oldMode: null, newMode: '100644' },
    ],
    [
      'an added empty file',
      ['new file mode 100755', 'index 0000000..e69de29'],
      { status: 'added', path: 'x', oldPath: null, newMode: '100755', hunks: [] },
    ],
    [
      'a deleted file',
      [
        'deleted file mode 100644',
        'index 89abcde..0000000',
        '--- a/x',
        '+++ /dev/null',
        '@@ -1 +0,0 @@',
        '-o',
      ],
      { status: 'deleted', path: 'x', oldPath: 'x', oldMode: '100644', newMode: null },
    ],
    [
      'a deleted empty file',
      ['deleted file mode 100644', 'index e69de29..0000000'],
      { status: 'deleted', path: 'x', oldPath: 'x', hunks: [] },
    ],
    [
      'a mode change',
      ['old mode 100644', 'new mode 100755'],
      { status: 'modified', oldMode: '100644', newMode: '100755', hunks: [] },
    ],
    [
      'an added file with its mode said twice',
      ['new file mode 100644', 'index 0000000..89abcde 100644'],
      { status: 'added', oldMode: null, newMode: '100644' },
    ],
    [
      'the mode of a changed file',
      ['index 0123456..89abcde 100755', '--- a/x', '+++ b/x', ...body],
      { status: 'modified', oldMode: '100755', newMode: '100755', binary: false },
    ],
    [
      'a rename',
      ['similarity index 100%', 'rename from old name', 'rename to new name'],
      { status: 'renamed', path: 'new name', oldPath: 'old name' },
    ],
    [
      'a copy',
      ['similarity index 90%', 'copy from x', 'copy to "b\\tc"'],
      { status: 'copied', path: 'b\tc', oldPath: 'x' },
    ],
    [
      'a binary change',
      ['index 0123456..89abcde 100644', 'Binary files a/x and b/x differ'],
      { status: 'modified', path: 'x', binary: true, hunks: [] },
    ],
    [
      'a binary patch',
      [
        'index 0123456..89abcde 100644',
        'GIT binary patch',
        'literal 6',
        'NcmYew%rjz01ONvP0nGpa',
        '',
        'delta 5',
        'McmYew%wtFd00lk)n*aa+',
        '',
      ],
      { status: 'modified', path: 'x', binary: true, hunks: [] },
    ],
  ];
  for (const [title, lines, expected] of states) {
    it(`understands ${title}`, () => {
      assert.partialDeepStrictEqual(only('diff --git a/x b/x', ...lines), expected);
    });
  }

  it('understands /dev/null in a diff without git header', () => {
    const added = only('--- /dev/null', '+++ b/x', '@@ -0,0 +1 @@', '+n');
    const deleted = only('--- a/x', '+++ /dev/null', '@@ -1 +0,0 @@', '-o');
    assert.partialDeepStrictEqual(added, { status: 'added', path: 'x', oldPath: null });
    assert.partialDeepStrictEqual(deleted, { status: 'deleted', path: 'x', oldPath: 'x' });
  });

  it('takes time zero for a missing file, as GNU diff -N means it, in any time zone', () => {
    const [then, now] = ['1969-12-31 19:00:00.000000000 -0500', '2024-05-01 10:00:00.1 +0200'];
    const added = only(`--- old/x\t${then}`, `+++ new/x\t${now}`, '@@ -0,0 +1 @@', '+n');
    const deleted = only(`--- old/x\t${now}`, `+++ new/x\t${then}`, '@@ -1 +0,0 @@', '-o');
    assert.partialDeepStrictEqual(added, { status: 'added', path: 'x', oldPath: null });
    assert.partialDeepStrictEqual(deleted, { status: 'deleted', path: 'x', oldPath: 'x' });
  });

  it('reports binary files that GNU diff -r names without header', () => {
    const [first, second, third] = parseDiff(
      'Binary files old/x and y.png and new/x and y.png differ\n' +
        'Binary files /dev/null and b/n.png differ\n' +
        'Binary files a/o.png and /dev/null differ\n',
    );
    assert.partialDeepStrictEqual(first, { path: 'x and y.png', status: 'modified', binary: true });
    assert.partialDeepStrictEqual(second, { path: 'n.png', status: 'added', oldPath: null });
    assert.partialDeepStrictEqual(third, { path: 'o.png', status: 'deleted', oldPath: 'o.png' });
  });
});

describe('reading several patches', () => {
  const mail = (path: string): string[] => [
    'From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001',
    'Subject: [PATCH] Change',
    '',
    'A message with a rule that says',
    'Binary files differ',
    '--- not a header',
    '---',
    ` ${path} | 2 +-`,
    '',
    `diff --git a/${path} b/${path}`,
    `--- a/${path}`,
    `+++ b/${path}`,
    ...body,
    '-- ',
    '2.39.5',
    '',
  ];

  it('steps over mail headers, messages and signatures', () => {
    const files = parseDiff([...mail('x'), ...mail('y')].join('\n'));
    assert.deepEqual(
      files.map(({ path, hunks }) => [path, texts(hunks[0])]),
      [
        ['x', ['-old', '+new']],
        ['y', ['-old', '+new']],
      ],
    );
  });

  it('reads plain diffs one right behind the other', () => {
    const files = parseDiff(
      ['--- a', '+++ a', ...body, '--- b', '+++ b', ...body, 'Only in new: c'].join('\n'),
    );
    assert.deepEqual(
      files.map(({ path }) => path),
      ['a', 'b'],
    );
  });

  it('reads a diff behind a byte order mark', () => {
    assert.equal(onlyOf(`\uFEFF${['--- a', '+++ a', ...body].join('\n')}`).path, 'a');
  });

  it('reads each patch with its own line ends', () => {
    const lines = ['--- a', '+++ a', ...body];
    const files = parseDiff(`${lines.join('\r\n')}\r\n${lines.join('\n')}`);
    assert.deepEqual(files[0], files[1]);
  });

  it('counts files and changed lines', () => {
    const files = parseDiff(
      ['--- a', '+++ a', '@@ -1,2 +1,3 @@', '-o', '+n', '+m', ' k', '--- b', '+++ b', ...body].join(
        '\n',
      ),
    );
    assert.deepEqual(diffStats(files), { files: 2, added: 3, removed: 2 });
  });
});
