import type { ReviewReport } from '../reviewReport.ts';
import { codeSpan, escapeMarkdown } from './escapeMarkdown.ts';
import { inline, linesOf, visible } from '../../shared/text/index.ts';
import {
  ballotsOf,
  costOf,
  dissentsOf,
  factsOf,
  groupsOf,
  headlines,
  nextOf,
  placeWords,
  reasonOf,
  type Proposal,
} from './words.ts';

const marks = { approved: '✅', changes_requested: '❌', escalated: '⚠️', open: '⏳' } as const;

/** The report as a comment on a pull or merge request. What agents wrote is quoted, and means only itself. */
export function renderMarkdown(report: ReviewReport): string {
  const { outcome, decision } = report;
  const blocks = [
    [`## ${marks[outcome]} ${headlines[outcome]}`],
    [escapeMarkdown(reasonOf(report))],
    decision?.note ? quotation(decision.note) : [],
    [escapeMarkdown(factsOf(report).join(' · '))],
    ...groupsOf(report).flatMap(({ title, proposals }) => [
      [`### ${title} (${proposals.length})`],
      ...proposals.flatMap(finding),
    ]),
    next(report),
    ['### Participants'],
    report.participants.map(participant),
    ['### Cost'],
    costOf(report).map(item),
    [`Thread ${codeSpan(visible(report.thread))}`],
  ];
  const shown = blocks.filter((lines) => lines.length > 0).map((lines) => lines.join('\n'));
  return `${shown.join('\n\n')}\n`;
}

function finding(proposal: Proposal): string[][] {
  const { id, severity, title, place, kind, foundBy, detail, suggestion } = proposal;
  const who = foundBy.length > 0 ? ` · found by ${foundBy.map(visible).join(', ')}` : '';
  return [
    [`#### ${escapeMarkdown(`${visible(id)} · ${severity} · ${inline(title)}`)}`],
    [`${codeSpan(placeWords(place))} · ${escapeMarkdown(visible(kind) + who)}`],
    quotation(detail),
    ...(suggestion ? [['Instead:'], quotation(suggestion)] : []),
    entries(proposal),
  ];
}

function entries(proposal: Proposal): string[] {
  return [
    ...ballotsOf(proposal).map(({ label, text }) => item(`${label}: ${text}`)),
    ...dissentsOf(proposal).flatMap(({ who, rationale }) => [
      `- **dissent**: ${escapeMarkdown(who)}`,
      ...quotation(rationale, '  '),
    ]),
    ...proposal.remarks.flatMap(({ agent, objects, text }) => [
      item(`remark: ${visible(agent)}${objects ? ' objects' : ''}`),
      ...quotation(text, '  '),
    ]),
  ];
}

function participant({
  name,
  role,
  status,
  reason,
  summary,
}: ReviewReport['participants'][number]): string {
  const who = name === role ? name : `${name} (${role})`;
  const head = [who, status, ...(reason === null ? [] : [reason])].map(visible).join(' · ');
  const said = status === 'reviewed' ? quotation(summary, '  ') : [];
  return [item(head), ...said].join('\n');
}

function next(report: ReviewReport): string[] {
  const steps = nextOf(report);
  if (!steps) return [];
  const commands = steps.commands.map((parts) => parts.join(' '));
  return [`**${escapeMarkdown(steps.sentence)}**`, '', '```sh', ...commands, '```'];
}

function item(text: string): string {
  return `- ${escapeMarkdown(text)}`;
}

function quotation(text: string | null, indent = ''): string[] {
  const lines = linesOf(text).map(escapeMarkdown);
  return lines.map((line, index) => {
    // Two lines in a row would else become one.
    const breaks = line !== '' && (lines[index + 1] ?? '') !== '';
    return `${indent}> ${line}${breaks ? '\\' : ''}`.trimEnd();
  });
}
