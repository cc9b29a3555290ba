import type { StoredLog } from './evidence.ts';
import type { Difference } from './findings.ts';
import { hex, type MerkleTree } from './merkle.ts';

/** Length and root of a log that its node has sealed in event `seq` of the node's own log. */
export type Seal = {
  readonly length: number;
  readonly root: string;
  readonly seq: number;
};

/** Holds a growing tree against the seals of its log. */
export class SealCheck {
  readonly #seals: readonly Seal[];
  readonly #log: Pick<StoredLog, 'length'>;
  #next = 0;
  #kept = 0;
  #broken: Difference | null = null;

  constructor(log: Pick<StoredLog, 'length'>, seals: readonly Seal[]) {
    this.#log = log;
    this.#seals = seals.toSorted((a, b) => a.length - b.length);
  }

  /** To be called with the empty tree and after every block. */
  reach(tree: MerkleTree): void {
    for (
      let seal = this.#seals[this.#next];
      seal?.length === tree.length;
      seal = this.#seals[++this.#next]
    ) {
      const root = hex(tree.hash());
      if (root === seal.root) this.#kept = seal.length;
      else this.#broken ??= this.#rewritten(seal, root);
    }
  }

  /** The first seal that the log contradicts, once the tree is whole. */
  get broken(): Difference | null {
    const seal = this.#seals[this.#next];
    return this.#broken ?? (seal ? this.#shortened(seal) : null);
  }

  #rewritten({ seq, length, root }: Seal, found: string): Difference {
    return {
      check: 'seal',
      field: 'root',
      expected: root,
      found,
      message:
        `the first ${length} events are not those that the node sealed in its event ${seq}; ` +
        (this.#kept > 0 ? `the first ${this.#kept} still are` : 'no earlier seal vouches for any'),
    };
  }

  #shortened({ seq, length }: Seal): Difference {
    return {
      check: 'seal',
      seq: this.#log.length,
      field: 'length',
      expected: length,
      found: this.#log.length,
      message: `the log held ${length} events when the node sealed it in its event ${seq}; the last are gone`,
    };
  }
}
