import { labelled, quotation, type Pen } from './layout.ts';
import { inline, visible, wrap } from '../../shared/text/index.ts';
import { ballotsOf, dissentsOf, placeWords, type Proposal } from './words.ts';

/** Findings are set in by the room that their ids take. */
const margin = ' '.repeat(5);

const severityStyles = {
  critical: ['bold', 'red'],
  high: ['red'],
  medium: ['yellow'],
  low: ['cyan'],
  info: ['dim'],
} as const;

/** A finding: what, where and why; who found it, who voted how, who stayed against the outcome. */
export function findingLines(proposal: Proposal, pen: Pen): string[] {
  const { detail, suggestion, foundBy, remarks } = proposal;
  const entry = (label: string, ours: string, theirs?: string | null): string[] =>
    labelled(pen, margin, label, ours, theirs);
  return [
    ...titleLines(proposal, pen),
    `${margin}${pen.paint('cyan', placeWords(proposal.place))}${pen.paint('dim', ` · ${visible(proposal.kind)}`)}`,
    ...quotation(pen, margin, detail),
    ...(suggestion === null ? [] : entry('instead', '', suggestion)),
    ...entry('found by', foundBy.map(visible).join(', ')),
    ...ballotsOf(proposal).flatMap(({ label, text }) => entry(label, text)),
    ...dissentsOf(proposal).flatMap(({ who, rationale }) => entry('dissent', who, rationale)),
    ...remarks.flatMap(({ agent, objects, text }) =>
      entry('remark', `${visible(agent)}${objects ? ' objects' : ''}`, text),
    ),
  ];
}

function titleLines({ id, severity, title }: Proposal, pen: Pen): string[] {
  const [first = '', ...rest] = wrap(`${severity}  ${inline(title)}`, pen.width - margin.length);
  const label = pen.paint([...severityStyles[severity]], severity);
  return [
    pen.paint('dim', `${visible(id)} `.padEnd(margin.length)) +
      label +
      pen.paint('bold', first.slice(severity.length)),
    ...rest.map((line) => margin + pen.paint('bold', line)),
  ];
}
