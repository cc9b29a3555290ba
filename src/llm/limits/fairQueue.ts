type Line<Item> = { readonly group: string; readonly items: Item[] };

/**
 * Waiting items, served in turn between owners and in order within each. Items of one group want the same
 * thing: while the one whose turn it is cannot be served, no other of its group is. So a large request is
 * not starved by small ones that would fit; groups do not hold each other up.
 */
export class FairQueue<Item> {
  /** In the order of their turns. */
  readonly #lines = new Map<string, Line<Item>>();

  get isEmpty(): boolean {
    return this.#lines.size === 0;
  }

  push(group: string, owner: string, item: Item): void {
    const name = JSON.stringify([group, owner]);
    const line = this.#lines.get(name);
    if (line) line.items.push(item);
    else this.#lines.set(name, { group, items: [item] });
  }

  remove(item: Item): void {
    for (const [name, { items }] of this.#lines) {
      const index = items.indexOf(item);
      if (index === -1) continue;
      items.splice(index, 1);
      if (items.length === 0) this.#lines.delete(name);
      return;
    }
  }

  /** Offers items until none is taken any more; who was served goes to the end. */
  serve(take: (item: Item) => boolean): void {
    const stuck = new Set<string>();
    // A line that is put back while this runs comes again at the end.
    for (const [name, line] of this.#lines) {
      const [head] = line.items;
      if (head === undefined || stuck.has(line.group)) continue;
      if (!take(head)) {
        stuck.add(line.group);
        continue;
      }
      line.items.shift();
      this.#lines.delete(name);
      if (line.items.length > 0) this.#lines.set(name, line);
    }
  }

  /** Empties the queue. */
  drain(): Item[] {
    const items = [...this.#lines.values()].flatMap((line) => line.items);
    this.#lines.clear();
    return items;
  }
}
