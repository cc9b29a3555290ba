import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

export type ReferenceEncoding = 'o200k' | 'cl100k';

/**
 * Tokens as OpenAI's tiktoken counts them, from tiktoken's own table of ranks: slow, plain, and sharing no
 * code with the tokenizer that src uses. The split is that of a Rust regex, where white space is the
 * Unicode property and a contraction may end in a long s. Where releases of tiktoken differ, the most.
 */
export function referenceCount(text: string, encoding: ReferenceEncoding = 'o200k'): number {
  const ranks = ranksOf(encoding);
  const counts = splits[encoding].map((split) => {
    let tokens = 0;
    for (const [piece] of text.toWellFormed().matchAll(split))
      tokens += merge(bytesOf(piece), ranks).length;
    return tokens;
  });
  return Math.max(...counts);
}

// https://github.com/openai/tiktoken/blob/main/tiktoken_ext/openai_public.py, with \s spelled out.
const contraction = String.raw`'(?:[sS\u017F]|[tT]|[rR][eE]|[vV][eE]|[mM]|[lL][lL]|[dD])`;
const blank = String.raw`\p{White_Space}`;
const upper = String.raw`[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]`;
const lower = String.raw`[\p{Ll}\p{Lm}\p{Lo}\p{M}]`;
const before = String.raw`[^\r\n\p{L}\p{N}]?`;
const number = String.raw`\p{N}{1,3}`;
const signs = ` ?[^${blank}\\p{L}\\p{N}]+`;
const blanksButOne = String.raw`${blank}+(?!\P{White_Space})`;

const splits: Readonly<Record<ReferenceEncoding, readonly RegExp[]>> = {
  o200k: [
    anyOf(
      `${before}${upper}*${lower}+(?:${contraction})?`,
      `${before}${upper}+${lower}*(?:${contraction})?`,
      number,
      String.raw`${signs}[\r\n/]*`,
      String.raw`${blank}*[\r\n]+`,
      blanksButOne,
      `${blank}+`,
    ),
  ],
  cl100k: [
    anyOf(
      contraction,
      String.raw`${before}\p{L}+`,
      number,
      String.raw`${signs}[\r\n]*`,
      `${blank}+$`,
      String.raw`${blank}*[\r\n]`,
      blanksButOne,
      blank,
    ),
    // Up to tiktoken 0.7.
    anyOf(
      contraction,
      String.raw`${before}\p{L}+`,
      number,
      String.raw`${signs}[\r\n]*`,
      String.raw`${blank}*[\r\n]+`,
      blanksButOne,
      `${blank}+`,
    ),
  ],
};

function anyOf(...patterns: readonly string[]): RegExp {
  return new RegExp(patterns.join('|'), 'gu');
}

/** One character for each byte. */
function bytesOf(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** Joins the neighbours of lowest rank until none have one. */
function merge(piece: string, ranks: ReadonlyMap<string, number>): string[] {
  const parts = piece.split('');
  for (;;) {
    let best = -1;
    let bestRank = Infinity;
    for (let at = 0; at + 1 < parts.length; at += 1) {
      const rank = ranks.get(`${parts[at]}${parts[at + 1]}`) ?? Infinity;
      if (rank < bestRank) [best, bestRank] = [at, rank];
    }
    if (best === -1) return parts;
    parts.splice(best, 2, `${parts[best]}${parts[best + 1]}`);
  }
}

const loaded = new Map<ReferenceEncoding, ReadonlyMap<string, number>>();

function ranksOf(encoding: ReferenceEncoding): ReadonlyMap<string, number> {
  const known = loaded.get(encoding);
  if (known !== undefined) return known;
  const { resolve } = createRequire(import.meta.url);
  const lines = readFileSync(resolve(`gpt-tokenizer/data/${encoding}_base.tiktoken`), 'utf8');
  const ranks = new Map<string, number>();
  for (const line of lines.trimEnd().split('\n')) {
    const [token = '', rank = ''] = line.split(' ');
    ranks.set(Buffer.from(token, 'base64').toString('latin1'), Number(rank));
  }
  loaded.set(encoding, ranks);
  return ranks;
}
