import { z } from 'zod';
import { policy } from './policy.ts';
import {
  address,
  blobRef,
  choice,
  hash,
  microUsd,
  name,
  percent,
  place,
  reason,
  severity,
  statementRef,
  timestamp,
} from './values.ts';

/** What can happen in a conversation thread. */

/** The change under review: its text as a sealed blob, its places in clear so that evidence can be checked. */
export const changeUnderReview = z.strictObject({
  /** SHA-256 of the diff text: what the review is about. */
  hash,
  blob: blobRef,
  files: z.array(
    z.strictObject({
      path: z.string().min(1),
      /** First and last line of each run of lines that the diff shows, new side (old side if deleted). */
      ranges: z.array(z.tuple([z.int().min(0), z.int().min(0)])),
    }),
  ),
});
export type ChangeUnderReview = z.infer<typeof changeUnderReview>;

export const participant = z.strictObject({ agent: address, role: name, log: hash });
export type Participant = z.infer<typeof participant>;

export const tally = z.strictObject({
  approve: z.int().min(0),
  reject: z.int().min(0),
  abstain: z.int().min(0),
  /** Sums of weight behind approve and reject. */
  approveWeight: z.int().min(0),
  rejectWeight: z.int().min(0),
});
export type Tally = z.infer<typeof tally>;

export const verdict = z.enum(['approved', 'changes_requested']);
export type Verdict = z.infer<typeof verdict>;

export const escalationReason = z.enum(['undecided', 'deadline', 'budget', 'participants']);
export type EscalationReason = z.infer<typeof escalationReason>;

const proposalId = z.string().regex(/^p[1-9][0-9]*$/);
const round = z.int().min(0);
const stateOf = { agent: address, ref: statementRef };

export const threadEvent = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('thread.opened'), project: name, task: name }),
  /**
   * A thread that begins with the history of another one, in place of its opening: events 1 to
   * `origin.length - 1` are copies of the same events of the origin, and `thread.fork.started` follows.
   */
  z.strictObject({
    type: z.literal('thread.forked'),
    project: name,
    task: name,
    origin: z.strictObject({
      thread: address,
      log: hash,
      /** Events taken over, and the Merkle root over them in the log of the origin. */
      length: z.int().min(2),
      root: hash,
    }),
    /** Whose key seals the texts that were taken over: the first thread of a line of forks. */
    subject: address,
    /** The model that answers for every agent from here on; null: chosen as ever. */
    model: z.string().min(1).max(200).nullable(),
    by: z.string().min(1).max(200),
  }),
  /** The copies end here; the deadline is that of the fork. */
  z.strictObject({
    type: z.literal('thread.fork.started'),
    deadlineAt: timestamp,
    /** The escalation that waits for an answer, until the same deadline; null when none does. */
    escalation: z.int().min(1).nullable(),
  }),
  z.strictObject({
    type: z.literal('thread.review.opened'),
    change: changeUnderReview,
    participants: z.array(participant).min(1),
    policy,
    deadlineAt: timestamp,
  }),
  z.strictObject({
    type: z.literal('thread.finding.entered'),
    ...stateOf,
    place,
    kind: z.string(),
    severity,
    confidencePct: percent,
  }),
  z.strictObject({
    type: z.literal('thread.review.entered'),
    ...stateOf,
    findings: z.int().min(0),
  }),
  z.strictObject({ type: z.literal('thread.participant.failed'), agent: address, reason }),
  z.strictObject({
    type: z.literal('thread.proposal.made'),
    proposal: proposalId,
    /** Content hash of change, place, kind, severity and the statements behind it. */
    hash,
    place,
    kind: z.string(),
    severity,
    sources: z.array(statementRef).min(1),
  }),
  z.strictObject({
    type: z.literal('thread.vote.opened'),
    round,
    proposals: z.array(z.strictObject({ proposal: proposalId, hash })).min(1),
  }),
  z.strictObject({
    type: z.literal('thread.vote.cast'),
    ...stateOf,
    round,
    proposal: proposalId,
    hash,
    choice,
    confidencePct: percent,
    evidence: z.array(place),
  }),
  z.strictObject({
    type: z.literal('thread.consensus.reached'),
    decision: z.int().min(1),
    round,
    proposal: proposalId,
    hash,
    outcome: z.enum(['accepted', 'rejected']),
    tally,
    /** Every vote counted, by the hash of its statement in the agent's own log. */
    votes: z.array(z.strictObject({ agent: address, choice, statement: hash })),
  }),
  z.strictObject({
    type: z.literal('thread.discussion.opened'),
    round,
    proposals: z.array(proposalId).min(1),
  }),
  z.strictObject({
    type: z.literal('thread.message.posted'),
    ...stateOf,
    proposal: proposalId.nullable(),
  }),
  z.strictObject({
    type: z.literal('thread.objection.raised'),
    ...stateOf,
    proposal: proposalId,
  }),
  z.strictObject({
    type: z.literal('thread.turn.ended'),
    agent: address,
    turn: z.enum(['vote', 'discuss']),
    round,
  }),
  z.strictObject({
    type: z.literal('thread.deadline.passed'),
    deadline: z.enum(['review', 'escalation']),
    at: timestamp,
  }),
  z.strictObject({
    type: z.literal('thread.escalated'),
    escalation: z.int().min(1),
    reason: escalationReason,
    proposals: z.array(proposalId),
    deadlineAt: timestamp,
    onSilence: verdict,
  }),
  z.strictObject({
    type: z.literal('thread.escalation.resolved'),
    escalation: z.int().min(1),
    verdict,
    /** The person who decided, as they named themselves. */
    by: z.string().min(1).max(200),
  }),
  /** A person raised a cap, so that the agents go on where money had run out. */
  z.strictObject({
    type: z.literal('thread.escalation.lifted'),
    escalation: z.int().min(1),
    /** The voting round that it goes on in; 0 in the blind review. */
    round,
    /** Who had dropped out for want of money, and takes part again. */
    agents: z.array(address).min(1),
    scope: z.string().min(1).max(220),
    limitMicroUsd: microUsd,
    /** The review has until then; its old deadline passed, or nearly, while it waited. */
    deadlineAt: timestamp,
    by: z.string().min(1).max(200),
  }),
  z.strictObject({
    type: z.literal('thread.escalation.defaulted'),
    escalation: z.int().min(1),
    verdict,
  }),
  z.strictObject({
    type: z.literal('thread.verdict.reached'),
    decision: z.int().min(1),
    verdict,
    /** Accepted proposals that ask for changes. */
    blocking: z.array(proposalId),
  }),
  z.strictObject({ type: z.literal('thread.closed'), by: z.string().min(1).max(200) }),
]);
export type ThreadEvent = z.infer<typeof threadEvent>;
