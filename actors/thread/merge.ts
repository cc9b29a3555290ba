import { contentHash, severityOrder, type StatementRef } from '../../events/index.ts';
import type { Finding, Proposal, ThreadContext } from './context.ts';
import { reviewOf } from './context.ts';

/**
 * Findings become proposals: those of the same kind whose lines overlap in the same file are one claim.
 * The order of arrival does not matter, so every replica and every auditor gets the same proposals.
 */
export function mergeFindings(thread: ThreadContext): Proposal[] {
  const sorted = thread.findings.toSorted(
    (a, b) =>
      compare(a.place.path, b.place.path) ||
      compare(a.kind, b.kind) ||
      a.place.line - b.place.line ||
      a.place.endLine - b.place.endLine ||
      compare(a.ref.hash, b.ref.hash),
  );
  const groups: Finding[][] = [];
  for (const finding of sorted) {
    const group = groups.at(-1);
    if (group && overlaps(group, finding)) group.push(finding);
    else groups.push([finding]);
  }
  return groups
    .toSorted((a, b) => byPlace(a[0], b[0]))
    .map((group, index) => propose(reviewOf(thread).change.hash, `p${index + 1}`, group));
}

function overlaps(group: readonly Finding[], finding: Finding): boolean {
  const [first] = group;
  return (
    first !== undefined &&
    first.place.path === finding.place.path &&
    first.kind === finding.kind &&
    finding.place.line <= Math.max(...group.map(({ place }) => place.endLine))
  );
}

function byPlace(a: Finding | undefined, b: Finding | undefined): number {
  if (!a || !b) return 0;
  return (
    compare(a.place.path, b.place.path) || a.place.line - b.place.line || compare(a.kind, b.kind)
  );
}

function propose(change: string, proposal: string, group: readonly Finding[]): Proposal {
  const [first] = group;
  if (!first) throw new TypeError('a proposal needs a finding');
  const facts = {
    place: {
      path: first.place.path,
      line: first.place.line,
      endLine: Math.max(...group.map(({ place }) => place.endLine)),
    },
    kind: first.kind,
    severity: group
      .map(({ severity }) => severity)
      .reduce((a, b) => (severityOrder.indexOf(a) > severityOrder.indexOf(b) ? a : b)),
    sources: group.map(({ ref }) => ref),
  };
  return { proposal, hash: proposalHash(change, facts), ...facts, outcome: 'open' };
}

/** The content hash that votes are bound to; the texts are bound through the hashes of the statements. */
function proposalHash(
  change: string,
  facts: Pick<Proposal, 'place' | 'kind' | 'severity'> & { sources: StatementRef[] },
): string {
  return contentHash({ change, ...facts });
}

// Code unit order: the same on every machine, unlike localeCompare.
function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
