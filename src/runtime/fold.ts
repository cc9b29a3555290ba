import { createActor, transition, type AnyMachineSnapshot, type Snapshot } from 'xstate';
import { agent, budget, node, thread, type Fact } from '../../actors/index.ts';
import { Corrupt, Refusal, type ActorKind, type BzzzEvent } from '../../events/index.ts';

/** Every kind of actor, by name. */
export const actorTypes = { thread, agent, budget, node } as const;

type AnyActorType = (typeof actorTypes)[ActorKind];

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

  get snapshot(): AnyMachineSnapshot {
    return this.#actor.getSnapshot();
  }

  /** Folds one fact; false, with the state unchanged, when the machine does not accept it. */
  accept(event: BzzzEvent): boolean {
    const before = this.snapshot;
    this.#actor.send(event as never);
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
    if (!current.can(event as never)) {
      throw new Refusal(
        'COMMAND_NOT_ALLOWED',
        `a ${type.kind} that is ${describe(current)} does not accept ${event.type}`,
        { data: { event: event.type } },
      );
    }
    if (index < facts.length - 1) {
      [current] = transition(type.machine as never, current as never, event as never);
    }
  }
}

function describe(snapshot: AnyMachineSnapshot): string {
  const { value } = snapshot;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
