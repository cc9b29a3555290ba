import { objections, type Objection } from './objections.ts';
import type { Family, Rule } from './rules/index.ts';

/** What one role looks for, and what it says against the claims of others. */
export type Book = {
  role: string;
  families: readonly Family[];
  objections: readonly Objection[];
};

const standard: Record<string, readonly Family[]> = {
  architect: ['structure'],
  reviewer: ['correctness', 'security'],
  documentation: ['documentation'],
  performance: ['performance'],
};

/** Words by which a role that a user has written is known; its capabilities do not reach the model. */
const words: readonly [family: Family, pattern: RegExp][] = [
  ['structure', /architect|structure|layer|modul|coupling|\bdesign/i],
  ['correctness', /correct|\bbugs?\b|reliab|quality|\btest/i],
  ['security', /secur|secret|injection|vulnerab|crypto|threat/i],
  ['documentation', /document|readme|changelog|writer/i],
  ['performance', /perform|latency|throughput|memory use|hot path|scalab/i],
];
const everything: readonly Family[] = words.map(([family]) => family);

/** The book of a role: its own, or the parts its prompt speaks of, or all of it. */
export function bookOf(role: string, prompt: string): Book {
  const own = standard[role];
  if (own !== undefined) return { role, families: own, objections: objections[role] ?? [] };
  const named = words.flatMap(([family, pattern]) => (pattern.test(prompt) ? [family] : []));
  return { role, families: named.length > 0 ? named : everything, objections: [] };
}

/** True when the rule is of the role's own field. */
export function owns(book: Book, { family, also }: Rule): boolean {
  return [family, ...also].some((each) => book.families.includes(each));
}
