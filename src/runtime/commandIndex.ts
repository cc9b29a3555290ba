/** Where the events of a command lie in its actor's log. */
export type Handled = { readonly from: number; readonly count: number };

/**
 * Commands that an actor has handled, by id. Every event names the command behind it, so the index is
 * rebuilt from the log: a command that is sent again after a crash finds its first outcome.
 */
export class CommandIndex {
  readonly #handled = new Map<string, Handled>();

  /** Notes one event of a command; the events of a command follow each other. */
  note(command: string, seq: number): void {
    const known = this.#handled.get(command);
    this.#handled.set(
      command,
      known ? { from: known.from, count: known.count + 1 } : { from: seq, count: 1 },
    );
  }

  find(command: string): Handled | undefined {
    return this.#handled.get(command);
  }

  /**
   * Each command and the number of its events, in the order of the log. Flat, because ten thousand small
   * arrays take longer to parse than the rest of a snapshot.
   */
  flat(): (string | number)[] {
    const flat: (string | number)[] = [];
    for (const [command, { count }] of this.#handled) flat.push(command, count);
    return flat;
  }

  /** Throws a TypeError for a list that `flat` did not make. */
  static restore(flat: readonly unknown[]): CommandIndex {
    const index = new CommandIndex();
    let from = 0;
    for (let at = 0; at < flat.length; at += 2) {
      const [command, count] = [flat[at], flat[at + 1]];
      if (typeof command !== 'string' || typeof count !== 'number')
        throw new TypeError('not an index of commands');
      index.#handled.set(command, { from, count });
      from += count;
    }
    return index;
  }
}
