import type { Actors } from '../../src/ports.ts';

/** What everything throws in a process that was killed. */
export class Killed extends Error {
  override readonly name = 'Killed';
}

type Watch = {
  /** Before a command is given; says when the process dies of it, if it does. */
  readonly onCommand: () => Promise<'before' | 'after' | null>;
  /** After a command that the log has. */
  readonly onDone: (command: { readonly type: string }) => void;
};

/** The life of a process: from its end on nothing it does has an effect, and nothing comes back to it. */
export class Life {
  readonly #end = new AbortController();

  get signal(): AbortSignal {
    return this.#end.signal;
  }

  get isOver(): boolean {
    return this.signal.aborted;
  }

  #kill(): void {
    this.#end.abort(new Killed('killed'));
  }

  /** Actors that go with the process. */
  through(actors: Actors, { onCommand, onDone }: Watch): Actors {
    const alive = async <T>(work: () => Promise<T>): Promise<T> => {
      this.signal.throwIfAborted();
      const done = await work();
      this.signal.throwIfAborted();
      return done;
    };
    return {
      handle: (instruction) =>
        alive(async () => {
          const dies = await onCommand();
          if (dies === 'before') this.#kill();
          this.signal.throwIfAborted();
          const outcome = await actors.handle(instruction);
          onDone(instruction.command);
          if (dies === 'after') this.#kill();
          return outcome;
        }),
      outcome: (kind, actor, id) => alive(() => actors.outcome(kind, actor, id)),
      state: (kind, actor) => alive(() => actors.state(kind, actor)),
      events: (kind, actor, from) => actors.events(kind, actor, from),
      logOf: (actor) => actors.logOf(actor),
      subscribe: (listener) => actors.subscribe(listener),
    };
  }
}
