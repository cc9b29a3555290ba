export {
  answerSchemas,
  ballotAnswer,
  discussionAnswer,
  reviewAnswer,
  severities,
} from './answers.ts';
export type {
  AnswerName,
  BallotAnswer,
  DiscussionAnswer,
  FindingAnswer,
  ReviewAnswer,
} from './answers.ts';
export { readSection, renderPrompt } from './prompt.ts';
export type { PositionText, ProposalText, Turn } from './prompt.ts';
export { roleSchema, tiers } from './role.ts';
export type { Role, Tier } from './role.ts';
