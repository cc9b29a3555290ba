/**
 * Characters that hide, reorder or break what is read: controls but for the tab, formats (bidirectional,
 * zero width, tags), line separators, rare variation selectors, lone surrogates, and blanks that are
 * not what they look like. Listed, not named as a Unicode class, so that every Node shows the same.
 */
const hidden = [
  '\\0-\\x08\\x0a-\\x1f\\x7f-\\xa0\\xad\\u034f\\u061c\\u115f\\u1160\\u1680\\u17b4\\u17b5\\u180b-\\u180f',
  '\\u2000-\\u200f\\u2028-\\u202f\\u205f-\\u206f\\u3164\\ufe00-\\ufe0d\\ufeff\\uffa0\\ufff9-\\ufffb',
  '\\ud800-\\udfff\\u{e0000}-\\u{e0fff}',
].join('');
const hiddenOne = new RegExp(`[${hidden}]`, 'u');
const hiddenAll = new RegExp(`[${hidden}]`, 'gu');

/** Whether the text holds a character that a reader would not see for what it is. */
export function hasHidden(text: string): boolean {
  return hiddenOne.test(text);
}

function escape(character: string): string {
  const units = character.split('').map((unit) => unit.charCodeAt(0).toString(16).padStart(4, '0'));
  return `\\u${units.join('\\u')}`;
}

/** The text as a JSON string in which every hidden character is an escape. */
export function quote(text: string): string {
  return JSON.stringify(text).replace(hiddenAll, escape);
}

/** Reads a JSON string; null when it is none. */
export function unquote(json: string): string | null {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'string' ? value : null;
  } catch {
    return null;
  }
}
