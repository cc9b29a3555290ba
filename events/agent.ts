import { z } from 'zod';
import { serviceTier } from './prices.ts';
import {
  address,
  blobRef,
  choice,
  hash,
  name,
  percent,
  place,
  reason,
  severity,
  usage,
} from './values.ts';

/** What can happen to an agent. `*.stated` events are its own words, signed with its own key. */

export const turnKind = z.enum(['review', 'vote', 'discuss', 'summarise']);
export type TurnKind = z.infer<typeof turnKind>;
/** The turns that a thread waits for. */
export type ThreadTurn = Exclude<TurnKind, 'summarise'>;

const inTurn = { turn: z.string().min(1).max(200) };
const inCall = { ...inTurn, call: z.string().min(1).max(200) };
const said = { thread: address, ...inTurn };
const round = z.int().min(0);
const proposal = z.string().regex(/^p[1-9][0-9]*$/);
const roleFacts = {
  role: name,
  /** Content hash of the role file. */
  roleHash: hash,
  capabilities: z.array(z.string()),
  tier: z.enum(['economy', 'standard', 'premium']),
};
const byPerson = { by: z.string().min(1).max(200) };

export const agentEvent = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('agent.registered'), name, project: name, ...roleFacts }),
  z.strictObject({ type: z.literal('agent.role.revised'), ...roleFacts }),
  z.strictObject({
    type: z.literal('agent.turn.started'),
    ...inTurn,
    thread: address,
    kind: turnKind,
    round,
  }),
  z.strictObject({
    type: z.literal('agent.call.started'),
    ...inCall,
    attempt: z.int().min(1),
    provider: z.string(),
    model: z.string(),
    /** Why this model: tier of the role, or what made it differ. */
    choice: reason,
    /** SHA-256 of the request as JSON text, which is a sealed blob. */
    requestHash: hash,
    request: blobRef,
    promptTokensBound: z.int().min(0),
    maxTokens: z.int().min(1),
    /** Id of the hold in the project's budget. */
    hold: z.string(),
  }),
  z.strictObject({
    type: z.literal('agent.call.completed'),
    ...inCall,
    model: z.string(),
    finishReason: z.string(),
    usage: usage.nullable(),
    /** As the provider reported it. */
    serviceTier: serviceTier.nullable(),
    latencyMs: z.int().min(0),
    answer: blobRef,
  }),
  /** An answer that cannot be used; the next call of the turn asks to mend it. */
  z.strictObject({ type: z.literal('agent.answer.rejected'), ...inCall, reason }),
  z.strictObject({
    type: z.literal('agent.call.failed'),
    ...inCall,
    reason,
    /** HTTP status, when there was one. */
    status: z.int().nullable(),
    /** True when the provider may charge for it. */
    billable: z.boolean(),
    retryAfterMs: z.int().min(0).nullable(),
  }),
  z.strictObject({
    type: z.literal('agent.finding.stated'),
    ...said,
    index: z.int().min(0),
    place,
    kind: z.string(),
    severity,
    confidencePct: percent,
  }),
  z.strictObject({
    type: z.literal('agent.review.stated'),
    ...said,
    findings: z.int().min(0),
    /** Findings of the model that pointed outside the change, or did not parse; they are not stated. */
    dropped: z.int().min(0),
  }),
  z.strictObject({
    type: z.literal('agent.vote.stated'),
    ...said,
    round,
    proposal,
    hash,
    choice,
    confidencePct: percent,
    evidence: z.array(place),
  }),
  z.strictObject({
    type: z.literal('agent.message.stated'),
    ...said,
    proposal: proposal.nullable(),
  }),
  z.strictObject({ type: z.literal('agent.objection.stated'), ...said, proposal }),
  /** A summary of what was said in a thread up to a round; the text is sealed. */
  z.strictObject({ type: z.literal('agent.summary.stated'), ...said, round }),
  z.strictObject({ type: z.literal('agent.turn.completed'), ...inTurn }),
  z.strictObject({ type: z.literal('agent.turn.failed'), ...inTurn, reason }),
  z.strictObject({ type: z.literal('agent.memory.noted'), thread: address, topic: reason }),
  z.strictObject({ type: z.literal('agent.suspended'), ...byPerson }),
  z.strictObject({ type: z.literal('agent.resumed'), ...byPerson }),
  z.strictObject({ type: z.literal('agent.retired'), ...byPerson }),
]);
export type AgentEvent = z.infer<typeof agentEvent>;
