import type { Language } from './language.ts';

export type BlockKind = 'function' | 'class' | 'loop' | 'try' | 'catch' | 'other';

/** A run of lines that belong together: braces, or an indented suite. Indices into the lines read. */
export type Block = {
  kind: BlockKind;
  /** Code in front of the block, on one line: `for (const a of b)`, `def load(path)`. */
  header: string;
  /** Line on which the header begins, line with the opening brace or colon, and last line. */
  at: number;
  openAt: number;
  endAt: number;
  /** True when the last line was seen; false when the hunk ends before the block does. */
  closed: boolean;
  /** Code of the block without comments and without what blocks of its own hold, shown as `{…}`. */
  body: string;
  parent: Block | null;
};

export type BlockTree = {
  blocks: Block[];
  /** Innermost block around the start of each line. */
  around: (Block | null)[];
};

/** Longer bodies are cut, longer headers keep both ends: it bounds what patterns have to look at. */
const bodyCharsMax = 4000;
const headerCharsMax = 600;
/** Blocks nested deeper than this are taken for a part of the one they are in. */
const depthMax = 50;

const loop = /^(?:[a-z]+:\s*)?(?:async\s+)?(?:for|while|do)\b/;
const loopCallback =
  /\.(?:forEach|map|flatMap|filter|some|every|find|reduce|sort)\(\s*(?:async\s*)?(?:function\b[^(]*\([^()]*\)|\([^()]*\)(?::[^=()]*)?\s*=>|\w+\s*=>)$/;
const control = /^(?:if|else|switch|match|with|finally|case|default|select|unsafe|elif)\b/;
const typeLike =
  /^(?:(?:export|default|public|private|internal|abstract|final|static|declare|pub|data|sealed)\s+)*(?:class|interface|enum|namespace|module|struct|impl|trait|record|object)\b|^(?:export\s+)?type\s|^type\s+\w+\s+(?:struct|interface)/;

/** What a block is, by the code in front of it. */
function blockKindOf(header: string): BlockKind {
  const text = header.trim();
  if (/^try\b/.test(text)) return 'try';
  if (/^(?:catch|except|rescue)\b/.test(text)) return 'catch';
  if (loop.test(text) || loopCallback.test(text)) return 'loop';
  if (control.test(text)) return 'other';
  if (typeLike.test(text)) return 'class';
  return isFunction(text) ? 'function' : 'other';
}

function isFunction(text: string): boolean {
  if (text.endsWith('=>') || /\bfunc(?:tion)?\b[^()]*\([^]*\)[^()]*$/.test(text)) return true;
  if (/^(?:async\s+)?def\s/.test(text) || /^(?:pub\s+)?(?:async\s+)?fn\s/.test(text)) return true;
  // A method: name, balanced arguments, maybe a return type, and no operator that makes it a call.
  const method =
    /^(?:[\w$*#<>[\],]+\s+)*[\w$#*]+\s*(?:<[^()]*>)?\([^]*\)\s*(?::[^=;]*|throws\s+\w+|const|->[^;]*)?$/;
  return !/^(?:return|await|new|throw|yield)\b/.test(text) && method.test(text);
}

/** The blocks of one run of lines, already stripped of comments and strings. */
export function blocksOf(code: readonly string[], language: Language, section: string): BlockTree {
  if (language === 'python') return new Indented(code, section).tree;
  if (['ecma', 'go', 'brace'].includes(language)) return new Braced(code, section).tree;
  return { blocks: [], around: code.map(() => null) };
}

function open(header: string, at: number, openAt: number, parent: Block | null): Block {
  const text = cut(header.trim());
  const place = { at, openAt, endAt: openAt, closed: false };
  return { kind: blockKindOf(text), header: text, ...place, body: '', parent };
}

function cut(header: string): string {
  if (header.length <= headerCharsMax) return header;
  return header.slice(0, headerCharsMax / 2) + header.slice(-headerCharsMax / 2);
}

/** The block that git names behind @@: it was opened before the hunk. */
function outerBlock(section: string): Block[] {
  return section.trim() === '' ? [] : [open(section.replace(/[{:]\s*$/, ''), -1, -1, null)];
}

type Opened = { block: Block; head: string; headAt: number; parens: number };

class Braced {
  readonly tree: BlockTree = { blocks: [], around: [] };
  readonly #stack: Opened[];
  #head = '';
  #headAt = 0;
  #parens = 0;
  #tooDeep = 0;

  constructor(code: readonly string[], section: string) {
    this.#stack = outerBlock(section).map((block) => ({ block, head: '', headAt: 0, parens: 0 }));
    code.forEach((text, at) => {
      this.#startLine(text);
      this.tree.around.push(this.#top);
      for (const piece of text.match(/[{}();[\]]|[^{}();[\]]+/g) ?? []) this.#piece(piece, at);
      this.#append('\n');
    });
    for (const { block } of this.#stack) block.endAt = code.length - 1;
  }

  get #top(): Block | null {
    return this.#stack.at(-1)?.block ?? null;
  }

  /** Without semicolons a statement ends with its line, unless either side says that it goes on. */
  #startLine(text: string): void {
    const head = this.#head.trimEnd();
    const goesOn =
      this.#parens > 0 || /[=,+\-*&|?:<>.]$|\b(?:extends|implements|return|await)$/.test(head);
    if (!goesOn && !/^\s*[{.?:&|)=]/.test(text)) this.#head = '';
  }

  #piece(piece: string, at: number): void {
    if (piece === '{') this.#open(at);
    else if (piece === '}') this.#close(at);
    else {
      if (piece === '(' || piece === '[') this.#parens += 1;
      if (piece === ')' || piece === ']') this.#parens = Math.max(0, this.#parens - 1);
      if (this.#head.trim() === '') this.#headAt = at;
      this.#head = piece === ';' && this.#parens === 0 ? '' : this.#head + piece;
      if (this.#head.length > 2 * headerCharsMax) this.#head = cut(this.#head);
      this.#append(piece);
    }
  }

  #open(at: number): void {
    this.#append('{');
    if (this.#stack.length >= depthMax) {
      this.#tooDeep += 1;
      return;
    }
    const header = this.#head.replaceAll('\n', ' ');
    const block = open(header, this.#head.trim() === '' ? at : this.#headAt, at, this.#top);
    this.tree.blocks.push(block);
    this.#stack.push({
      block,
      head: this.#head,
      headAt: this.#headAt,
      parens: this.#parens,
    });
    this.#head = '';
    this.#parens = 0;
  }

  #close(at: number): void {
    if (this.#tooDeep > 0) {
      this.#tooDeep -= 1;
      return;
    }
    const opened = this.#stack.pop();
    if (opened === undefined) return;
    opened.block.endAt = at;
    opened.block.closed = true;
    this.#parens = opened.parens;
    // After a destructured parameter or an object in a call the statement goes on.
    const inside = opened.parens > 0 || opened.block.kind === 'other';
    const isStatement = inside && !control.test(opened.block.header);
    this.#head = isStatement ? `${opened.head}{}` : '';
    this.#headAt = opened.headAt;
    this.#append(opened.block.body.trim() === '' ? '}' : '…}');
  }

  #append(piece: string): void {
    const block = this.#top;
    if (block !== null && block.body.length < bodyCharsMax) block.body += piece;
  }
}

class Indented {
  readonly tree: BlockTree = { blocks: [], around: [] };
  readonly #stack: { block: Block; indent: number }[];

  constructor(code: readonly string[], section: string) {
    this.#stack = outerBlock(section).map((block) => ({ block, indent: 0 }));
    let at = 0;
    while (at < code.length) at = this.#statement(code, at);
    for (const { block } of this.#stack) block.endAt = code.length - 1;
  }

  /** Takes one logical line, which goes on while a bracket is open; returns where the next begins. */
  #statement(code: readonly string[], at: number): number {
    const first = code[at] ?? '';
    const indent = first.search(/\S/);
    if (indent >= 0) this.#leave(indent, at);
    let text = first;
    let next = at + 1;
    while (depthOf(text) > 0 && next < code.length && next - at < 40) text += ` ${code[next++]}`;
    const top = this.#stack.at(-1)?.block ?? null;
    for (let line = at; line < next; line += 1) this.tree.around.push(top);
    if (top !== null && top.body.length < bodyCharsMax) top.body += `${text}\n`;
    const suite =
      /^\s*((?:async\s+)?(?:def|class|for|while|if|elif|else|try|except|finally|with|match|case)\b[^]*?):(\s*\S.*)?$/.exec(
        text,
      );
    if (suite !== null) this.#open(text, suite[2] ?? '', indent, at, next - 1);
    return next;
  }

  #open(text: string, inline: string, indent: number, at: number, openAt: number): void {
    // The last colon ends the header; colons of annotations and slices come before it.
    const oneLine = /^\s*(?:except|else|finally|try|if|for|while)\b/.test(text) && inline !== '';
    const header = oneLine ? text.slice(0, text.indexOf(':')) : text.replace(/:\s*$/, '');
    if (!oneLine && !/:\s*$/.test(text)) return;
    const block = open(header, at, openAt, this.#stack.at(-1)?.block ?? null);
    this.tree.blocks.push(block);
    if (oneLine) Object.assign(block, { body: text.slice(text.indexOf(':') + 1), closed: true });
    else if (this.#stack.length < depthMax) this.#stack.push({ block, indent });
  }

  #leave(indent: number, at: number): void {
    while ((this.#stack.at(-1)?.indent ?? -1) >= indent) {
      const left = this.#stack.pop();
      if (left !== undefined) Object.assign(left.block, { endAt: at - 1, closed: true });
    }
  }
}

function depthOf(text: string): number {
  let depth = 0;
  for (const char of text) {
    if (char === '(' || char === '[' || char === '{') depth += 1;
    if (char === ')' || char === ']' || char === '}') depth -= 1;
  }
  return depth;
}
