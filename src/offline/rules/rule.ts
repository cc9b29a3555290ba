import type { FindingAnswer } from '../../shared/prompt/index.ts';
import type { Change } from '../code/change.ts';
import type { Source } from '../code/source.ts';

export type Severity = FindingAnswer['severity'];

/** A family is what one standard role is there for. */
export type Family = 'structure' | 'correctness' | 'security' | 'documentation' | 'performance';

/** A place where a rule found what it looks for. Indices into the lines of the source. */
export type Hit = {
  at: number;
  endAt?: number;
  /** Names what was found, not only its kind. */
  title: string;
  detail: string;
  suggestion?: string;
  severity?: Severity;
  confidencePct?: number;
};

/** Several rules may share a kind: the kind is what reviewers merge and vote on. */
export type Rule = {
  kind: string;
  family: Family;
  /** Families whose roles report it too: what is serious is everybody's business. */
  also: readonly Family[];
  severity: Severity;
  /** How often a hit is right, by judgement. */
  confidencePct: number;
  suggestion: string;
  find: (source: Source, change: Change) => Hit[];
};
