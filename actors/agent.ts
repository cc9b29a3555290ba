import { assign, setup, type SnapshotFrom } from 'xstate';
import type { EventOf, TurnKind } from '../events/index.ts';
import type { ActorType, CommandBase, Fact } from './actor.ts';

type AgentEvent = EventOf<'agent'>;
type EventBody<Type extends AgentEvent['type']> = Omit<Extract<AgentEvent, { type: Type }>, 'type'>;

/** A turn under way: what was asked, and the call that is open or answered. */
export type OpenTurn = {
  thread: string;
  kind: TurnKind;
  round: number;
  attempts: number;
  /** The call without an outcome yet. */
  open: string | null;
  /** The call that was answered. */
  answered: string | null;
};

/** What an agent knows about itself. Its words and memories are in the log. */
export type AgentContext = {
  name: string;
  project: string;
  role: string;
  roleHash: string;
  turns: Record<string, OpenTurn>;
  notes: number;
};

export type AgentCommand = CommandBase &
  (
    | ({ type: 'register' } & EventBody<'agent.registered'>)
    | ({ type: 'startTurn' } & EventBody<'agent.turn.started'>)
    | ({ type: 'startCall' } & EventBody<'agent.call.started'>)
    | ({ type: 'completeCall' } & EventBody<'agent.call.completed'>)
    | ({ type: 'failCall' } & EventBody<'agent.call.failed'>)
    | { type: 'conclude'; turn: string; statements: readonly Fact<AgentEvent>[] }
    | { type: 'failTurn'; turn: string; reason: string }
    | { type: 'remember'; thread: string; topic: string; agent: string; text: string }
    | { type: 'suspend' | 'resume' | 'retire'; by: string }
  );

const { createMachine, createAction } = setup({
  types: { context: {} as AgentContext, events: {} as AgentEvent },
});
const keepNothing = createAction(assign({}));

/** Folds facts into the state of an agent. A statement counts only inside a turn whose call was answered. */
const agentMachine = createMachine({
  id: 'agent',
  context: { name: '', project: '', role: '', roleHash: '', turns: {}, notes: 0 },
  initial: 'new',
  states: {
    new: {
      on: {
        'agent.registered': {
          target: 'registered',
          actions: assign(({ event: { name, project, role, roleHash } }) => ({
            name,
            project,
            role,
            roleHash,
          })),
        },
      },
    },
    registered: {
      initial: 'idle',
      states: {
        idle: { on: { 'agent.turn.started': { target: 'thinking', actions: assign(startTurn) } } },
        thinking: {
          on: {
            'agent.turn.started': {
              guard: ({ context, event }) => !(event.turn in context.turns),
              actions: assign(startTurn),
            },
            'agent.call.started': {
              guard: ({ context, event }) => mayCall(context.turns[event.turn], event.attempt),
              actions: assign(({ context, event }) =>
                updateTurn(context, event.turn, { attempts: event.attempt, open: event.call }),
              ),
            },
            'agent.call.completed': {
              guard: ({ context, event }) => isOpen(context, event),
              actions: assign(({ context, event }) =>
                updateTurn(context, event.turn, { open: null, answered: event.call }),
              ),
            },
            'agent.call.failed': {
              guard: ({ context, event }) => isOpen(context, event),
              actions: assign(({ context, event }) =>
                updateTurn(context, event.turn, { open: null }),
              ),
            },
            'agent.finding.stated': {
              guard: ({ context, event }) => maySay(context, event, 'review'),
              actions: keepNothing,
            },
            'agent.review.stated': {
              guard: ({ context, event }) => maySay(context, event, 'review'),
              actions: keepNothing,
            },
            'agent.vote.stated': {
              guard: ({ context, event }) => maySay(context, event, 'vote'),
              actions: keepNothing,
            },
            'agent.message.stated': {
              guard: ({ context, event }) => maySay(context, event, 'discuss'),
              actions: keepNothing,
            },
            'agent.objection.stated': {
              guard: ({ context, event }) => maySay(context, event, 'discuss'),
              actions: keepNothing,
            },
            'agent.turn.completed': [
              {
                guard: ({ context, event }) => isAnswered(context, event.turn) && isLast(context),
                target: 'idle',
                actions: assign(({ context, event }) => endTurn(context, event.turn)),
              },
              {
                guard: ({ context, event }) => isAnswered(context, event.turn),
                actions: assign(({ context, event }) => endTurn(context, event.turn)),
              },
            ],
            'agent.turn.failed': [
              {
                guard: ({ context, event }) => mayFail(context, event.turn) && isLast(context),
                target: 'idle',
                actions: assign(({ context, event }) => endTurn(context, event.turn)),
              },
              {
                guard: ({ context, event }) => mayFail(context, event.turn),
                actions: assign(({ context, event }) => endTurn(context, event.turn)),
              },
            ],
          },
        },
      },
      on: {
        'agent.role.revised': {
          guard: ({ context, event }) => event.role === context.role,
          actions: assign(({ event }) => ({ roleHash: event.roleHash })),
        },
        'agent.memory.noted': { actions: assign(({ context }) => ({ notes: context.notes + 1 })) },
        'agent.suspended': { guard: ({ context }) => isIdle(context), target: 'suspended' },
        'agent.retired': { guard: ({ context }) => isIdle(context), target: 'retired' },
      },
    },
    suspended: { on: { 'agent.resumed': 'registered', 'agent.retired': 'retired' } },
    retired: { type: 'final' },
  },
});

function startTurn({
  context,
  event,
}: {
  context: AgentContext;
  event: Extract<AgentEvent, { type: 'agent.turn.started' }>;
}): Partial<AgentContext> {
  const { turn, thread, kind, round } = event;
  const opened = { thread, kind, round, attempts: 0, open: null, answered: null };
  return { turns: { ...context.turns, [turn]: opened } };
}

function updateTurn(
  context: AgentContext,
  id: string,
  change: Partial<OpenTurn>,
): Partial<AgentContext> {
  const turn = context.turns[id];
  return turn ? { turns: { ...context.turns, [id]: { ...turn, ...change } } } : {};
}

function endTurn(context: AgentContext, id: string): Partial<AgentContext> {
  const { [id]: _ended, ...turns } = context.turns;
  return { turns };
}

function mayCall(turn: OpenTurn | undefined, attempt: number): boolean {
  return turn?.open === null && turn.answered === null && attempt === turn.attempts + 1;
}

function isOpen(context: AgentContext, { turn, call }: { turn: string; call: string }): boolean {
  return context.turns[turn]?.open === call;
}

function isAnswered(context: AgentContext, turn: string): boolean {
  return typeof context.turns[turn]?.answered === 'string';
}

function maySay(
  context: AgentContext,
  said: { turn: string; thread: string },
  kind: TurnKind,
): boolean {
  const turn = context.turns[said.turn];
  return turn?.kind === kind && turn.thread === said.thread && isAnswered(context, said.turn);
}

// An open call has to end first: its hold would be left without an outcome.
function mayFail(context: AgentContext, turn: string): boolean {
  return context.turns[turn]?.open === null;
}

function isLast(context: AgentContext): boolean {
  return Object.keys(context.turns).length === 1;
}

function isIdle(context: AgentContext): boolean {
  return Object.keys(context.turns).length === 0;
}

/** Turns a command into facts about the agent; whether they are lawful is the machine's to say. */
function decideAgent(
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

/** An agent: registered, idle or thinking, suspended, retired. It waits for nothing of its own accord. */
export const agent: ActorType<'agent', typeof agentMachine, AgentCommand> = {
  kind: 'agent',
  version: 1,
  machine: agentMachine,
  decide: decideAgent,
  due: () => [],
};
