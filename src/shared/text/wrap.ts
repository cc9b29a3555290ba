/** East Asian wide characters and emoji, roughly as in Unicode TR 11: terminals give them two columns. */
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f680}-\u{1f6ff}\u{1f900}-\u{1faff}\u{20000}-\u{3fffd}]/u;
const combining = /[\p{Mn}\p{Me}]/u;

/** How many columns of a terminal a text without control characters takes. */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const character of text) columns += columnsOfOne(character);
  return columns;
}

function columnsOfOne(character: string): number {
  if (character < '\u0300') return 1;
  if (combining.test(character)) return 0;
  return wide.test(character) ? 2 : 1;
}

/** Breaks a line between words, or within one that is longer than a whole line. */
export function wrap(line: string, width: number): string[] {
  const lines: string[] = [];
  let current = '';
  for (const word of line.split(/(?<=\s)(?=\S)/).flatMap((token) => cut(token, width))) {
    const fits = columnsOf((current + word).trimEnd()) <= width;
    if (!fits && current.trim() !== '') lines.push(current.trimEnd());
    current = fits ? current + word : word;
  }
  return [...lines, current.trimEnd()];
}

function cut(word: string, width: number): string[] {
  if (columnsOf(word.trimEnd()) <= width) return [word];
  const pieces = [''];
  for (const character of word) {
    const piece = pieces.at(-1) ?? '';
    if (columnsOf(piece + character) > width) pieces.push(character);
    else pieces.splice(-1, 1, piece + character);
  }
  return pieces;
}
