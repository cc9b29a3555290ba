import { z } from 'zod';

/**
 * What a model is asked to answer, as JSON, in each kind of turn of a review. The gateway sends
 * these as `response_format`, the review parses answers with them.
 */

export const severities = ['info', 'low', 'medium', 'high', 'critical'] as const;

const percent = z.int().min(0).max(100);
const lineNumber = z.int().min(1);

export const findingAnswer = z.object({
  path: z.string().min(1).describe('path of the file, exactly as in the change'),
  line: lineNumber.describe(
    'line number in the new file (in a deleted file: the old one), as printed in the change; ' +
      'for a line that was removed, the nearest line that is left',
  ),
  endLine: lineNumber.describe('last line, same as line for a single line'),
  kind: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,39}$/)
    .describe('short class of the problem, such as secret, injection, missing-await'),
  severity: z.enum(severities),
  confidencePct: percent,
  title: z.string().min(1).max(200),
  detail: z.string().max(4000).describe('why it is a problem here'),
  suggestion: z.string().max(4000).describe('what to do instead; empty if nothing'),
});

export const reviewAnswer = z.object({
  summary: z.string().max(4000),
  findings: z.array(findingAnswer).max(50),
});

export const ballotAnswer = z.object({
  votes: z.array(
    z.object({
      proposal: z.string().describe('id of the proposal, such as p1'),
      choice: z
        .enum(['approve', 'reject', 'abstain'])
        .describe('approve: the finding is real and worth acting on'),
      confidencePct: percent,
      rationale: z.string().max(4000),
      evidence: z
        .array(z.object({ path: z.string().min(1), line: lineNumber }))
        .max(10)
        .describe('places in the change that support the choice; at least one unless abstaining'),
    }),
  ),
});

export const discussionAnswer = z.object({
  remarks: z.array(
    z.object({
      proposal: z.string(),
      stance: z.enum(['support', 'object', 'neutral']),
      text: z.string().min(1).max(4000),
    }),
  ),
});

export const summaryAnswer = z.object({ summary: z.string().min(1).max(20_000) });

export type FindingAnswer = z.infer<typeof findingAnswer>;
export type ReviewAnswer = z.infer<typeof reviewAnswer>;
export type BallotAnswer = z.infer<typeof ballotAnswer>;
export type DiscussionAnswer = z.infer<typeof discussionAnswer>;
export type SummaryAnswer = z.infer<typeof summaryAnswer>;

/** Name of the JSON schema in the request: tells a provider, and a log reader, which turn it is. */
export const answerSchemas = {
  bzzz_review: reviewAnswer,
  bzzz_ballot: ballotAnswer,
  bzzz_discussion: discussionAnswer,
  bzzz_summary: summaryAnswer,
} as const;
export type AnswerName = keyof typeof answerSchemas;
