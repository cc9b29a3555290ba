import { eachMatch } from '../code/source.ts';
import type { Hit, Rule } from './rule.ts';

const bareNumber =
  /\b(?:setTimeout|setInterval)\(.*,\s*(\d[\d_]{3,})\s*\)|\b(?:sleep|delay|wait)\(\s*(\d[\d_]{3,})\s*\)/;

export const magicTimeout: Rule = {
  kind: 'magic-timeout',
  family: 'performance',
  also: ['documentation'],
  severity: 'info',
  confidencePct: 52,
  suggestion: 'Name the number, with its unit, and say where it comes from.',
  find: (source) => {
    const hits: Hit[] = [];
    if (source.purpose !== 'source') return hits;
    eachMatch(source, bareNumber, (match, at) => {
      const value = match[1] ?? match[2] ?? '';
      const detail = `Nothing says why it is ${value} ms and what happens when that is too short.`;
      hits.push({ at, title: `The wait of ${value} ms has no name`, detail });
    });
    return hits;
  },
};
