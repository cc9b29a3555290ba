import { createActor } from 'xstate';
import { agent, budget, node, thread } from '../../actors/index.ts';
import type { ActorKind, BzzzEvent } from '../../events/index.ts';

const types = { thread, agent, budget, node };

/** A machine that folds the events of a log and says which of them it does not accept. */
export class Fold {
  readonly #actor;

  constructor(kind: ActorKind) {
    this.#actor = createActor(types[kind].machine);
    // Forged facts can make a guard throw; unobserved, XState would throw that again from a timer.
    this.#actor.subscribe({ error: () => undefined });
    this.#actor.start();
  }

  /** What the events so far have led to, as JSON. */
  get state(): { state: unknown; context: unknown } {
    const { value, context }: { value: unknown; context: unknown } = this.#actor.getSnapshot();
    return { state: value, context };
  }

  /** Folds one event; false when the machine does not accept it, and then it is at its end. */
  accept(event: BzzzEvent): boolean {
    const before = this.#actor.getSnapshot();
    this.#actor.send(event);
    const after = this.#actor.getSnapshot();
    // XState hands back the very same snapshot when no transition was taken.
    return after !== before && after.status !== 'error';
  }
}
