import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/**
 * o200k as OpenAI's tiktoken computes it, from tiktoken's own table of ranks: slow, plain, and sharing no
 * code with the tokenizer that src uses. The split is that of a Rust regex, where white space is the
 * Unicode property and a contraction may end in a long s.
 */
export function referenceCount(text: string): number {
  let tokens = 0;
  for (const [piece] of text.toWellFormed().matchAll(split)) tokens += merge(bytesOf(piece)).length;
  return tokens;
}

// https://github.com/openai/tiktoken/blob/main/tiktoken_ext/openai_public.py, with \s spelled out.
const contraction = String.raw`(?:'(?:[sS\u017F]|[tT]|[rR][eE]|[vV][eE]|[mM]|[lL][lL]|[dD]))?`;
const split = new RegExp(
  [
    String.raw`[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+${contraction}`,
    String.raw`[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*${contraction}`,
    String.raw`\p{N}{1,3}`,
    String.raw` ?[^\p{White_Space}\p{L}\p{N}]+[\r\n/]*`,
    String.raw`\p{White_Space}*[\r\n]+`,
    String.raw`\p{White_Space}+(?!\P{White_Space})`,
    String.raw`\p{White_Space}+`,
  ].join('|'),
  'gu',
);

/** One character for each byte. */
function bytesOf(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** Joins the neighbours of lowest rank until none have one. */
function merge(piece: string): string[] {
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

const table = createRequire(import.meta.url).resolve('gpt-tokenizer/data/o200k_base.tiktoken');
const ranks = new Map(
  readFileSync(table, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [token = '', rank = ''] = line.split(' ');
      return [Buffer.from(token, 'base64').toString('latin1'), Number(rank)] as const;
    }),
);
