import type { ReviewReport } from '../reviewReport.ts';
import { erased, visibleJson } from '../../shared/text/index.ts';

type Proposal = ReviewReport['proposals'][number];

const schemaUri =
  'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';

const levels = {
  critical: 'error',
  high: 'error',
  medium: 'warning',
  low: 'note',
  info: 'note',
} as const;

/**
 * The report as a SARIF 2.1.0 log with one run, for code scanning. Accepted findings are results, open
 * ones results that need a person, rejected ones are suppressed. `version` is that of bzzz.
 */
export function renderSarif(report: ReviewReport, { version }: { version: string }): string {
  const kinds = [...new Set(report.proposals.map(({ kind }) => kind))];
  const { startedAt, endedAt } = report;
  return visibleJson({
    $schema: schemaUri,
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'bzzz',
            version,
            rules: kinds.map((kind) => ({
              id: kind,
              shortDescription: { text: kind.replaceAll('-', ' ') },
            })),
          },
        },
        // What stands before the last slash tells series of runs apart (3.17.3).
        automationDetails: { id: `bzzz/${report.project}/${report.task}` },
        invocations: [
          {
            executionSuccessful: report.outcome !== 'open',
            startTimeUtc: startedAt,
            ...(endedAt !== null && { endTimeUtc: endedAt }),
          },
        ],
        columnKind: 'utf16CodeUnits',
        results: report.proposals.map((proposal) => result(proposal, kinds.indexOf(proposal.kind))),
        properties: { thread: report.thread, outcome: report.outcome },
      },
    ],
  });
}

function result(proposal: Proposal, ruleIndex: number): object {
  const { kind, severity, outcome, hash, place } = proposal;
  const isOpen = outcome === 'open';
  return {
    ruleId: kind,
    ruleIndex,
    // A kind other than fail goes with the level none (3.27.10).
    kind: isOpen ? 'review' : 'fail',
    level: isOpen ? 'none' : levels[severity],
    message: { text: messageOf(proposal) },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: uriOf(place.path), uriBaseId: '%SRCROOT%' },
          region: { startLine: place.line, endLine: Math.max(place.line, place.endLine) },
        },
      },
    ],
    fingerprints: { 'bzzzProposal/v1': hash },
    ...(outcome === 'rejected' && {
      suppressions: [
        {
          kind: 'external',
          status: 'accepted',
          justification: 'Rejected by the vote of the agents.',
        },
      ],
    }),
    properties: propertiesOf(proposal),
  };
}

function propertiesOf({
  id,
  address,
  severity,
  outcome,
  blocking,
  foundBy,
  votes,
}: Proposal): object {
  return {
    proposal: id,
    address,
    severity,
    outcome,
    blocking,
    foundBy,
    votes: votes.map(({ agent, role, round, choice, confidencePct, dissent }) => ({
      agent,
      role,
      round,
      choice,
      confidencePct,
      dissent,
    })),
  };
}

/** Plain text. `[words](target)` would be a link in it (3.11.6), so the two are kept apart. */
function messageOf({ title, detail, suggestion }: Proposal): string {
  return [title ?? erased, detail ?? '', suggestion ?? '']
    .map((part) => part.trim().replaceAll('](', '] ('))
    .filter((part) => part !== '')
    .join('\n\n');
}

/** A relative URI reference. A lone half of a surrogate pair, which no URI can hold, is replaced. */
function uriOf(path: string): string {
  return path.toWellFormed().split('/').map(encodeURIComponent).join('/');
}
