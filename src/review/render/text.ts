import type { ReviewReport } from '../reviewReport.ts';
import { createPen, paragraph, quotation, type Pen } from './layout.ts';
import { findingLines } from './textFinding.ts';
import { columnsOf, visible } from '../../shared/text/index.ts';
import { costOf, factsOf, groupsOf, headlines, nextOf, reasonOf } from './words.ts';

export type TextOptions = {
  readonly colour: boolean;
  /** Width of the terminal; lines stay within it and within 100, but for places and addresses. */
  readonly columns?: number;
};

/** The report for a terminal. Nothing in it can act on one: hidden characters are printed as escapes. */
export function renderText(report: ReviewReport, { colour, columns }: TextOptions): string {
  const pen = createPen(colour, columns);
  const blocks = [
    verdict(report, pen),
    ...groupsOf(report).flatMap(({ title, proposals }) => [
      [pen.paint('bold', `${title} (${proposals.length})`)],
      ...proposals.map((proposal) => findingLines(proposal, pen)),
    ]),
    participants(report, pen),
    footer(report, pen),
    next(report, pen),
  ];
  const shown = blocks.filter((lines) => lines.length > 0).map((lines) => lines.join('\n'));
  return `${shown.join('\n\n')}\n`;
}

const verdicts = {
  approved: { mark: '✔', colour: 'green' },
  changes_requested: { mark: '✖', colour: 'red' },
  escalated: { mark: '▲', colour: 'yellow' },
  open: { mark: '…', colour: 'cyan' },
} as const;

function verdict(report: ReviewReport, pen: Pen): string[] {
  const { outcome, decision } = report;
  const { mark, colour } = verdicts[outcome];
  return [
    pen.paint(['bold', colour], `${mark} ${headlines[outcome]}`),
    ...paragraph(pen, '  ', reasonOf(report)),
    ...(decision?.note ? quotation(pen, '  ', decision.note) : []),
    ...paragraph(pen, '  ', factsOf(report).join(' · '), 'dim'),
  ];
}

const statusColours = { reviewed: 'green', failed: 'red', pending: 'yellow' } as const;

function participants({ participants: all }: ReviewReport, pen: Pen): string[] {
  if (all.length === 0) return [];
  const names = all.map(({ name, role }) => visible(name === role ? name : `${name} (${role})`));
  const width = Math.max(...names.map(columnsOf));
  return [
    pen.paint('bold', 'Participants'),
    ...all.flatMap(({ status, reason, summary }, index) => [
      `  ${padEnd(names[index] ?? '', width)}  ${pen.paint(statusColours[status], status)}${reason === null ? '' : ` · ${visible(reason)}`}`,
      ...(status === 'reviewed' ? quotation(pen, '    ', summary) : []),
    ]),
  ];
}

function padEnd(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - columnsOf(text)));
}

function footer(report: ReviewReport, pen: Pen): string[] {
  const row = (label: string, text: string): string =>
    `${pen.paint('bold', label)}${' '.repeat(10 - label.length)}${text}`;
  return [
    ...costOf(report).map((line, index) => row(index === 0 ? 'Cost' : '', line)),
    row('Thread', visible(report.thread)),
    ...(report.decision ? [row('Decision', visible(report.decision.address))] : []),
  ];
}

function next(report: ReviewReport, pen: Pen): string[] {
  const steps = nextOf(report);
  if (!steps) return [];
  const fit = steps.commands.every((parts) => `  ${parts.join(' ')}`.length <= pen.width);
  return [
    pen.paint('bold', 'Next'),
    ...paragraph(pen, '  ', steps.sentence),
    // Broken, where they must be, in a way that a shell still reads when they are pasted.
    ...steps.commands.map((parts) => `  ${parts.join(fit ? ' ' : ' \\\n    ')}`),
  ];
}
