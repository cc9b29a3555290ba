export type { ActorType, CommandBase, Fact, Work } from './actor.ts';
export { agent } from './agent/index.ts';
export type { AgentCommand, AgentContext, OpenTurn } from './agent/index.ts';
export { budget, leftIn, refusalOf, scopeState } from './budget/index.ts';
export type { BudgetCommand, Ledger } from './budget/index.ts';
export { node } from './node.ts';
export type { NodeCommand, NodeContext } from './node.ts';
export { countVotes, outcomeOf, outOfMoney, thread } from './thread/index.ts';
export type {
  EnteredFinding,
  EnteredRemark,
  EnteredVote,
  ThreadCommand,
  ThreadContext,
  ThreadWork,
} from './thread/index.ts';
