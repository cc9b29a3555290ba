import {
  createActor,
  transition,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  type Snapshot,
} from 'xstate';
import { agent, budget, node, thread, type CommandBase, type Fact } from '../../actors/index.ts';
import { Corrupt, Refusal, type ActorKind, type BzzzEvent } from '../../events/index.ts';

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
 * A machine that folds facts one after the other. A live XState actor does it five times as fast as the
 * pure `transition`, which builds a throw-away actor for every event.
 */
export class Fold {
  readonly #type: AnyActorType;
  readonly #actor;

  constructor(type: AnyActorType, restored?: Snapshot<unknown>) {
    this.#type = type;
    this.#actor = createActor(type.machine, restored ? { snapshot: restored } : {});
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

  /** Folds one fact; false, with the state unchanged, when the machine does not accept it. */
  accept(event: BzzzEvent): boolean {
    const before = this.snapshot;
    this.#actor.send(event);
    const after = this.snapshot;
    if (after.status === 'error') {
      throw new Corrupt('LOG_UNLAWFUL', `the ${this.#type.kind} machine failed on ${event.type}`, {
        cause: after.error,
      });
    }
    // XState hands back the very same snapshot when no transition was taken.
    return before !== after;
  }

  /** What can be stored and restored: JSON. */
  persist(): Snapshot<unknown> {
    return this.#actor.getPersistedSnapshot();
  }
}

/** The last gate before an append: throws Refusal COMMAND_NOT_ALLOWED unless all facts, in order, are lawful. */
export function requireLawful(
  type: AnyActorType,
  snapshot: AnyMachineSnapshot,
  facts: readonly Fact[],
): void {
  let current = snapshot;
  for (const [index, { event }] of facts.entries()) {
    if (!current.can(event)) {
      throw new Refusal(
        'COMMAND_NOT_ALLOWED',
        `a ${type.kind} that is ${describe(current)} does not accept ${event.type}`,
        { data: { event: event.type } },
      );
    }
    if (index < facts.length - 1) {
      [current] = transition(type.machine, current, event);
    }
  }
}

function describe(snapshot: AnyMachineSnapshot): string {
  const value: unknown = snapshot.value;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
