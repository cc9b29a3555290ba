import type { Fact } from '../../actors/index.ts';
import {
  Refusal,
  type AgentEvent,
  type ChangeUnderReview,
  type Place,
  type ThreadTurn,
} from '../../events/index.ts';
import {
  ballotAnswer,
  discussionAnswer,
  reviewAnswer,
  type AnswerName,
} from '../shared/prompt/index.ts';

/** What a turn is about, as far as its statements need to know. */
export type StatementContext = {
  readonly thread: string;
  readonly turn: string;
  readonly round: number;
  readonly change: ChangeUnderReview;
  /** The items asked about, with the hashes that votes are bound to. */
  readonly ballot: readonly { proposal: string; hash: string }[];
};

type Statement = Fact<AgentEvent>;

/** Which answer a kind of turn asks for. */
export const answerOf: Readonly<Record<ThreadTurn, AnswerName>> = {
  review: 'bzzz_review',
  vote: 'bzzz_ballot',
  discuss: 'bzzz_discussion',
};

/**
 * Turns a model's answer into what the agent states. What points outside the change, or at nothing that
 * was asked about, is not stated: an agent answers for its words, so it must not be made to say nonsense.
 * Throws Refusal MODEL_ANSWER_INVALID.
 */
export function statementsOf(
  kind: ThreadTurn,
  text: string,
  context: StatementContext,
): readonly Statement[] {
  switch (kind) {
    case 'review':
      return reviewStatements(parse(reviewAnswer, text), context);
    case 'vote':
      return voteStatements(parse(ballotAnswer, text), context);
    case 'discuss':
      return remarkStatements(parse(discussionAnswer, text), context);
  }
}

function parse<T>(schema: { parse(value: unknown): T }, text: string): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new Refusal('MODEL_ANSWER_INVALID', 'the model did not answer with the JSON asked for', {
      cause,
    });
  }
}

function reviewStatements(
  answer: ReturnType<typeof reviewAnswer.parse>,
  context: StatementContext,
): Statement[] {
  const { thread, turn } = context;
  const seen = new Set<string>();
  const stated: Statement[] = [];
  for (const finding of answer.findings) {
    const { path, line, endLine, kind, severity, confidencePct } = finding;
    const place = shownPlace(context.change, { path, line, endLine: Math.max(line, endLine) });
    const key = JSON.stringify([place, kind]);
    if (!place || seen.has(key)) continue;
    seen.add(key);
    const index = stated.length;
    const event = { type: 'agent.finding.stated', thread, turn, index, place, kind } as const;
    const { title, detail, suggestion } = finding;
    stated.push({
      event: { ...event, severity, confidencePct },
      body: sealed(thread, { title, detail, suggestion }),
    });
  }
  const findings = stated.length;
  const dropped = answer.findings.length - findings;
  return [
    ...stated,
    {
      event: { type: 'agent.review.stated', thread, turn, findings, dropped },
      body: sealed(thread, { summary: answer.summary }),
    },
  ];
}

function voteStatements(
  answer: ReturnType<typeof ballotAnswer.parse>,
  context: StatementContext,
): Statement[] {
  const { thread, turn, round } = context;
  return context.ballot.flatMap(({ proposal, hash }) => {
    const vote = answer.votes.find((cast) => cast.proposal === proposal);
    if (!vote) return [];
    const evidence = vote.evidence.flatMap(({ path, line }) => {
      return shownPlace(context.change, { path, line, endLine: line }) ?? [];
    });
    // The thread refuses a position without evidence, so it is not taken in the first place.
    if (vote.choice !== 'abstain' && evidence.length === 0) return [];
    const { choice, confidencePct, rationale } = vote;
    return {
      event: {
        type: 'agent.vote.stated' as const,
        thread,
        turn,
        round,
        proposal,
        hash,
        choice,
        confidencePct,
        evidence,
      },
      body: sealed(thread, { rationale }),
    };
  });
}

function remarkStatements(
  answer: ReturnType<typeof discussionAnswer.parse>,
  context: StatementContext,
): Statement[] {
  const { thread, turn } = context;
  return context.ballot.flatMap(({ proposal }) => {
    const remark = answer.remarks.find((said) => said.proposal === proposal);
    if (!remark) return [];
    const type =
      remark.stance === 'object'
        ? ('agent.objection.stated' as const)
        : ('agent.message.stated' as const);
    return { event: { type, thread, turn, proposal }, body: sealed(thread, { text: remark.text }) };
  });
}

/** The place, cut to the run of lines that the diff shows from its first line on; null outside the change. */
function shownPlace(change: ChangeUnderReview, place: Place): Place | null {
  const file = change.files.find(({ path }) => path === place.path);
  const run = file?.ranges.find(([from, to]) => from <= place.line && place.line <= to);
  return run ? { ...place, endLine: Math.min(place.endLine, run[1]) } : null;
}

function sealed(subject: string, texts: Record<string, string>): { subject: string; text: string } {
  return { subject, text: JSON.stringify(texts) };
}
