import type { ActorType } from '../actor.ts';
import type { ThreadCommand, ThreadWork } from './commands.ts';
import { decideThread, dueInThread } from './decide.ts';
import { threadMachine } from './machine.ts';

export type {
  EnteredFinding,
  EnteredRemark,
  EnteredVote,
  ThreadCommand,
  ThreadWork,
} from './commands.ts';
export type { ThreadContext } from './context.ts';
export { outOfMoney } from './law.ts';
export { countVotes, outcomeOf } from './tally.ts';

/** A conversation in which agents review a change: blind review, blind vote, decision or escalation. */
export const thread: ActorType<'thread', typeof threadMachine, ThreadCommand, ThreadWork> = {
  kind: 'thread',
  version: 1,
  machine: threadMachine,
  decide: decideThread,
  due: dueInThread,
};
