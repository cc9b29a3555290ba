import { isUtf8 } from 'node:buffer';
import { isUnreadable, type Stored } from '../evidence.ts';

const lineFeed = 0x0a;
const brace = '{'.charCodeAt(0);
const quote = '"'.charCodeAt(0);

/**
 * A block as a line, without its line feed. An event stands there byte for byte; what does not look like one
 * stands as a JSON string of base64, and what the store did not have as `null`.
 */
export function encodeLine(block: Stored<Uint8Array>): Uint8Array {
  if (isUnreadable(block)) return Buffer.from('null');
  if (standsAsItIs(block)) return block;
  const { buffer, byteOffset, byteLength } = block;
  return Buffer.from(`"${Buffer.from(buffer, byteOffset, byteLength).toString('base64')}"`);
}

/** The block of a line. Each block has one line and no other. */
export function decodeLine(line: Buffer): Stored<Uint8Array> {
  if (line[0] === brace && standsAsItIs(line)) return line;
  if (line.equals(Buffer.from('null'))) return { unreadable: 'it is missing' };
  if (line[0] === quote) {
    const block = Buffer.from(line.toString('latin1', 1, line.byteLength - 1), 'base64');
    if (!standsAsItIs(block) && line.equals(encodeLine(block))) return block;
  }
  return { unreadable: 'its line in the bundle is no block' };
}

function standsAsItIs(block: Uint8Array): boolean {
  return block[0] === brace && !block.includes(lineFeed) && isUtf8(block);
}

/** Where lines begin in a file, noted now and then, so that a far line is found without reading the rest. */
export class LineIndex {
  readonly #stepBytes: number;
  readonly #lines: number[] = [0];
  readonly #offsets: number[] = [0];
  #count = 0;
  #bytes = 0;
  #ended = true;

  constructor(stepBytes = 64 * 1024) {
    this.#stepBytes = stepBytes;
  }

  /** Takes the next bytes of the file. */
  see(chunk: Uint8Array): void {
    for (let at = chunk.indexOf(lineFeed); at >= 0; at = chunk.indexOf(lineFeed, at + 1)) {
      this.#count++;
      const offset = this.#bytes + at + 1;
      if (offset - (this.#offsets.at(-1) ?? 0) < this.#stepBytes) continue;
      this.#lines.push(this.#count);
      this.#offsets.push(offset);
    }
    this.#bytes += chunk.byteLength;
    if (chunk.byteLength > 0) this.#ended = chunk.at(-1) === lineFeed;
  }

  /** Number of lines; null when the last one has no end. */
  get lines(): number | null {
    return this.#ended ? this.#count : null;
  }

  /** Bytes that hold the lines from (inclusive) to (exclusive), and the number of lines before those. */
  around(from: number, to: number): { start: number; end: number; skip: number } {
    const first = this.#lastUpTo(from);
    const last = this.#lastUpTo(to);
    const whole = this.#lines[last] === to;
    return {
      start: this.#offsets[first] ?? 0,
      end: this.#offsets[whole ? last : last + 1] ?? this.#bytes,
      skip: from - (this.#lines[first] ?? 0),
    };
  }

  #lastUpTo(line: number): number {
    let [low, high] = [0, this.#lines.length];
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if ((this.#lines[middle] ?? Infinity) <= line) low = middle;
      else high = middle;
    }
    return low;
  }
}

/** Lines of a run of bytes, without their line feeds. */
export function linesOf(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  let start = 0;
  for (let at = bytes.indexOf(lineFeed); at >= 0; at = bytes.indexOf(lineFeed, start)) {
    lines.push(bytes.subarray(start, at));
    start = at + 1;
  }
  return lines;
}
