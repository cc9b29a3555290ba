import type { FileChange, Hunk } from '../../shared/diff/index.ts';
import { blocksOf, type Block } from './blocks.ts';
import { languageOf, purposeOf, type Language, type Purpose } from './language.ts';
import { scan, type Literal } from './scan.ts';

/** One line of the new file that the change shows, added or context. */
export type SourceLine = {
  /** 1-based number in the new file. */
  number: number;
  added: boolean;
  text: string;
  /** The text with comments and contents of strings blanked, columns kept. */
  code: string;
  comment: string;
  /** Innermost block around the start of the line. */
  block: Block | null;
  /** Which hunk the line is in: lines of different hunks are not neighbours. */
  hunk: number;
};

/** A changed file as the rules read it. Literals and blocks point at lines by index, not by number. */
export type Source = {
  path: string;
  language: Language;
  purpose: Purpose;
  /** True when the change shows the file from its first line to its last. */
  whole: boolean;
  deleted: boolean;
  lines: SourceLine[];
  literals: Literal[];
  blocks: Block[];
  /** Lines taken away, with the index of the new line that follows. */
  removed: { text: string; at: number }[];
};

/** Reads a file change. A deleted file is shown by its old lines, none of them added. */
export function readSource(file: FileChange): Source {
  const deleted = file.status === 'deleted';
  const source: Source = {
    path: file.path,
    language: languageOf(file.path),
    purpose: purposeOf(file.path),
    whole: file.status === 'added',
    deleted,
    lines: [],
    literals: [],
    blocks: [],
    removed: [],
  };
  file.hunks.forEach((hunk, index) => addHunk(source, hunk, index));
  return source;
}

function addHunk(source: Source, hunk: Hunk, index: number): void {
  const base = source.lines.length;
  const shown = hunk.lines.filter((line) => (source.deleted ? line.op === '-' : line.op !== '-'));
  const texts = shown.map((line) => line.text.replace(/\r$/, ''));
  const scanned = scan(texts, source.language);
  const section = index === 0 && hunk.newStart <= 1 ? '' : hunk.section;
  const tree = blocksOf(scanned.code, source.language, section);
  shown.forEach((line, at) => {
    source.lines.push({
      number: (source.deleted ? line.oldLine : line.newLine) ?? 1,
      added: line.op === '+',
      text: texts[at] ?? '',
      code: scanned.code[at] ?? '',
      comment: scanned.comments[at] ?? '',
      block: tree.around[at] ?? null,
      hunk: index,
    });
  });
  for (const literal of scanned.literals)
    source.literals.push({ ...literal, at: literal.at + base, endAt: literal.endAt + base });
  for (const block of tree.blocks) {
    moveBlock(block, base);
    // Where the file ends, every indented block does; an open brace stays one.
    if (source.whole && source.language === 'python') block.closed = true;
    source.blocks.push(block);
  }
  let at = base;
  for (const line of hunk.lines) {
    if (line.op === '-') source.removed.push({ text: line.text, at });
    if (line.op !== '-' || source.deleted) at += 1;
  }
}

/** In place, because lines and child blocks refer to the block itself. */
function moveBlock(block: Block, base: number): void {
  block.at += base;
  block.openAt += base;
  block.endAt += base;
}

/** The blocks around a block or line, innermost first. */
export function* enclosing(block: Block | null): Generator<Block> {
  for (let each = block; each !== null; each = each.parent) yield each;
}

/** The innermost function around a block or line. */
export function functionAround(block: Block | null): Block | null {
  for (const each of enclosing(block)) if (each.kind === 'function') return each;
  return null;
}

/** The innermost loop around a line, if no function stands between. */
export function loopAround(block: Block | null): Block | null {
  for (const each of enclosing(block)) {
    if (each.kind === 'loop') return each;
    if (each.kind === 'function') return null;
  }
  return null;
}

/** Calls back for each added line of code that matches; patterns see code only, never strings. */
export function eachMatch(
  source: Source,
  pattern: RegExp,
  visit: (match: RegExpExecArray, at: number, line: SourceLine) => void,
): void {
  source.lines.forEach((line, at) => {
    if (!line.added) return;
    const match = pattern.exec(line.code);
    if (match !== null) visit(match, at, line);
  });
}

/** The code of a statement that begins on a line, up to a balanced end; at most a dozen lines. */
export function statementAt(source: Source, at: number): { code: string; endAt: number } {
  const hunk = source.lines[at]?.hunk;
  let code = '';
  let depth = 0;
  let end = at;
  for (; end < Math.min(source.lines.length, at + 12); end += 1) {
    const line = source.lines[end];
    if (line === undefined || line.hunk !== hunk) break;
    code += `${line.code}\n`;
    for (const char of line.code) {
      if (char === '(' || char === '[' || char === '{') depth += 1;
      if (char === ')' || char === ']' || char === '}') depth -= 1;
    }
    const next = source.lines[end + 1]?.code ?? '';
    if (depth <= 0 && !/^\s*[.?)]/.test(next)) break;
  }
  return { code, endAt: Math.min(end, source.lines.length - 1) };
}
