export type { ActorType, CommandBase, Fact, Work } from './actor.ts';
export { agent } from './agent.ts';
export type { AgentCommand, AgentContext, OpenTurn } from './agent.ts';
export { budget } from './budget/index.ts';
export type { BudgetCommand, Ledger } from './budget/index.ts';
export { node } from './node.ts';
export type { NodeCommand, NodeContext } from './node.ts';
export { countVotes, outcomeOf, thread } from './thread/index.ts';
export type {
  EnteredFinding,
  EnteredRemark,
  EnteredVote,
  ThreadCommand,
  ThreadContext,
  ThreadWork,
} from './thread/index.ts';
