import type { StoreStorage } from 'hypercore';
import { discoveryKey, tree } from 'hypercore-crypto';
import { Corrupt, type Head } from '../../events/index.ts';
import { formatCheckpoint, Rfc6962, type Signer } from '../shared/note/index.ts';
import { hex } from './hypercoreLog.ts';
import { listCores, type StoredCore } from './storedCore.ts';

const readAhead = 512;
const emptyRoot = hex(tree([]));

/** Signs checkpoints of a store with the key of its node's own log. */
export class CheckpointSigner {
  readonly #storage: StoreStorage;
  readonly #node: { readonly name: string; readonly log: string };
  // A log only grows, and so does its tree from one checkpoint to the next.
  readonly #tree = new Rfc6962();
  #signer: Signer | null = null;

  constructor(storage: StoreStorage, node: { readonly name: string; readonly log: string }) {
    this.#storage = storage;
    this.#node = node;
  }

  /**
   * A signed note of the given logs as they lie in the store now. `settle` is called between reading and
   * signing: what it returns from is safe to be stated. Throws Corrupt when the node's own log cannot be
   * read, or its key is gone.
   */
  async sign(logs: readonly string[], at: string, settle: () => Promise<void>): Promise<string> {
    const signer = (this.#signer ??= await this.#readSigner());
    const wanted = new Set(logs);
    const cores = (await listCores(this.#storage)).flatMap((core) => ('key' in core ? [core] : []));
    const own = cores.find(({ key }) => key === this.#node.log);
    if (!own) throw this.#broken('is not in the store');
    await this.#grow(own);
    await settle();
    const statement = {
      node: this.#node.name,
      log: this.#node.log,
      size: own.length,
      root: this.#tree.root(),
      at,
      heads: cores.filter(({ key }) => wanted.has(key) || key === own.key).map(headOfCore),
    };
    return formatCheckpoint(statement, signer);
  }

  async #grow(own: StoredCore): Promise<void> {
    for (let from = this.#tree.size; from < own.length; from += readAhead) {
      for (const block of await own.blocks(from, Math.min(own.length, from + readAhead))) {
        if ('unreadable' in block) throw this.#broken(`cannot be read: ${block.unreadable}`);
        this.#tree.append(block);
      }
    }
    if (this.#tree.size !== own.length) throw this.#broken('is shorter than it was');
  }

  async #readSigner(): Promise<Signer> {
    const info = await this.#storage.getInfo(discoveryKey(Buffer.from(this.#node.log, 'hex')));
    const keyPair = info?.auth?.keyPair;
    if (keyPair) return keyPair;
    throw this.#broken('has no secret key in the store');
  }

  #broken(why: string): Corrupt {
    const message = `the log of the node ${why}; run bzzz audit verify`;
    return new Corrupt('LOG_CORRUPT', message, { data: { log: this.#node.log } });
  }
}

/** The head of a log as it is stored. */
export function headOfCore({ key, length, rootHash, fork }: StoredCore): Head {
  return { log: key, length, root: length > 0 && rootHash ? hex(rootHash) : emptyRoot, fork };
}
