import { assign, setup } from 'xstate';
import type { EventOf, TurnKind } from '../../events/index.ts';
import type { AgentContext, OpenTurn } from './context.ts';

type AgentEvent = EventOf<'agent'>;

const { createMachine, createAction } = setup({
  types: { context: {} as AgentContext, events: {} as AgentEvent },
});
const keepNothing = createAction(assign({}));

/** Folds facts into the state of an agent. A statement counts only inside a turn whose call was answered. */
export const agentMachine = createMachine({
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
            'agent.answer.rejected': {
              guard: ({ context, event }) => context.turns[event.turn]?.answered === event.call,
              actions: assign(({ context, event }) =>
                updateTurn(context, event.turn, { answered: null, rejected: event.call }),
              ),
            },
            'agent.summary.stated': {
              guard: ({ context, event }) => maySay(context, event, 'summarise'),
              actions: keepNothing,
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
