import { z } from 'zod';
import { severities } from '../shared/prompt/index.ts';

/**
 * The outcome of a review, as programs read it: `bzzz review --format json`. Released formats are never
 * edited; a new shape is a new number in `format`. Money is integer micro-dollars, times are RFC 3339.
 */
const place = z.strictObject({
  path: z.string(),
  line: z.int().min(1),
  endLine: z.int().min(1),
});
const address = z.string().startsWith('bzzz://');
const count = z.int().min(0);
/** Free text; null when the key of the text was erased. */
const text = z.string().nullable();

export const reviewReport = z.strictObject({
  format: z.literal('bzzz.review/1'),
  thread: address,
  project: z.string(),
  task: z.string(),
  outcome: z.enum(['approved', 'changes_requested', 'escalated', 'open']),
  change: z.strictObject({ hash: z.string(), files: count, added: count, removed: count }),
  models: z.strictObject({
    provider: z.string(),
    /** True when no language model was asked: the rules of the offline model answered. */
    offline: z.boolean(),
    used: z.array(z.string()),
  }),
  decision: z
    .strictObject({
      address,
      verdict: z.enum(['approved', 'changes_requested']),
      /** agents: by vote. person: an answered escalation. silence: the default when nobody answered. */
      decidedBy: z.enum(['agents', 'person', 'silence']),
      by: z.string().nullable(),
      note: text,
      blocking: z.array(z.string()),
    })
    .nullable(),
  escalation: z
    .strictObject({
      address,
      reason: z.enum(['undecided', 'deadline', 'budget', 'participants']),
      deadlineAt: z.string(),
      onSilence: z.enum(['approved', 'changes_requested']),
      proposals: z.array(z.string()),
    })
    .nullable(),
  participants: z.array(
    z.strictObject({
      agent: address,
      name: z.string(),
      role: z.string(),
      status: z.enum(['reviewed', 'failed', 'pending']),
      reason: z.string().nullable(),
      summary: text,
    }),
  ),
  proposals: z.array(
    z.strictObject({
      id: z.string(),
      address,
      hash: z.string(),
      place,
      kind: z.string(),
      severity: z.enum(severities),
      outcome: z.enum(['accepted', 'rejected', 'open']),
      /** Accepted, and severe enough to ask for changes. */
      blocking: z.boolean(),
      title: text,
      detail: text,
      suggestion: text,
      foundBy: z.array(z.string()),
      votes: z.array(
        z.strictObject({
          agent: z.string(),
          role: z.string(),
          round: z.int().min(1),
          choice: z.enum(['approve', 'reject', 'abstain']),
          confidencePct: z.int().min(0).max(100),
          rationale: text,
          evidence: z.array(place),
          /** True when the vote went against the outcome. */
          dissent: z.boolean(),
        }),
      ),
      remarks: z.array(
        z.strictObject({ agent: z.string(), role: z.string(), objects: z.boolean(), text }),
      ),
    }),
  ),
  cost: z.strictObject({
    spentMicroUsd: count,
    heldMicroUsd: count,
    calls: count,
    inputTokens: count,
    outputTokens: count,
    limits: z.array(
      z.strictObject({ scope: z.string(), limitMicroUsd: count, spentMicroUsd: count }),
    ),
  }),
  startedAt: z.string(),
  endedAt: z.string().nullable(),
});
export type ReviewReport = z.infer<typeof reviewReport>;
