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

  /** A flat list, because ten thousand small arrays take longer to parse than the rest of a snapshot. */
  toJSON(): (string | number)[] {
    const flat: (string | number)[] = [];
    for (const [command, { from, count }] of this.#handled) flat.push(command, from, count);
    return flat;
  }

  static restore(flat: readonly (string | number)[]): CommandIndex {
    const index = new CommandIndex();
    for (let i = 0; i + 2 < flat.length; i += 3) {
      index.#handled.set(String(flat[i]), {
        from: Number(flat[i + 1]),
        count: Number(flat[i + 2]),
      });
    }
    return index;
  }
}
