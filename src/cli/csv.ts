import { visible } from '../shared/text/index.ts';

/**
 * RFC 4180: a header, CRLF at the end of every record, quotes where they are needed. Control characters,
 * which the grammar has no place for, are shown as \uXXXX.
 */
export function csv(
  head: readonly string[],
  records: readonly (readonly (string | number)[])[],
): string {
  return [head, ...records].map((record) => `${record.map(field).join(',')}\r\n`).join('');
}

function field(value: string | number): string {
  const text = visible(String(value));
  return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
