export { openViews } from './open.ts';
export type { Agent, AgentSummary } from './queries/agents.ts';
export type { Budget, OpenHold, ScopeUse } from './queries/budgets.ts';
export type { Cost, CostFilter, CostKey, Money } from './queries/costs.ts';
export type { ThreadDecision, ThreadProposal, ThreadVote } from './queries/deliberation.ts';
export type { ErasedSubject } from './queries/erasures.ts';
export type { Escalation, EscalationFilter } from './queries/escalations.ts';
export type { Forecast, ForecastFilter } from './queries/forecasts.ts';
export type { RegisteredLog } from './queries/logs.ts';
export type {
  Thread,
  ThreadCalls,
  ThreadEntry,
  ThreadFilter,
  ThreadParticipant,
  ThreadState,
  ThreadSummary,
} from './queries/threads.ts';
export type {
  Drift,
  DriftedRow,
  Progress,
  SomeViews,
  Verification,
  ViewReader,
  Views,
  ViewStatus,
  WorkOptions,
} from './types.ts';
