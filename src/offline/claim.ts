import type { ProposalText } from '../shared/prompt/index.ts';
import type { Change } from './code/change.ts';
import type { Source } from './code/source.ts';
import type { Finding } from './examine.ts';
import { rules } from './rules/index.ts';

/** A proposal held against the change: where it points, and the finding that bears it out, if any. */
export type Claim = {
  kind: string;
  source: Source;
  /** Indices of the first and last line it points at. */
  at: number;
  endAt: number;
  finding: Finding | null;
};

/** Other people's lines are rarely off by more than this when they mean the same thing. */
const nearLines = 2;

const known = new Set(rules.map(({ kind }) => kind));
/** Names that other models use for what the rule book calls differently. */
const synonyms: Record<string, string> = {
  'hardcoded-secret': 'secret',
  'hard-coded-secret': 'secret',
  credential: 'secret',
  'sql-injection': 'injection',
  'command-injection': 'injection',
  'code-injection': 'injection',
  'n-plus-one': 'query-in-loop',
  'await-in-loop': 'query-in-loop',
  'floating-promise': 'missing-await',
  'empty-catch': 'swallowed-error',
  'error-handling': 'swallowed-error',
  'blocking-io': 'sync-io',
  'memory-leak': 'unbounded-cache',
  'missing-tests': 'missing-test',
  'missing-docs': 'undocumented-export',
  'breaking-change': 'api-change',
  'circular-import': 'import-cycle',
};

/** The rule book's name of a kind, or null when no rule knows it. */
export function knownKind(kind: string): string | null {
  const name = synonyms[kind] ?? kind;
  return known.has(name) ? name : null;
}

/** Looks a proposal up in the change; null when the change does not show the place. */
export function claimOf(
  proposal: ProposalText,
  kind: string,
  change: Change,
  findings: readonly Finding[],
): Claim | null {
  const source = change.sources.find(({ path }) => path === proposal.path);
  if (source === undefined) return null;
  const inside = ({ number }: { number: number }): boolean =>
    number >= proposal.line && number <= proposal.endLine;
  const at = source.lines.findIndex(inside);
  if (at < 0) return null;
  const finding = findings.find(
    (each) =>
      each.source === source &&
      each.rule.kind === kind &&
      each.line <= proposal.endLine + nearLines &&
      each.endLine >= proposal.line - nearLines,
  );
  return { kind, source, at, endAt: source.lines.findLastIndex(inside), finding: finding ?? null };
}
