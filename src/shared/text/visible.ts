/**
 * What agents write, and paths in a change, may hold anything: escape sequences that recolour, move or
 * retitle a terminal, characters that reorder or hide what is read. Shown as escapes they do nothing.
 */
const hidden = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** The text on one line, with every control, format and line separator character as \uXXXX. */
export function visible(text: string): string {
  return text.replace(hidden, (character) =>
    character
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}

/** What stands for a text whose key was erased. */
export const erased = '(erased)';

/** A text meant for one line: line ends and runs of blanks become one blank. */
export function inline(text: string | null): string {
  return visible((text ?? erased).replaceAll(/\s+/g, ' ').trim());
}

/** The lines of a text: tabs are two blanks, no two blank lines in a row and none at the ends. */
export function linesOf(text: string | null): string[] {
  const tidy = (text ?? erased).replaceAll(/\r\n?/g, '\n').replaceAll('\t', '  ');
  const lines = tidy.split('\n').map((line) => visible(line).trimEnd());
  const first = lines.findIndex((line) => line !== '');
  return first < 0
    ? []
    : lines
        .slice(first, lines.findLastIndex((line) => line !== '') + 1)
        .filter((line, index, all) => line !== '' || all[index - 1] !== '');
}

/** Readable JSON, safe to print: the same value, with hidden characters as escapes. */
export function visibleJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2).split('\n').map(visible).join('\n')}\n`;
}
