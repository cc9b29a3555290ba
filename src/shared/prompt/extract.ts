import type { Remark } from './history.ts';

/** Tokens of a text, or a bound on them. */
export type CountTokens = (text: string) => number;

/** Longer ones are cut: what has no full stop for so long is not a sentence. */
const sentenceCharsMax = 240;

/**
 * A summary without a model: the first sentence of each remark, the newest first, as many as fit in
 * `tokensMax`. The same remarks give the same text.
 */
export function extractSummary(
  remarks: readonly Remark[],
  tokensMax: number,
  count: CountTokens,
): string {
  const lines: string[] = [];
  let left = tokensMax;
  for (const { role, as, on, text } of remarks.toReversed()) {
    const line = `${on ?? 'all'}, ${role} (${as}): ${firstSentence(text)}`;
    left -= count(`${line}\n`);
    if (left < 0) break;
    lines.push(line);
  }
  return lines.join('\n');
}

function firstSentence(text: string): string {
  const flat = text
    .slice(0, 2 * sentenceCharsMax)
    .replaceAll(/\s+/g, ' ')
    .trim();
  const sentence = /^.+?[.!?](?=\s|$)/u.exec(flat)?.[0] ?? flat;
  return sentence.length > sentenceCharsMax ? cut(sentence, sentenceCharsMax) : sentence;
}

/** The text up to the last sentence that fits in `tokensMax`; a part of the first if none does. */
export function clip(text: string, tokensMax: number, count: CountTokens): string {
  if (count(text) <= tokensMax) return text;
  let kept = '';
  for (const [sentence] of text.matchAll(/[^.!?\n]*[.!?\n]+\s*/g)) {
    if (count(kept + sentence) > tokensMax) break;
    kept += sentence;
  }
  if (kept !== '') return kept.trimEnd();
  let chars = Math.min(text.length, sentenceCharsMax);
  while (chars > 0 && count(cut(text, chars)) > tokensMax) chars = Math.floor(chars / 2);
  return cut(text, chars);
}

function cut(text: string, chars: number): string {
  return chars === 0 ? '' : `${text.slice(0, chars).toWellFormed().trimEnd()}…`;
}
