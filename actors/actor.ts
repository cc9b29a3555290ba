import type { AnyStateMachine, SnapshotFrom } from 'xstate';
import type { ActorKind, BzzzEvent, EventOf, SealedBody } from '../events/index.ts';

/** A fact that a command leads to, with the free text that is sealed beside it. */
export type Fact<E extends BzzzEvent = BzzzEvent> = {
  readonly event: E;
  /** `subject` names whose key seals the text: the thread or agent it is about. */
  readonly body?: { readonly subject: string; readonly text: string } | undefined;
  /** A fact that is taken over from another log: the id of its event there, and its text as it was sealed. */
  readonly copied?: { readonly from: string; readonly body?: SealedBody | undefined } | undefined;
};

/** What every command says: its kind, and the moment at which it was given (ms since 1970). */
export type CommandBase = { readonly type: string; readonly nowMs: number };

/**
 * Something an actor waits for: a model's turn, a deadline, its own next step. Work is a function of
 * state, never of the event that led to it, so it is the same after a crash as before. `id` is stable: the
 * host starts what is due and not running, and aborts what runs and is no longer due.
 */
export type Work = { readonly id: string; readonly kind: string };

/** One kind of actor: the machine folds facts, `decide` turns a command into facts or throws a Refusal. */
export interface ActorType<
  Kind extends ActorKind,
  Machine extends AnyStateMachine,
  Command extends CommandBase,
  Due extends Work = Work,
> {
  readonly kind: Kind;
  /** Part of a snapshot's name: a snapshot of another version is not used. */
  readonly version: number;
  readonly machine: Machine;
  decide(command: Command, snapshot: SnapshotFrom<Machine>): readonly Fact<EventOf<Kind>>[];
  due(snapshot: SnapshotFrom<Machine>): readonly Due[];
}
