import { severities } from '../shared/prompt/index.ts';
import type { Change } from './code/change.ts';
import type { Source } from './code/source.ts';
import { rules, type Hit, type Rule, type Severity } from './rules/index.ts';

/** A hit of a rule as it is told: with line numbers, and the severity and confidence of this place. */
export type Finding = {
  rule: Rule;
  source: Source;
  /** Indices of the first and last line in the source, and their numbers in the file. */
  at: number;
  endAt: number;
  line: number;
  endLine: number;
  severity: Severity;
  confidencePct: number;
  title: string;
  detail: string;
  suggestion: string;
};

/** Everything the rule book finds in a change, worst first; the same for the same change. */
export function examine(change: Change): Finding[] {
  const seen = new Set<string>();
  const findings = change.sources.flatMap((source) =>
    rules.flatMap((rule) =>
      rule
        .find(source, change)
        .filter((hit) => touchesChange(source, hit))
        .map((hit) => findingOf(rule, source, hit)),
    ),
  );
  return findings.toSorted(byWeight).filter(({ rule, source, line }) => {
    const key = `${rule.kind} ${line} ${source.path}`;
    return !seen.has(key) && seen.add(key);
  });
}

/** What the change neither wrote nor left behind when it took lines away is not its fault. */
function touchesChange({ lines, removed, deleted }: Source, { at, endAt = at }: Hit): boolean {
  if (deleted) return lines.length > 0;
  return (
    lines.slice(Math.max(0, at), endAt + 1).some(({ added }) => added) ||
    removed.some((gone) => gone.at >= at && gone.at <= endAt)
  );
}

function findingOf(rule: Rule, source: Source, hit: Hit): Finding {
  const at = Math.max(0, hit.at);
  const endAt = Math.max(at, hit.endAt ?? at);
  const line = source.lines[at]?.number ?? 1;
  return {
    rule,
    source,
    at,
    endAt,
    line,
    endLine: Math.max(line, source.lines[endAt]?.number ?? line),
    severity: hit.severity ?? rule.severity,
    confidencePct: hit.confidencePct ?? rule.confidencePct,
    title: hit.title.slice(0, 200),
    detail: hit.detail.slice(0, 1000),
    suggestion: hit.suggestion ?? rule.suggestion,
  };
}

function byWeight(a: Finding, b: Finding): number {
  return (
    severities.indexOf(b.severity) - severities.indexOf(a.severity) ||
    b.confidencePct - a.confidencePct ||
    (a.source.path < b.source.path ? -1 : Number(a.source.path > b.source.path)) ||
    a.line - b.line
  );
}
