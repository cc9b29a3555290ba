import assert from 'node:assert/strict';
import { chmodSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Refusal } from '../../../../events/index.ts';
import {
  diffStats,
  parseDiff,
  type FileChange,
  type FileStatus,
} from '../../../../src/shared/diff/index.ts';
import { applyHunks } from './diffModel.ts';
import { knownChanges, workplace, type Known, type Workplace } from './gitRepo.ts';

const lines = (count: number, text = 'line'): string =>
  Array.from({ length: count }, (_, at) => `${text} ${at + 1}\n`).join('');
const long = lines(60);
const edited = long.replace('line 5\n', 'line five\n').replace('line 50\n', '');

const lookalikesOld = `${lines(3)}-- a/evil.ts\n++ b/evil.ts\n@@ -1 +1 @@\ndiff --git a/x b/x\n${lines(3)}`;
const lookalikesNew = `${lines(3)}++ b/other.ts\n-- a/other.ts\nBinary files a/x and b/x differ\n\\ No newline at end of file\n${lines(3)}`;

const binary = (seed: number): Buffer =>
  Buffer.from(Array.from({ length: 3000 }, (_, at) => (at * at * seed) % 256));

/** Path, content before, content after; null when there is no such file. */
const contents: [path: string, before: string | Buffer | null, after: string | Buffer | null][] = [
  ['plain.txt', long, edited],
  ['with some blanks.txt', long, edited],
  ['tab\there.txt', long, edited],
  ['new\nline.txt', long, edited],
  ['quo"te and back\\slash.txt', long, edited],
  ['dé jà/çé.txt', long, edited],
  ['emoji-😀.txt', long, edited],
  [' edges ', long, edited],
  ['x b/y b/x b/y.txt', long, edited],
  ['a/a/b/b', long, edited],
  ['no newline/before', 'a\nb', 'a\nb\n'],
  ['no newline/after', 'a\nb\n', 'a\nb'],
  ['no newline/both', 'a\nb', 'a\nc'],
  ['no newline/kept', `${long}end`, `${edited}end`],
  ['crlf/all.txt', long.replaceAll('\n', '\r\n'), edited.replaceAll('\n', '\r\n')],
  ['crlf/becomes.txt', lines(5), lines(5).replaceAll('\n', '\r\n')],
  ['odd line ends', 'a\u2028b\rc\u0085d\n', 'a\u2028b\rc\u0085e\n'],
  ['blank lines', '\n\n\na\n\n\n', '\n\n\nb\n\n\n'],
  ['lookalikes', lookalikesOld, lookalikesNew],
  ['section.c', `int main(void)\r\n{\r\n${long}}\n`, `int main(void)\r\n{\r\n${edited}}\n`],
  ['added.txt', null, lines(3)],
  ['added empty', null, ''],
  ['added, one bare line', null, 'x'],
  ['deleted.txt', lines(3, 'gone'), null],
  ['deleted empty', '', null],
  ['becomes empty', 'x\n', ''],
  ['binary/changed and more.bin', binary(3), binary(5)],
  ['binary/added.bin', null, binary(7)],
  ['binary/deleted.bin', binary(11), null],
  ['moved/old name.txt', lines(40, 'move'), null],
  ['moved b/new name.txt', null, lines(40, 'move')],
  ['moved/old é.txt', lines(40, 'edit'), null],
  ['moved/new.txt', null, lines(39, 'edit')],
  ['moved/old.bin', binary(13), null],
  ['moved/new.bin', null, Buffer.concat([binary(13), Buffer.from('more')])],
  ['copy/source.txt', lines(40, 'copy'), lines(41, 'copy')],
  ['copy/target with "quotes".txt', null, lines(38, 'copy')],
  ['mode only', 'x\n', 'x\n'],
  ['mode and text', 'x\n', 'y\n'],
];

/** Ways to print the same change: settings, then options of `git diff`. */
const ways: [settings: string[], options: string[]][] = [
  [[], []],
  [[], ['-M']],
  [[], ['-M', '-C', '--find-copies-harder']],
  [[], ['-R', '-M']],
  [[], ['--no-renames', '--binary', '--full-index']],
  [[], ['-M', '--no-prefix']],
  [[], ['-M', '--src-prefix=old/', '--dst-prefix=new/']],
  [[], ['-M', '--src-prefix=before/', '--dst-prefix=after/']],
  [[], ['-U0', '-M']],
  [[], ['-U100']],
  [[], ['--patience', '--function-context']],
  [['diff.mnemonicPrefix=true'], ['-M']],
  [['diff.suppressBlankEmpty=true'], []],
  [['core.quotePath=false'], ['-M']],
];

const statusLetters: Record<FileStatus, string> = {
  added: 'A',
  deleted: 'D',
  modified: 'M',
  renamed: 'R',
  copied: 'C',
};

describe('a diff printed by git', () => {
  let place: Workplace;

  before(() => {
    place = workplace();
    const { git, write, dir } = place;
    git('init', '-q');
    for (const [path, content] of contents) if (content !== null) write(path, content);
    git('add', '.');
    git('commit', '-q', '-m', 'Before');
    for (const [path, , content] of contents) {
      if (content === null) rmSync(join(dir, path));
      else write(path, content);
    }
    for (const path of ['mode only', 'mode and text']) chmodSync(join(dir, path), 0o755);
    git('add', '.');
    git('commit', '-q', '-m', 'After\n\n--- a rule\n+ and a list');
  });
  after(() => place.remove());

  /** The patch has to say what the other formats of git say, and to turn the old text into the new. */
  function compare(file: FileChange, known: Known): void {
    const at = JSON.stringify(known.path);
    assert.equal(statusLetters[file.status], known.status, at);
    assert.equal(file.path, known.path);
    assert.equal(file.oldPath, known.status === 'A' ? null : known.oldPath, at);
    if (known.status === 'A' || file.newMode !== null)
      assert.equal(file.newMode, known.status === 'D' ? null : known.newMode, at);
    if (known.status === 'D' || file.oldMode !== null)
      assert.equal(file.oldMode, known.status === 'A' ? null : known.oldMode, at);
    if (known.oldMode !== known.newMode) assert.ok(file.oldMode !== file.newMode, at);
    assert.equal(file.binary, known.added === null && known.oldBlob !== known.newBlob, at);
    const { added, removed } = diffStats([file]);
    assert.deepEqual([added, removed], [known.added ?? 0, known.removed ?? 0], at);
    if (!file.binary)
      assert.equal(applyHunks(blob(known.oldBlob), file.hunks), blob(known.newBlob), at);
  }

  function blob(id: string): string {
    return /^0+$/.test(id) ? '' : place.git('cat-file', 'blob', id);
  }

  for (const [settings, options] of ways) {
    it(`is understood with ${[...settings, ...options].join(' ') || 'no options'}`, () => {
      const diff = [
        ...settings.flatMap((setting) => ['-c', setting]),
        'diff',
        ...options,
        'HEAD~1',
        'HEAD',
      ];
      const patch = place.git(...diff, '--patch');
      const files = parseDiff(patch);
      const known = knownChanges(place.git, ...diff);
      assert.ok(known.length > 30);
      assert.deepEqual(
        files.map(({ path }) => path),
        known.map(({ path }) => path),
      );
      files.forEach((file, at) => compare(file, known[at] ?? assert.fail()));
      assert.deepEqual(parseDiff(patch.replaceAll('\n', '\r\n')), files, 'with CRLF line ends');
    });
  }

  const wraps: [title: string, args: string[]][] = [
    ['git show', ['show', 'HEAD']],
    ['git show with statistics', ['show', '--stat', '--summary', '--patch', 'HEAD']],
    ['git log', ['log', '-p', '-1']],
    ['git format-patch', ['format-patch', '--stdout', '-1']],
    ['git format-patch with an attachment', ['format-patch', '--stdout', '--attach', '-1']],
    ['git format-patch without a signature', ['format-patch', '--stdout', '--no-signature', '-1']],
  ];
  for (const [title, args] of wraps) {
    it(`is found in what ${title} prints around it`, () => {
      const expected = parseDiff(
        place.git('diff', 'HEAD~1', 'HEAD', '--patch', '--binary', '--full-index'),
      );
      assert.deepEqual(parseDiff(place.git(...args, '--binary', '--full-index')), expected);
    });
  }

  for (const command of [
    ['log', '-p', '--stat', '--reverse', '--root'],
    ['format-patch', '--stdout', '--root', 'HEAD'],
  ]) {
    it(`is found in the patches of ${command.join(' ')}`, () => {
      const first = parseDiff(place.git('show', '--format=', 'HEAD~1'));
      const second = parseDiff(place.git('show', '--format=', 'HEAD'));
      assert.deepEqual(parseDiff(place.git(...command)), [...first, ...second]);
    });
  }
});

describe('a diff of git that is out of the ordinary', () => {
  let place: Workplace;

  before(() => {
    place = workplace();
    place.git('init', '-q', '-b', 'main');
    place.write('x', lines(3));
    place.git('add', '.');
    place.git('commit', '-q', '-m', 'Start');
  });
  after(() => place.remove());

  it('reads a changed file type as a deleted and an added file', () => {
    rmSync(join(place.dir, 'x'));
    symlinkSync('target', join(place.dir, 'x'));
    const files = parseDiff(place.git('diff'));
    assert.deepEqual(
      files.map(({ path, status, oldMode, newMode }) => [path, status, oldMode, newMode]),
      [
        ['x', 'deleted', '100644', null],
        ['x', 'added', null, '120000'],
      ],
    );
    place.git('checkout', '-q', 'x');
  });

  it('reads binary content that is printed as text', () => {
    const content = 'a\0b\nc\u001bd\n';
    place.write('nul', content);
    place.git('add', '.');
    const [file] = parseDiff(place.git('diff', '--cached', '--text'));
    assert.equal(file?.binary, false);
    assert.equal(applyHunks('', file?.hunks ?? []), content);
    place.git('reset', '-q', '--hard');
  });

  it('keeps names apart that are not UTF-8', () => {
    for (const byte of [0xe9, 0xe8]) {
      const name = Buffer.concat([Buffer.from(`${place.dir}/latin `), Buffer.from([byte])]);
      writeFileSync(name, 'x\n');
    }
    place.git('add', '.');
    const paths = parseDiff(place.git('diff', '--cached')).map(({ path }) => path);
    assert.deepEqual(paths, [String.raw`latin \350`, String.raw`latin \351`]);
    place.git('reset', '-q', '--hard');
  });

  it('reads the mnemonic prefixes of index, work tree and commit', () => {
    const git = (...args: string[]): string => place.git('-c', 'diff.mnemonicPrefix=true', ...args);
    place.write('x', lines(4));
    chmodSync(join(place.dir, 'x'), 0o755);
    const unstaged = parseDiff(git('diff'));
    const both = parseDiff(git('diff', 'HEAD'));
    place.git('add', '.');
    const staged = parseDiff(git('diff', '--cached'));
    assert.equal(unstaged[0]?.path, 'x');
    assert.deepEqual(both, unstaged);
    assert.deepEqual(staged, unstaged);
    place.git('reset', '-q', '--hard');
  });

  it('refuses the combined diff of a merge, and reads it split by parents', () => {
    for (const [branch, text] of [
      ['one', 'first'],
      ['two', 'second'],
    ] as const) {
      place.git('checkout', '-q', '-b', branch, 'main');
      place.write('x', lines(3).replace('line 2', text));
      place.git('commit', '-q', '-a', '-m', branch);
    }
    place.git('merge', '-q', '-s', 'ours', '--no-commit', 'one');
    place.write('x', lines(3).replace('line 2', 'both'));
    place.git('commit', '-q', '-a', '-m', 'Merge');
    const combined = place.git('show', 'HEAD');
    assert.match(combined, /^diff --cc x$/m);
    assert.throws(
      () => parseDiff(combined),
      (error) => error instanceof Refusal && /merge/.test(error.message),
    );
    assert.equal(parseDiff(place.git('show', '-m', 'HEAD')).length, 2);
  });
});
