import { hasHidden, quote } from './visible.ts';
import type { DiffLine, FileChange, Hunk } from './types.ts';

/**
 * A change as a model reads it:
 *
 *     ## src/a.ts (renamed, from src/b.ts, mode 100644)
 *     @@ -7,2 +7,3 @@ function f() {
 *          7      7   first
 *          8        - second
 *                 8 + "sec\u200bond"
 *
 * A content line begins with its old and new line number, so that nothing in it can pass for a header,
 * a note or a closing tag. After the operation comes a blank and the text, or a JSON string when the
 * text has characters that cannot be seen or that some readers take for a line end: a CR, U+2028, NUL,
 * bidirectional and zero-width characters, lone surrogates. A file whose lines all end with CR LF says
 * `CRLF` in its header instead. `parseRenderedChange` reads all of it back.
 */

/** Width of a line number; a longer one moves its line to the right. */
const numberWidth = 6;

/** Git's own words below a line that ends without a line feed. */
export const noNewlineNote = '\\ No newline at end of file';

/** What stands in front of a text: both numbers, a blank for the one the operation has not, and it. */
export function gutter(op: DiffLine['op'], oldLine: number | null, newLine: number | null): string {
  const [before, after] = [op === '+' ? null : oldLine, op === '-' ? null : newLine];
  return `${String(before ?? '').padStart(numberWidth)} ${String(after ?? '').padStart(numberWidth)} ${op}`;
}

/** Whether every line end in the hunks of the file is CR LF. */
function hasCrlf(file: FileChange): boolean {
  const ended = file.hunks.flatMap((hunk) => hunk.lines.filter((line) => !line.noNewline));
  return ended.length > 0 && ended.every((line) => line.text.endsWith('\r'));
}

function renderName(name: string): string {
  return hasHidden(name) || /^["\s]|\s$|\t| {2}| \(|, /.test(name) ? quote(name) : name;
}

function renderModes({ oldMode, newMode }: FileChange): string[] {
  if (oldMode === null && newMode === null) return [];
  return [
    oldMode === newMode ? `mode ${oldMode}` : `mode ${oldMode ?? 'none'} -> ${newMode ?? 'none'}`,
  ];
}

function renderHeader(file: FileChange, crlf: boolean): string {
  const facts = [
    file.status,
    ...(file.oldPath === null || file.oldPath === file.path
      ? []
      : [`from ${renderName(file.oldPath)}`]),
    ...renderModes(file),
    ...(file.binary ? ['binary'] : []),
    ...(crlf ? ['CRLF'] : []),
  ];
  return `## ${renderName(file.path)} (${facts.join(', ')})`;
}

function renderHunkHead({ oldStart, oldLines, newStart, newLines, section }: Hunk): string {
  const shown = section.startsWith('"') || hasHidden(section) ? quote(section) : section;
  return `@@ -${oldStart},${oldLines} +${newStart},${newLines} @@${shown === '' ? '' : ` ${shown}`}`;
}

function renderLine(line: DiffLine, crlf: boolean): string {
  const text = crlf && !line.noNewline ? line.text.slice(0, -1) : line.text;
  const shown = hasHidden(text) ? quote(text) : ` ${text}`;
  const note = line.noNewline ? `\n${noNewlineNote}` : '';
  return `${gutter(line.op, line.oldLine, line.newLine)}${shown}${note}`;
}

/** What a file without hunks shows in their place. */
export function noHunksNote(file: FileChange): string {
  if (file.binary) return '(binary content, not shown)';
  return file.status === 'added' || file.status === 'deleted' ? '(empty file)' : '(same content)';
}

function renderFile(file: FileChange): string {
  const crlf = hasCrlf(file);
  const lines = [renderHeader(file, crlf)];
  if (file.hunks.length === 0) lines.push(noHunksNote(file));
  for (const hunk of file.hunks) {
    lines.push(renderHunkHead(hunk));
    for (const line of hunk.lines) lines.push(renderLine(line, crlf));
  }
  return `${lines.join('\n')}\n`;
}

/** Renders a change for a model, with line numbers; well-formed Unicode whatever the change holds. */
export function renderChange(files: readonly FileChange[]): string {
  return files.map(renderFile).join('\n');
}
