import { Refusal } from '../../../events/index.ts';

/** The refusal of a diff: one line with the place (1-based), what is wrong and what to do. */
export function invalidDiff(line: number, problem: string): Refusal {
  return new Refusal('DIFF_INVALID', `line ${line} of the diff: ${problem}`, { data: { line } });
}

/** Walks over the lines of a diff and knows where it stands. Only a line feed ends a line. */
export class Cursor {
  readonly #lines: string[];
  #at = 0;
  #crlf = false;

  constructor(text: string) {
    this.#lines = text.split('\n');
    if (this.#lines.at(-1) === '') this.#lines.pop();
  }

  get lineCount(): number {
    return this.#lines.length;
  }

  /** 1-based number of the line that `next` gives. */
  get line(): number {
    return this.#at + 1;
  }

  /**
   * Learns from the line ahead, which has to be a header line, whether the diff itself has CRLF line
   * ends. Git quotes names that hold a CR, so a CR at the end of a header is never content. Until the
   * next call one CR at the end of each line is then taken off.
   */
  senseLineEnds(): void {
    this.#crlf = this.#lines[this.#at]?.endsWith('\r') ?? false;
  }

  /** The line ahead, or one further ahead; undefined behind the last line. */
  peek(ahead = 0): string | undefined {
    const line = this.#lines[this.#at + ahead];
    return this.#crlf && line?.endsWith('\r') ? line.slice(0, -1) : line;
  }

  /** Gives the line ahead and steps over it; undefined behind the last line. */
  next(): string | undefined {
    const line = this.peek();
    if (line !== undefined) this.#at += 1;
    return line;
  }

  /** A refusal that points at the line ahead. */
  invalid(problem: string): Refusal {
    return invalidDiff(this.line, problem);
  }
}
