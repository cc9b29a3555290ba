/** Text of others, made harmless for a terminal: control characters, but for line ends, are shown as such. */
export function visible(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Bidi_Control}]/gu, (character) =>
    character === '\n' ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Micro-dollars as dollars, all six decimals: money is not rounded away. */
export function dollars(microUsd: number): string {
  const digits = String(Math.abs(microUsd)).padStart(7, '0');
  return `${microUsd < 0 ? '-' : ''}$${digits.slice(0, -6)}.${digits.slice(-6)}`;
}
