export {
  answerSchemas,
  ballotAnswer,
  discussionAnswer,
  reviewAnswer,
  severities,
  summaryAnswer,
} from './answers.ts';
export type {
  AnswerName,
  BallotAnswer,
  DiscussionAnswer,
  FindingAnswer,
  ReviewAnswer,
  SummaryAnswer,
} from './answers.ts';
export { clip, extractSummary } from './extract.ts';
export type { CountTokens } from './extract.ts';
export type { BallotText, DecisionText, HistoryText, Remark } from './history.ts';
export { readSection, renderPrompt } from './prompt.ts';
export type { PositionText, ProposalText, Turn } from './prompt.ts';
export { roleSchema, tiers } from './role.ts';
export type { Role, Tier } from './role.ts';
