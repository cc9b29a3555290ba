import type { DiffLine, FileChange, Hunk } from '../../../../src/shared/diff/index.ts';

/** One step from an old text to a new one: keep, add or remove a line. */
export type Edit = { op: DiffLine['op']; text: string };

/** Groups edits into hunks with so many lines of context, as diff programs do. */
export function hunksOf(edits: readonly Edit[], context: number, section = ''): Hunk[] {
  const hunks: Hunk[] = [];
  let [oldLine, newLine, lastShown] = [1, 1, -2];
  edits.forEach(({ op, text }, at) => {
    const near = edits.slice(Math.max(0, at - context), at + context + 1);
    const shown = near.some((edit) => edit.op !== ' ');
    if (shown && lastShown !== at - 1) hunks.push(emptyHunk(oldLine, newLine, section));
    const hunk = hunks.at(-1);
    if (shown && hunk !== undefined) {
      lastShown = at;
      hunk.oldLines += op === '+' ? 0 : 1;
      hunk.newLines += op === '-' ? 0 : 1;
      hunk.lines.push({
        op,
        oldLine: op === '+' ? null : oldLine,
        newLine: op === '-' ? null : newLine,
        text,
      });
    }
    oldLine += op === '+' ? 0 : 1;
    newLine += op === '-' ? 0 : 1;
  });
  return hunks.map(atLineBeforeIfEmpty);
}

function emptyHunk(oldStart: number, newStart: number, section: string): Hunk {
  return { oldStart, oldLines: 0, newStart, newLines: 0, section, lines: [] };
}

function atLineBeforeIfEmpty(hunk: Hunk): Hunk {
  const oldStart = hunk.oldLines === 0 ? hunk.oldStart - 1 : hunk.oldStart;
  const newStart = hunk.newLines === 0 ? hunk.newStart - 1 : hunk.newStart;
  return { ...hunk, oldStart, newStart };
}

/** The lines of one side of the edits. */
export function sideOf(edits: readonly Edit[], gone: '+' | '-'): string[] {
  return edits.filter(({ op }) => op !== gone).map(({ text }) => text);
}

/** Applies hunks to the text they were made from; fails when what they show is not there. */
export function applyHunks(oldText: string, hunks: readonly Hunk[]): string {
  const oldLines = oldText.split(/(?<=\n)/);
  const newLines: string[] = [];
  let taken = 0;
  for (const hunk of hunks) {
    const start = hunk.oldLines === 0 ? hunk.oldStart : hunk.oldStart - 1;
    while (taken < start) newLines.push(oldLines[taken++] ?? fail('a line is missing'));
    const shownStart = hunk.newLines === 0 ? hunk.newStart : hunk.newStart - 1;
    if (newLines.length !== shownStart) fail(`the hunk lands on line ${newLines.length + 1}`);
    for (const line of hunk.lines) {
      const whole = `${line.text}${line.noNewline ? '' : '\n'}`;
      if (line.op !== '+' && oldLines[taken++] !== whole) fail(`old line ${taken} differs`);
      if (line.op !== '-') newLines.push(whole);
    }
  }
  return [...newLines, ...oldLines.slice(taken)].join('');
}

function fail(problem: string): never {
  throw new Error(problem);
}

/** Names as `quote_c_style` of git prints them. */
function quoteName(name: string): string {
  const bytes = [...Buffer.from(name)];
  if (bytes.every((byte) => byte >= 32 && byte < 127 && byte !== 34 && byte !== 92)) return name;
  const short: Record<number, string> = {
    7: 'a',
    8: 'b',
    9: 't',
    10: 'n',
    11: 'v',
    12: 'f',
    13: 'r',
    34: '"',
    92: '\\',
  };
  const escape = (byte: number): string =>
    byte >= 32 && byte < 127 ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, '0')}`;
  return `"${bytes.map((byte) => (byte in short ? `\\${short[byte]}` : escape(byte))).join('')}"`;
}

/** Prints one file as git does. */
function writeGitFile(file: FileChange): string[] {
  const oldName = quoteName(`a/${file.oldPath ?? file.path}`);
  const newName = quoteName(`b/${file.path}`);
  const mark = (name: string): string => (/^[^"].* /.test(name) ? `${name}\t` : name);
  const lines = [`diff --git ${oldName} ${newName}`];
  if (file.status === 'added') lines.push(`new file mode ${file.newMode}`);
  else if (file.status === 'deleted') lines.push(`deleted file mode ${file.oldMode}`);
  else if (file.oldMode !== file.newMode)
    lines.push(`old mode ${file.oldMode}`, `new mode ${file.newMode}`);
  if (file.status === 'renamed' || file.status === 'copied') {
    const verb = file.status === 'renamed' ? 'rename' : 'copy';
    const from = quoteName(file.oldPath ?? '');
    lines.push(
      'similarity index 90%',
      `${verb} from ${from}`,
      `${verb} to ${quoteName(file.path)}`,
    );
  }
  const same = file.oldMode !== null && file.oldMode === file.newMode;
  if (same) lines.push(`index 0123456..89abcde ${file.oldMode}`);
  if (file.binary) lines.push(`Binary files ${oldName} and ${newName} differ`);
  if (file.hunks.length > 0) {
    lines.push(file.status === 'added' ? '--- /dev/null' : `--- ${mark(oldName)}`);
    lines.push(file.status === 'deleted' ? '+++ /dev/null' : `+++ ${mark(newName)}`);
  }
  return [...lines, ...file.hunks.flatMap(writeHunk)];
}

function writeHunk(hunk: Hunk): string[] {
  const count = (lines: number): string => (lines === 1 ? '' : `,${lines}`);
  const head = `@@ -${hunk.oldStart}${count(hunk.oldLines)} +${hunk.newStart}${count(hunk.newLines)} @@`;
  const lines = hunk.lines.flatMap(({ op, text, noNewline }) =>
    noNewline ? [`${op}${text}`, '\\ No newline at end of file'] : [`${op}${text}`],
  );
  return [hunk.section === '' ? head : `${head} ${hunk.section}`, ...lines];
}

/** Prints files as git does, with the line ends that a mailer or checkout may have given the diff. */
export function writeGitDiff(files: readonly FileChange[], lineEnd: '\n' | '\r\n' = '\n'): string {
  return files
    .flatMap(writeGitFile)
    .map((line) => `${line}${lineEnd}`)
    .join('');
}
