/**
 * What stands for a redacted text: `[REDACTED:github-token:2:k3vq7a]`, with its kind, its number among
 * those of the kind in its map, and the tag of the map. Letters, digits and `[:-]` only, so it is the same
 * in JSON, in a diff and in Markdown. The tag is random: nobody can write a placeholder that a map would
 * take for its own without having seen one of that map.
 */
const pattern = /\[REDACTED:([a-z][a-z-]{0,31}):(\d{1,9})(?::([a-z0-9]{1,16}))?\]/g;
const start = '[REDACTED:';

/** Kind of the placeholders that stand for a text which only looked like one. */
export const literalKind = 'literal';

/** A placeholder in a text; of which map, or of none, does not show. */
export type Placeholder = { readonly from: number; readonly text: string; readonly kind: string };

export function writePlaceholder(kind: string, number: number, tag: string): string {
  return `${start}${kind}:${number}:${tag}]`;
}

/** Everything in a text that has the form of a placeholder, in order. */
export function findPlaceholders(text: string): Placeholder[] {
  if (!text.includes(start)) return [];
  return Array.from(text.matchAll(pattern), (match) => ({
    from: match.index,
    text: match[0],
    kind: match[1] ?? '',
  }));
}

/** Replaces what has the form of a placeholder, in one pass: what is put in is not looked at again. */
export function replacePlaceholders(
  text: string,
  replacement: (placeholder: string) => string,
): string {
  return text.includes(start) ? text.replace(pattern, replacement) : text;
}

/** A character that no detector takes for a part of anything. */
const barrier = '\0';

/** The text with placeholders made unreadable, every offset kept. */
export function maskPlaceholders(text: string): string {
  return replacePlaceholders(text, (placeholder) => barrier.repeat(placeholder.length));
}
