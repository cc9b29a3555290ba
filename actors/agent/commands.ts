import type { EventOf } from '../../events/index.ts';
import type { CommandBase, Fact } from '../actor.ts';

type AgentEvent = EventOf<'agent'>;
type EventBody<Type extends AgentEvent['type']> = Omit<Extract<AgentEvent, { type: Type }>, 'type'>;

export type AgentCommand = CommandBase &
  (
    | ({ type: 'register' } & EventBody<'agent.registered'>)
    | ({ type: 'startTurn' } & EventBody<'agent.turn.started'>)
    | ({ type: 'startCall' } & EventBody<'agent.call.started'>)
    | ({ type: 'completeCall' } & EventBody<'agent.call.completed'>)
    | ({ type: 'failCall' } & EventBody<'agent.call.failed'>)
    | ({ type: 'rejectAnswer' } & EventBody<'agent.answer.rejected'>)
    | { type: 'conclude'; turn: string; statements: readonly Fact<AgentEvent>[] }
    | { type: 'failTurn'; turn: string; reason: string }
    | { type: 'remember'; thread: string; topic: string; agent: string; text: string }
    | { type: 'suspend' | 'resume' | 'retire'; by: string }
  );
