import {
  extractSummary,
  type AnswerName,
  type BallotAnswer,
  type DiscussionAnswer,
  type PositionText,
  type ProposalText,
  type Remark,
  type ReviewAnswer,
  type SummaryAnswer,
} from '../shared/prompt/index.ts';
import { owns, type Book } from './books.ts';
import { decide, type Examined, type Vote } from './decide.ts';
import type { Finding } from './examine.ts';

/** How the offline model says what it is, wherever it speaks in sentences. */
export const introduction = 'Offline model (rules, not a language model)';

const nothingToRead = 'the prompt holds no change that can be read.';

/** How much an answer may say. More findings than 20 from one role are noise; the worst come first. */
export type Brevity = { findingsMax: number; votesMax: number; textCharsMax: number };

/** From what is said when there is room to the least that still says something. */
export const brevities: readonly Brevity[] = [
  { findingsMax: 20, votesMax: Infinity, textCharsMax: 1500 },
  { findingsMax: 10, votesMax: Infinity, textCharsMax: 300 },
  { findingsMax: 5, votesMax: Infinity, textCharsMax: 120 },
  { findingsMax: 2, votesMax: Infinity, textCharsMax: 20 },
  { findingsMax: 0, votesMax: 10, textCharsMax: 20 },
];

/** What a turn is about, as read from the prompt. `examined` is null when there is no change to read. */
export type Matter = {
  book: Book;
  examined: Examined | null;
  proposals: readonly ProposalText[];
  positions: readonly PositionText[];
  /** What was said before, oldest first: what a summary is asked of. */
  remarks: readonly Remark[];
  brevity: Brevity;
};

/** The answer of a role in each kind of turn; the same for the same prompt. */
export const turns: {
  bzzz_review: (matter: Matter) => ReviewAnswer;
  bzzz_ballot: (matter: Matter) => BallotAnswer;
  bzzz_discussion: (matter: Matter) => DiscussionAnswer;
  bzzz_summary: (matter: Matter) => SummaryAnswer;
} & Record<AnswerName, (matter: Matter) => unknown> = {
  bzzz_review: review,
  bzzz_ballot: (matter) => ({ votes: votes(matter) }),
  bzzz_discussion: discuss,
  bzzz_summary: sumUp,
};

function review({ book, examined, brevity }: Matter): ReviewAnswer {
  if (examined === null) return { summary: `${introduction}: ${nothingToRead}`, findings: [] };
  const found = examined.findings.filter((finding) => stands(book, finding));
  const shown = found.slice(0, brevity.findingsMax);
  const files = count(examined.change.sources.length, 'file');
  const worst = shown[0];
  const rest = found.length > shown.length ? `, the worst ${shown.length} reported` : '';
  const verdict =
    worst === undefined
      ? 'no rule found anything'
      : `${count(found.length, 'finding')}${rest}, the worst ${worst.severity} at ${worst.source.path}:${worst.line}`;
  return {
    summary: `${introduction}: the ${book.role} book looked at ${files}; ${verdict}.`,
    findings: shown.map((finding) => answerOf(finding, brevity)),
  };
}

/** A role reports what is of its field, except what it would itself vote down. */
function stands(book: Book, finding: Finding): boolean {
  const { kind } = finding.rule;
  const claim = { ...finding, kind, finding };
  return (
    owns(book, finding.rule) &&
    !book.objections.some((each) => each.kinds.includes(kind) && each.against(claim) !== null)
  );
}

function answerOf(finding: Finding, { textCharsMax }: Brevity): ReviewAnswer['findings'][number] {
  const { rule, source, line, endLine, severity, confidencePct, title } = finding;
  const detail = finding.detail.slice(0, textCharsMax);
  const suggestion = finding.suggestion.slice(0, textCharsMax);
  const place = { path: source.path, line, endLine };
  return { ...place, kind: rule.kind, severity, confidencePct, title, detail, suggestion };
}

function votes({ book, examined, proposals, positions, brevity }: Matter): Vote[] {
  const others = positions.filter(({ role }) => role !== book.role);
  return proposals.slice(0, brevity.votesMax).map((proposal) => {
    if (examined === null) {
      const vote = { choice: 'abstain' as const, confidencePct: 0, evidence: [] };
      return { proposal: proposal.id, ...vote, rationale: nothingToRead };
    }
    const vote = decide(book, proposal, examined, others);
    return { ...vote, rationale: vote.rationale.slice(0, brevity.textCharsMax) };
  });
}

const stances = { approve: 'support', reject: 'object', abstain: 'neutral' } as const;

function discuss(matter: Matter): DiscussionAnswer {
  const remarks = votes(matter).map((vote) => {
    const others = matter.positions.filter(
      ({ proposal, role, choice }) =>
        proposal === vote.proposal && role !== matter.book.role && choice !== vote.choice,
    );
    const text = [vote.rationale, ...others.map((position) => replyTo(position, vote))].join(' ');
    const kept = text.slice(0, matter.brevity.textCharsMax);
    return { proposal: vote.proposal, stance: stances[vote.choice], text: kept };
  });
  return { remarks };
}

function replyTo({ role, choice, rationale }: PositionText, vote: Vote): string {
  const said = /^[^]{0,200}?[.!?](?=\s|$)/.exec(rationale)?.[0] ?? rationale.slice(0, 200);
  if (choice === 'abstain') return `${role} could not tell.`;
  const heard = `${role} would ${choice}: "${said}"`;
  if (vote.choice === 'abstain') return `${heard} That alone does not let me decide.`;
  return vote.choice === 'approve'
    ? `${heard} That does not change what the line does, so I stand by it.`
    : `${heard} That does not answer the reason above, so I stand by my no.`;
}

/** First sentences: rules cannot say it in other words. */
function sumUp({ remarks, brevity }: Matter): SummaryAnswer {
  const said = extractSummary(remarks, brevity.textCharsMax, ({ length }) => length);
  const head = `${introduction}: the first sentence of each remark, the newest first.`;
  return { summary: said === '' ? `${introduction}: nothing was said.` : `${head}\n${said}` };
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}
