/**
 * Makes text mean itself in GitHub and GitLab Markdown: no HTML, link, image, heading, list, code, table or
 * formula, nobody mentioned, nothing referred to, no slash command run. One line in, one line out.
 */
export function escapeMarkdown(line: string): string {
  return line
    .replaceAll(/[&<>]/g, (character) => entities[character] ?? '')
    .replaceAll(/[\\`*_[\]|~$]/g, String.raw`\$&`)
    .replaceAll(/[@#!%](?=[\w"])|(?<=\w:)(?=\/\/)|(?<=www)(?=\.)/gi, (found) => found + noSpace)
    .replace(/^(\s*)([-+=#/:]|\d+(?=[.)]))/, blockStart)
    .replace(/^\s+/, (blanks) => '&nbsp;'.repeat(blanks.length));
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** A blank without width: what stands on both sides of it is not read as one. */
const noSpace = '&#8203;';

function blockStart(_start: string, blanks: string, mark: string): string {
  return blanks + (/\d/.test(mark) ? mark + noSpace : `\\${mark}`);
}

/** A code span that holds any one-line text. */
export function codeSpan(text: string): string {
  const longest = Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  const pad = /^`|`$|^ .* $/.test(text) ? ' ' : '';
  return `${fence}${pad}${text}${pad}${fence}`;
}
