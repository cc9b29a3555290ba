/** Shannon entropy of a text, in bits per character. */
export function shannonBits(text: string): number {
  const counts = new Map<string, number>();
  for (const char of text) counts.set(char, (counts.get(char) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values())
    bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}

/** Letters that are one in twenty in English, and one in four where they are drawn at random. */
const rare = /[jkqvwxz]/gi;

/**
 * Which part of the letters and digits of a text stands in pieces that can be said aloud, 0 to 1. Names,
 * paths and sentences are near 1, random keys of any alphabet below a half.
 */
export function wordShare(text: string): number {
  let spoken = 0;
  let all = 0;
  for (const [piece] of text.matchAll(/[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+/g)) {
    all += piece.length;
    if (isSpeakable(piece)) spoken += piece.length;
  }
  return all === 0 ? 0 : spoken / all;
}

/** Two consonants that words begin with, in English and its neighbours, or in what is cut off from them. */
const onset =
  /^(?:b[lrs]|c[hlrtn]|d[brjw]|f[lr]|g[hlnr]|h[tm]|k[lnr]|l[sl]|m[sn]|n[gp]|p[flhrst]|qu|rh|s[chklmnpqrstvw]|t[hjrsw]|w[hrs]|v[lr]|x[mh]|z[hw])/i;

function isSpeakable(piece: string): boolean {
  if (piece.length < 3 || !/[aeiouy]/i.test(piece)) return false;
  if (/[^aeiouy]{5}|q(?!u)/i.test(piece)) return false;
  if (/^[^aeiouy]{2}/i.test(piece) && !onset.test(piece)) return false;
  const rareLetters = piece.match(rare)?.length ?? 0;
  return piece.length < 8 || rareLetters / piece.length <= 0.2;
}

/** True for `abcdef123456`, `9876543210`: most characters follow from the one before. */
export function isSequence(text: string): boolean {
  let steps = 0;
  for (let i = 1; i < text.length; i += 1)
    if (Math.abs(text.charCodeAt(i) - text.charCodeAt(i - 1)) === 1) steps += 1;
  return text.length > 3 && steps / (text.length - 1) > 0.6;
}
