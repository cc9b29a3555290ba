import type { Rule } from './rule.ts';

/** Bidirectional controls ("Trojan Source", CVE-2021-42574) and blanks without width. */
const invisible = /[\u202a-\u202e\u2066-\u2069\u200b\u2060]/;

export const hiddenText: Rule = {
  kind: 'hidden-text',
  family: 'security',
  also: ['structure'],
  severity: 'high',
  confidencePct: 90,
  suggestion: 'Remove the character; where the text needs it, write it as an escape.',
  find: (source) =>
    source.lines.flatMap(({ added, text }, at) => {
      const code = added ? invisible.exec(text)?.[0].codePointAt(0) : undefined;
      if (code === undefined || source.purpose === 'prose') return [];
      const name = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
      const detail = `${name} cannot be seen and changes the order or the parts of what is: the compiler does not read what a reviewer reads.`;
      return [{ at, title: `The line holds the hidden character ${name}`, detail }];
    }),
};
