import type { StoredLog } from './evidence.ts';
import type { Difference } from './findings.ts';
import { hex, type MerkleTree } from './merkle.ts';

/** Length and root that a log has had, as somebody says. */
type Vouched = { readonly length: number; readonly root: string };
/** The node says so, in event `seq` of its own log. */
export type NodeSeal = Vouched & { readonly seq: number };
/** A checkpoint says so: by its place among those that the store is held against. */
export type WitnessedHead = Vouched & { readonly checkpoint: number };
export type Seal = NodeSeal | WitnessedHead;

/** A witnessed head, and what the log has instead: at that length, or in all when it is shorter. */
export type Contradiction = { readonly head: WitnessedHead; readonly found: Vouched };

/** Holds a growing tree against the heads that its log has had. */
export class SealCheck {
  readonly #seals: readonly Seal[];
  readonly #log: Pick<StoredLog, 'length'>;
  readonly #contradicted: Contradiction[] = [];
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
      if ('checkpoint' in seal) {
        const found = { length: seal.length, root };
        if (root !== seal.root) this.#contradicted.push({ head: seal, found });
      } else if (root === seal.root) this.#kept = seal.length;
      else this.#broken ??= this.#rewritten(seal, root);
    }
  }

  /** The first seal of the node that the log contradicts, once the tree is whole. */
  get broken(): Difference | null {
    const seal = this.#seals.slice(this.#next).find((left) => 'seq' in left);
    return this.#broken ?? (seal ? this.#shortened(seal) : null);
  }

  /** The witnessed heads that the log contradicts, shortest first, once the tree is whole and has that root. */
  contradicted(root: string): Contradiction[] {
    const found = { length: this.#log.length, root };
    const missed = this.#seals
      .slice(this.#next)
      .flatMap((seal) => ('checkpoint' in seal ? [{ head: seal, found }] : []));
    return [...this.#contradicted, ...missed];
  }

  #rewritten({ seq, length, root }: NodeSeal, found: string): Difference {
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

  #shortened({ seq, length }: NodeSeal): Difference {
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
