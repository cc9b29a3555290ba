import type { SnapshotFrom } from 'xstate';
import type { EventOf } from '../../events/index.ts';
import type { Fact } from '../actor.ts';
import type { AgentCommand } from './commands.ts';
import type { agentMachine } from './machine.ts';

type AgentEvent = EventOf<'agent'>;

/** Turns a command into facts about the agent; whether they are lawful is the machine's to say. */
export function decideAgent(
  command: AgentCommand,
  snapshot: SnapshotFrom<typeof agentMachine>,
): readonly Fact<AgentEvent>[] {
  switch (command.type) {
    case 'register':
      return register(command, snapshot);
    case 'startTurn': {
      const { type: _type, nowMs: _nowMs, ...event } = command;
      return [{ event: { type: 'agent.turn.started', ...event } }];
    }
    case 'startCall': {
      const { type: _type, nowMs: _nowMs, ...event } = command;
      return [{ event: { type: 'agent.call.started', ...event } }];
    }
    case 'completeCall': {
      const { type: _type, nowMs: _nowMs, ...event } = command;
      return [{ event: { type: 'agent.call.completed', ...event } }];
    }
    case 'failCall': {
      const { type: _type, nowMs: _nowMs, ...event } = command;
      return [{ event: { type: 'agent.call.failed', ...event } }];
    }
    case 'rejectAnswer': {
      const { type: _type, nowMs: _nowMs, ...event } = command;
      return [{ event: { type: 'agent.answer.rejected', ...event } }];
    }
    case 'conclude':
      return [
        ...command.statements,
        { event: { type: 'agent.turn.completed', turn: command.turn } },
      ];
    case 'failTurn':
      return [{ event: { type: 'agent.turn.failed', turn: command.turn, reason: command.reason } }];
    case 'remember': {
      const { thread, topic, agent, text } = command;
      const event = { type: 'agent.memory.noted', thread, topic } as const;
      return [{ event, body: { subject: agent, text } }];
    }
    case 'suspend':
      return [{ event: { type: 'agent.suspended', by: command.by } }];
    case 'resume':
      return [{ event: { type: 'agent.resumed', by: command.by } }];
    case 'retire':
      return [{ event: { type: 'agent.retired', by: command.by } }];
  }
}

// Registering is idempotent; a role file that has changed since is a fact of its own.
function register(
  command: Extract<AgentCommand, { type: 'register' }>,
  { context }: SnapshotFrom<typeof agentMachine>,
): readonly Fact<AgentEvent>[] {
  const { type: _type, nowMs: _nowMs, name, project, ...role } = command;
  if (!context.role) return [{ event: { type: 'agent.registered', name, project, ...role } }];
  return context.roleHash === role.roleHash
    ? []
    : [{ event: { type: 'agent.role.revised', ...role } }];
}
