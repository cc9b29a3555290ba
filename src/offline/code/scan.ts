import type { Language } from './language.ts';

/** A string or template in the text; may span lines. Columns are 0-based, `endColumn` is exclusive. */
export type Literal = {
  at: number;
  column: number;
  endAt: number;
  endColumn: number;
  /** Letters right before the quote: f, r and b in Python, the tag of a template in ECMAScript. */
  prefix: string;
  quote: string;
  text: string;
};

export type Scan = {
  /** The lines with comments and the contents of strings blanked, columns kept. */
  code: string[];
  /** The comments of each line, without anything else. */
  comments: string[];
  literals: Literal[];
};

type Syntax = { line: RegExp; block: boolean; quotes: string; multiline: string; regex: boolean };

/** Lines above this length are data or minified code: they are blanked, not read. */
const lineCharsMax = 600;
/** A longer literal keeps its beginning only, deeper templates in templates are not looked into. */
const literalCharsMax = 4000;
const framesMax = 12;

const slashes = /\/\//y;
const syntaxes: Record<Language, Syntax> = {
  ecma: { line: slashes, block: true, quotes: `'"\``, multiline: '`', regex: true },
  python: { line: /#/y, block: false, quotes: `'"`, multiline: '', regex: false },
  go: { line: slashes, block: true, quotes: `"'\``, multiline: '`', regex: false },
  brace: { line: slashes, block: true, quotes: '"', multiline: '', regex: false },
  hash: { line: /(?<![^\s])#/y, block: false, quotes: `'"`, multiline: '', regex: false },
  sql: { line: /--/y, block: true, quotes: `'"`, multiline: '', regex: false },
  prose: { line: /(?!)/y, block: false, quotes: '', multiline: '', regex: false },
  data: { line: /(?!)/y, block: false, quotes: '"', multiline: '', regex: false },
  unknown: { line: /(?!)/y, block: false, quotes: '"', multiline: '', regex: false },
};

type Frame = { kind: 'comment' } | { kind: 'hole'; depth: number } | OpenString;
type OpenString = { kind: 'string'; literal: Literal; multiline: boolean };

/** Reads a run of lines as a lexer would; what was open before the first line is guessed. */
export function scan(lines: readonly string[], language: Language): Scan {
  const scanner = new Scanner(syntaxes[language], language);
  const open = syntaxes[language].block && startsInsideComment(lines);
  scanner.frames.push(
    ...(open ? [{ kind: 'comment' } as const] : startsInsideString(lines, language)),
  );
  lines.forEach((text, at) => scanner.line(text.length > lineCharsMax ? '' : text, at));
  return scanner.result;
}

/** A hunk that begins in the middle of a comment shows its end before any start. */
function startsInsideComment(lines: readonly string[]): boolean {
  for (const text of lines) {
    const close = text.indexOf('*/');
    const open = text.indexOf('/*');
    if (close >= 0 || open >= 0) return close >= 0 && (open < 0 || close < open);
  }
  return false;
}

/** A hunk that begins inside a multi-line string shows a lone closing quote first. */
function startsInsideString(lines: readonly string[], language: Language): OpenString[] {
  const quotes = language === 'python' ? ['"""', "'''"] : language === 'ecma' ? ['`'] : [];
  for (const quote of quotes) {
    const holders = lines.filter((text) => text.includes(quote));
    const count = holders.reduce((sum, text) => sum + text.split(quote).length - 1, 0);
    const lone = /^\W*$/.test(holders[0]?.replace(quote, '') ?? 'x');
    if (count % 2 === 0 || !lone) continue;
    const from = { at: 0, column: 0, endAt: 0, endColumn: 0 };
    return [{ kind: 'string', multiline: true, literal: { ...from, prefix: '', quote, text: '' } }];
  }
  return [];
}

class Scanner {
  readonly result: Scan = { code: [], comments: [], literals: [] };
  readonly frames: Frame[] = [];
  readonly #syntax: Syntax;
  readonly #language: Language;
  #code = '';
  #comment = '';

  constructor(syntax: Syntax, language: Language) {
    this.#syntax = syntax;
    this.#language = language;
  }

  line(text: string, at: number): void {
    this.#code = '';
    this.#comment = '';
    let column = 0;
    while (column < text.length) column = this.#step(text, at, column);
    const open = this.frames.at(-1);
    if (open?.kind === 'string') {
      if (open.multiline) extend(open.literal, '\n');
      else this.#close(open, at, text.length);
    }
    this.result.code.push(this.#code);
    this.result.comments.push(this.#comment.trim());
  }

  #step(text: string, at: number, column: number): number {
    const frame = this.frames.at(-1);
    if (frame?.kind === 'comment') return this.#inComment(text, column);
    if (frame?.kind === 'string') return this.#inString(frame, text, at, column);
    return this.#inCode(frame, text, at, column);
  }

  #inComment(text: string, column: number): number {
    const close = text.indexOf('*/', column);
    const end = close < 0 ? text.length : close + 2;
    if (close >= 0) this.frames.pop();
    this.#comment += text.slice(column, end);
    this.#blank(end - column);
    return end;
  }

  #inString(open: OpenString, text: string, at: number, column: number): number {
    const { literal } = open;
    if (text.startsWith(literal.quote, column)) {
      this.#code += literal.quote;
      this.#close(open, at, column + literal.quote.length);
      return column + literal.quote.length;
    }
    const holes = this.#language === 'ecma' && literal.quote === '`';
    if (holes && text.startsWith('${', column) && this.frames.length < framesMax) {
      this.frames.push({ kind: 'hole', depth: 0 });
      extend(literal, '${');
      // A hole is shown as a call, so that its braces are not taken for a block.
      this.#code += '$(';
      return column + 2;
    }
    const run = runAt(plainText, text, column);
    if (run !== '') {
      extend(literal, run);
      this.#blank(run.length);
      return column + run.length;
    }
    const escaped = text[column] === '\\' && !(this.#language === 'go' && literal.quote === '`');
    const width = escaped ? Math.min(2, text.length - column) : 1;
    extend(literal, text.slice(column, column + width));
    this.#blank(width);
    return column + width;
  }

  #inCode(hole: Frame | undefined, text: string, at: number, column: number): number {
    const run = runAt(plainCode, text, column);
    if (run !== '') {
      this.#code += run;
      if (hole !== undefined) this.#keep(run);
      return column + run.length;
    }
    const char = text[column] ?? '';
    if (matchesAt(this.#syntax.line, text, column)) {
      this.#comment += text.slice(column);
      this.#blank(text.length - column);
      return text.length;
    }
    if (this.#syntax.block && text.startsWith('/*', column)) {
      this.frames.push({ kind: 'comment' });
      this.#comment += '/*';
      this.#blank(2);
      return column + 2;
    }
    if (this.#syntax.quotes.includes(char)) return this.#openString(text, at, column);
    if (char === '/' && this.#syntax.regex) {
      const end = endOfRegex(this.#code, text, column);
      if (end > column) {
        this.#code += `/${' '.repeat(end - column - 2)}/`;
        this.#keep(text.slice(column, end));
        return end;
      }
    }
    if (hole?.kind === 'hole') return this.#inHole(hole, char, column);
    this.#code += char;
    return column + 1;
  }

  #inHole(hole: { depth: number }, char: string, column: number): number {
    if (char === '}' && hole.depth === 0) {
      this.frames.pop();
      this.#code += ')';
    } else {
      if (char === '{') hole.depth += 1;
      if (char === '}') hole.depth -= 1;
      this.#code += char;
    }
    this.#keep(char);
    return column + 1;
  }

  #openString(text: string, at: number, column: number): number {
    const char = text[column] ?? '';
    const triple = this.#language === 'python' && text.startsWith(char.repeat(3), column);
    const quote = triple ? char.repeat(3) : char;
    const prefix = /([A-Za-z_$][\w$.]*)(?:<[^<>()]*>)?$/.exec(this.#code.slice(-80))?.[1] ?? '';
    const end = { endAt: at, endColumn: column + quote.length };
    const literal: Literal = { at, column, ...end, prefix, quote, text: '' };
    const multiline = triple || this.#syntax.multiline.includes(char);
    this.frames.push({ kind: 'string', literal, multiline });
    this.result.literals.push(literal);
    this.#code += quote;
    return column + quote.length;
  }

  #close(open: OpenString, at: number, endColumn: number): void {
    open.literal.endAt = at;
    open.literal.endColumn = endColumn;
    this.frames.pop();
    this.#keep(`${open.literal.quote}${open.literal.text}${open.literal.quote}`);
  }

  /** Code inside a hole belongs to the text of the template around it, too. */
  #keep(text: string): void {
    const outer = this.frames.findLast((frame) => frame.kind === 'string');
    if (outer !== undefined) extend(outer.literal, text);
  }

  #blank(width: number): void {
    this.#code += ' '.repeat(width);
  }
}

function extend(literal: Literal, text: string): void {
  if (literal.text.length < literalCharsMax) literal.text += text;
}

/** Where the regular expression literal at `column` ends, or `column` if it is a division. */
function endOfRegex(before: string, text: string, column: number): number {
  if (!/(?:^|[(,=:[!&|?{};+*%<>~^-]|\b(?:return|typeof|case|in|of))\s*$/.test(before.slice(-40)))
    return column;
  let inClass = false;
  for (let end = column + 1; end < text.length; end += 1) {
    const char = text[end];
    if (char === '\\') end += 1;
    else if (char === '[') inClass = true;
    else if (char === ']') inClass = false;
    else if (char === '/' && !inClass) return end + 1;
  }
  return column;
}

/** Characters that are never the beginning of anything else, in code and within quotes. */
const plainCode = /[\w\s.,;:()=<>!&|?+*@]+/y;
const plainText = /[^'"`\\$]+/y;

function runAt(pattern: RegExp, text: string, column: number): string {
  pattern.lastIndex = column;
  return pattern.exec(text)?.[0] ?? '';
}

function matchesAt(pattern: RegExp, text: string, column: number): boolean {
  pattern.lastIndex = column;
  return pattern.test(text);
}
