import type { ActorType } from '../actor.ts';
import type { AgentCommand } from './commands.ts';
import { decideAgent } from './decide.ts';
import { agentMachine } from './machine.ts';

export type { AgentCommand } from './commands.ts';
export type { AgentContext, OpenTurn } from './context.ts';

/** An agent: registered, idle or thinking, suspended, retired. It waits for nothing of its own accord. */
export const agent: ActorType<'agent', typeof agentMachine, AgentCommand> = {
  kind: 'agent',
  version: 2,
  machine: agentMachine,
  decide: decideAgent,
  due: () => [],
};
