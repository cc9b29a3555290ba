export {
  agentAddress,
  budgetAddress,
  formatAddress,
  isName,
  matchesAddress,
  nodeAddress,
  parseAddress,
  threadAddress,
} from './address.ts';
export type { Address } from './address.ts';
export { turnKind } from './agent.ts';
export type { AgentEvent, ThreadTurn, TurnKind } from './agent.ts';
export { scopeKinds } from './budget.ts';
export type { BudgetEvent, ScopeState } from './budget.ts';
export { canonicalJson, contentHash, sha256Hex } from './canonical.ts';
export type { Json } from './canonical.ts';
export {
  decodeRecorded,
  decodeWritten,
  encodeRecorded,
  kindOf,
  schemaVersion,
  stateDueAt,
} from './envelope.ts';
export type { BzzzEvent, EventOf, EventType, Meta, Recorded, SealedBody } from './envelope.ts';
export { Corrupt, Refusal, Unavailable } from './errors.ts';
export type { CorruptCode, RefusalCode, UnavailableCode } from './errors.ts';
export { actorKind } from './node.ts';
export type { ActorKind, Head, NodeEvent } from './node.ts';
export { policy } from './policy.ts';
export type { Policy } from './policy.ts';
export { costMicroUsd, modelPrice, serviceTier, worstCaseMicroUsd } from './prices.ts';
export type { BillingTerms, ModelPrice, Rates, ServiceTier } from './prices.ts';
export { escalationReason, tally, verdict } from './thread.ts';
export type {
  ChangeUnderReview,
  EscalationReason,
  Participant,
  Tally,
  ThreadEvent,
  Verdict,
} from './thread.ts';
export {
  blobRef,
  choice,
  place,
  reasonLengthMax,
  severity,
  severityOrder,
  statementRef,
  usage,
} from './values.ts';
export type { BlobRef, Choice, Place, Severity, StatementRef, Usage } from './values.ts';
