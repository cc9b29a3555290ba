import { z } from 'zod';
import { percent, severity } from './values.ts';

/**
 * How a group decides. Recorded with every review, so that an auditor decides again by the same rules.
 * All shares are whole percents of weight.
 */
export const policy = z.strictObject({
  /** How the weights of those who took a position are compared. */
  rule: z.enum(['majority', 'supermajority', 'unanimity', 'weighted']),
  /** Share of approving weight a supermajority or weighted rule asks for. */
  thresholdPct: percent,
  /** Share of participants that must vote, abstentions counted, for a vote to be valid. */
  quorumPct: percent,
  /** Least number of agents that must review, and that must take a position on an item. */
  minParticipants: z.int().min(1).max(100),
  /** A rejection by one of these roles rejects the item, whatever the others say. */
  vetoRoles: z.array(z.string()),
  /** Weight per role; a role that is not named weighs 1. */
  weights: z.record(z.string(), z.int().min(0).max(1000)),
  /** An accepted item this severe, or more, asks for changes. */
  blockingSeverity: severity,
  /** Rounds of discussion after an undecided vote. */
  discussionRounds: z.int().min(0).max(3),
  /** How long a person has to answer an escalation, in milliseconds. */
  escalationMs: z.int().min(1000),
  /** What holds when nobody answers. */
  onSilence: z.enum(['approved', 'changes_requested']),
});
export type Policy = z.infer<typeof policy>;
