import { createActor, type AnyMachineSnapshot, type AnyStateMachine, type Snapshot } from 'xstate';
import { agent, budget, node, thread, type CommandBase, type Fact } from '../../actors/index.ts';
import type { ActorKind, BzzzEvent } from '../../events/index.ts';

/** A type of actor as the host sees it: the kind of a cell fixes what its commands and facts are. */
export interface AnyActorType {
  readonly kind: ActorKind;
  readonly version: number;
  readonly machine: AnyStateMachine;
  decide(command: CommandBase, snapshot: AnyMachineSnapshot): readonly Fact[];
}

/** Every kind of actor, by name. */
export const actorTypes: Readonly<Record<ActorKind, AnyActorType>> = {
  thread,
  agent,
  budget,
  node,
};

/**
 * A machine that folds facts one after the other: the one way in which a log becomes a state, for the host and
 * for the auditor. A live XState actor does it five times as fast as the pure `transition`, which builds a
 * throw-away actor for every event.
 */
export class Fold {
  readonly #actor;

  constructor(kind: ActorKind, restored?: Snapshot<unknown>) {
    this.#actor = createActor(actorTypes[kind].machine, restored ? { snapshot: restored } : {});
    // Without an observer XState throws errors of the machine from a timer, out of anybody's reach.
    this.#actor.subscribe({ error: () => undefined });
    this.#actor.start();
  }

  /** The state as JSON. */
  get state(): { value: unknown; context: unknown } {
    const snapshot: { value: unknown; context: unknown } = this.snapshot;
    return { value: snapshot.value, context: snapshot.context };
  }

  get snapshot(): AnyMachineSnapshot {
    return this.#actor.getSnapshot();
  }

  /** Folds one fact. False when the machine does not accept it, or fails on it, and then it is at its end. */
  accept(event: BzzzEvent): boolean {
    const before = this.snapshot;
    this.#actor.send(event);
    const after = this.snapshot;
    // XState hands back the very same snapshot when no transition was taken.
    return after !== before && after.status !== 'error';
  }

  /** What can be stored and restored: JSON. */
  persist(): Snapshot<unknown> {
    return this.#actor.getPersistedSnapshot();
  }
}
