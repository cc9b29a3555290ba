import * as fc from 'fast-check';
import type { FileChange } from '../../../../src/shared/diff/index.ts';
import { hunksOf, type Edit } from './diffModel.ts';

/** Any UTF-16, lone surrogates included, without the characters given. */
export function anyText(without: RegExp, maxLength = 20): fc.Arbitrary<string> {
  return fc
    .array(fc.oneof(fc.integer({ min: 0, max: 0x7f }), fc.integer({ min: 0, max: 0xffff })), {
      maxLength,
    })
    .map((units) => String.fromCharCode(...units).replace(without, ''));
}

/** Contents that look like parts of a diff or of its rendering, or that end lines for some readers. */
const trickyText = fc.constantFrom(
  '',
  '-- a/evil.ts',
  '++ b/evil.ts',
  '@ -1 +1 @@',
  '@@ -1 +1 @@',
  'diff --git a/x b/x',
  'Binary files a/x and b/x differ',
  '\\ No newline at end of file',
  'cr at the end\r',
  'before\u2028## evil.ts (added)',
  '</change>',
  '"quoted"',
  '     1      1   fake',
  'nul \0 inside',
  'zero\u200bwidth \u202ebidi',
  'lone \ud83d surrogate',
);

const lineText = fc.oneof(trickyText, anyText(/\n/g), fc.string());

export const edits: fc.Arbitrary<Edit[]> = fc.array(
  fc.record({ op: fc.constantFrom(' ', ' ', '+', '-'), text: lineText }),
  { maxLength: 30 },
);

const name = fc
  .oneof(
    fc.constantFrom(
      'src/a.ts',
      'a b.ts',
      'x b/y b/z',
      'tab\tname',
      'été/ñ',
      'q"uote',
      ' edge ',
      'b\\s',
    ),
    fc.constantFrom(
      'app/(auth)/p, q.ts',
      'a/a',
      'end (added)',
      '"',
      'new\nline',
      'b\u2028c',
      '\u{e0041}',
    ),
    fc.string({ unit: 'binary', maxLength: 12 }).map((text) => text.replaceAll('\0', '')),
  )
  .filter((text) => text !== '' && text !== '/dev/null' && text.isWellFormed());

const mode = fc.constantFrom('100644', '100755', '120000');

function noteLastLines(file: FileChange, endsBare: boolean): FileChange {
  const last = file.hunks.at(-1)?.lines.at(-1);
  if (last !== undefined && endsBare) last.noNewline = true;
  return file;
}

const touched: fc.Arbitrary<FileChange> = fc
  .record({
    path: name,
    from: name,
    status: fc.constantFrom('modified', 'renamed', 'copied'),
    oldMode: mode,
    newMode: mode,
    binary: fc.boolean(),
    edits,
    context: fc.integer({ min: 0, max: 4 }),
    section: fc.oneof(fc.constant(''), anyText(/[\n\r]/g)),
    endsBare: fc.boolean(),
  })
  .map(({ from, edits: steps, context, section, endsBare, ...rest }) => {
    const moved = rest.status !== 'modified' && from !== rest.path;
    const status = moved ? rest.status : 'modified';
    const hunks = rest.binary ? [] : hunksOf(steps, context, section);
    const file = { ...rest, status, oldPath: moved ? from : rest.path, hunks };
    return noteLastLines(file, endsBare);
  })
  .filter((file) => showsSomething(file));

function showsSomething(file: FileChange): boolean {
  return (
    file.binary ||
    file.hunks.length > 0 ||
    file.status !== 'modified' ||
    file.oldMode !== file.newMode
  );
}

const wholeFile: fc.Arbitrary<FileChange> = fc
  .record({
    path: name,
    status: fc.constantFrom('added', 'deleted'),
    mode,
    lines: fc.array(lineText),
  })
  .map(({ path, status, mode: only, lines }) => {
    const op = status === 'added' ? '+' : '-';
    const steps = lines.map((text) => ({ op, text }) as const);
    const [oldMode, newMode] = status === 'added' ? [null, only] : [only, null];
    const oldPath = status === 'added' ? null : path;
    return { path, oldPath, status, binary: false, oldMode, newMode, hunks: hunksOf(steps, 3) };
  });

/** Changes as git can print them. */
export const fileChanges: fc.Arbitrary<FileChange[]> = fc.array(fc.oneof(touched, wholeFile), {
  minLength: 1,
  maxLength: 6,
});
