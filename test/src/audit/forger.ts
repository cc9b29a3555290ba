import Corestore from 'corestore';
import Hypercore, { type BlockStorage, type StoreStorage } from 'hypercore';
import { discoveryKey, keyPair } from 'hypercore-crypto';
import { treeSignable } from 'hypercore/lib/caps.js';
import Verifier from 'hypercore/lib/verifier.js';
import {
  decodeRecorded,
  encodeRecorded,
  kindOf,
  nodeAddress,
  sha256Hex,
  type BzzzEvent,
  type Recorded,
} from '../../../events/index.ts';
import { MerkleTree } from '../../../src/audit/merkle.ts';
import { readNodeFile, type DataDir } from '../../../src/log/index.ts';
import { Fold } from '../../../src/shared/fold.ts';
import { stateHash } from '../../../src/shared/stateHash.ts';

type Auth = { key: Uint8Array; manifest: object; keyPair: object };
type StoredHead = {
  fork: number;
  length: number;
  rootHash: Uint8Array;
  signature: Uint8Array;
  timestamp: number;
};
type Raw = { core: BlockStorage; auth: Auth; length: number; fork: number; head: StoredHead };

/** Somebody with the disk, and with the keys that lie on it, who changes what was recorded. */
export class Forger {
  readonly #storage: StoreStorage;
  readonly #nodeLog: string;

  private constructor(storage: StoreStorage, nodeLog: string) {
    this.#storage = storage;
    this.#nodeLog = nodeLog;
  }

  static async at<T>(dir: DataDir, forge: (forger: Forger) => Promise<T>): Promise<T> {
    const storage = Hypercore.defaultStorage(dir.store, { readOnly: false, allowBackup: true });
    await storage.ready();
    try {
      return await forge(new Forger(storage, (await readNodeFile(dir))?.log ?? ''));
    } finally {
      await storage.close();
    }
  }

  /** The key of an actor's log; of the log of texts for `texts`. */
  async keyOf(actor: string): Promise<string> {
    if (actor === nodeAddress('local')) return this.#nodeLog;
    for (const { event } of await this.#read(this.#nodeLog)) {
      if (event.type === 'node.log.registered' && event.actor === actor) return event.log;
      if (event.type === 'node.started' && actor === 'texts') return event.blobs;
    }
    throw new TypeError(`${actor} is not registered`);
  }

  async events(actor: string): Promise<Recorded[]> {
    return this.#read(await this.keyOf(actor));
  }

  async #read(key: string): Promise<Recorded[]> {
    const blocks = await this.#blocks(await this.#open(key));
    return blocks.map((block, seq) => decodeRecorded(block, { log: key, seq }));
  }

  /** Has RocksDB move what is in its write-ahead log into table files. */
  flush(): Promise<void> {
    return this.#storage.db.flush();
  }

  /** Changes bytes of one block and nothing else. */
  async changeBlock(key: string, seq: number, block: (was: Uint8Array) => Uint8Array) {
    const raw = await this.#open(key);
    const was = (await this.#blocks(raw))[seq];
    if (!was) throw new TypeError(`no block ${seq}`);
    const tx = raw.core.write();
    tx.putBlock(seq, block(was));
    await tx.flush();
  }

  async deleteBlock(key: string, seq: number): Promise<void> {
    const tx = (await this.#open(key)).core.write();
    tx.deleteBlock(seq);
    await tx.flush();
  }

  async changeNode(key: string, index: number): Promise<void> {
    const tx = (await this.#open(key)).core.write();
    tx.putTreeNode({ index, size: 1, hash: new Uint8Array(32) });
    await tx.flush();
  }

  /** Makes the tree fit the blocks, as anybody can; the head stays. */
  async rebuildTree(key: string): Promise<void> {
    const raw = await this.#open(key);
    await this.#write(raw, await this.#blocks(raw), 'unsigned');
  }

  /** Replaces the events of a log by others, well placed and signed with the key of the log. */
  async rewrite(
    actor: string,
    change: (events: readonly Recorded[]) => readonly Recorded[],
  ): Promise<void> {
    await this.record(await this.keyOf(actor), change(await this.events(actor)));
  }

  /**
   * Writes the events of a log, well placed, with the states they lead to, and signs them. Those that are what
   * they were keep their very bytes.
   */
  async record(key: string, events: readonly Recorded[]): Promise<void> {
    const blocks = await this.blocksOf(key);
    const known = new Map(
      blocks.map((block, seq) => [JSON.stringify(decodeRecorded(block, { log: key, seq })), block]),
    );
    const placed = events.map(({ meta, ...rest }, seq) => ({ meta: { ...meta, seq }, ...rest }));
    await this.replace(
      key,
      marked(placed).map(
        (recorded) => known.get(JSON.stringify(recorded)) ?? encodeRecorded(recorded),
      ),
    );
  }

  /** Replaces the blocks of a log and signs them, with the key of the log or another one. */
  async replace(
    key: string,
    blocks: readonly Uint8Array[],
    by: 'own' | 'foreign' = 'own',
  ): Promise<void> {
    await this.#write(await this.#open(key), blocks, by);
  }

  /** Stores a tree that fits the blocks, and its root, under the signature that is there. */
  async rebuildRoot(key: string): Promise<void> {
    const raw = await this.#open(key);
    await this.#write(raw, await this.#blocks(raw), 'stale');
  }

  /** Changes what is stored as the head of a log: length, root, signature, fork. */
  async changeHead(key: string, change: (head: StoredHead) => Partial<StoredHead>): Promise<void> {
    const { core, head } = await this.#open(key);
    const tx = core.write();
    tx.setHead({ ...head, ...change(head) });
    await tx.flush();
  }

  /** What an entry in a thread refers to a statement by. */
  async hashOf(key: string, seq: number): Promise<string> {
    return sha256Hex((await this.blocksOf(key))[seq] ?? new Uint8Array());
  }

  async blocksOf(key: string): Promise<Uint8Array[]> {
    return this.#blocks(await this.#open(key));
  }

  /** Takes back the last events, and says others, through hypercore itself. */
  async truncate(key: string, length: number, ...blocks: Uint8Array[]): Promise<void> {
    const store = new Corestore(this.#storage);
    const core = store.get({ key: Buffer.from(key, 'hex') });
    await core.ready();
    await core.truncate(length);
    await core.append(blocks);
    await core.close();
  }

  /** Signs, through hypercore itself, whatever the log holds by now. */
  async append(key: string, ...blocks: Uint8Array[]): Promise<void> {
    const core = new Corestore(this.#storage).get({ key: Buffer.from(key, 'hex') });
    await core.ready();
    await core.append(blocks);
    await core.close();
  }

  async remove(key: string): Promise<void> {
    await this.#storage.deleteCore((await this.#open(key)).core.core);
  }

  /** A log of nobody. */
  async intrude(...blocks: Uint8Array[]): Promise<string> {
    const core = new Corestore(this.#storage).get({ name: 'intruder' });
    await core.ready();
    if (blocks.length > 0) await core.append(blocks);
    const key = Buffer.from(core.key).toString('hex');
    await core.close();
    return key;
  }

  /** Stores another signer beside the key. */
  async changeSigner(key: string): Promise<void> {
    const { core, auth } = await this.#open(key);
    const { publicKey } = keyPair();
    const manifest = {
      ...auth.manifest,
      signers: [{ signature: 'ed25519', publicKey, namespace: new Uint8Array(32) }],
    };
    const tx = core.write();
    tx.setAuth({ ...auth, discoveryKey: discoveryKey(auth.key), manifest });
    await tx.flush();
  }

  async #open(key: string): Promise<Raw> {
    const name = discoveryKey(Buffer.from(key, 'hex'));
    const info = await this.#storage.getInfo(name);
    const core = await this.#storage.resumeCore(name);
    if (!info?.auth || !core) throw new TypeError(`no log ${key}`);
    const nothing = new Uint8Array();
    const head = { fork: 0, length: 0, rootHash: nothing, signature: nothing, timestamp: 0 };
    Object.assign(head, info.head);
    const { length, fork } = head;
    const { key: bytes, manifest, keyPair: own } = info.auth;
    if (!manifest || !own) throw new TypeError(`no key pair of ${key}`);
    return { core, auth: { key: bytes, manifest, keyPair: own }, length, fork, head };
  }

  async #blocks({ core, length }: Raw): Promise<Uint8Array[]> {
    const reader = core.read();
    const blocks = Array.from({ length }, (_, seq) => reader.getBlock(seq));
    reader.tryFlush();
    return (await Promise.all(blocks)).map((block) => block ?? new Uint8Array());
  }

  async #write(
    { core, auth, length, fork, head }: Raw,
    blocks: readonly Uint8Array[],
    by: 'own' | 'foreign' | 'stale' | 'unsigned',
  ): Promise<void> {
    const tx = core.write();
    tx.deleteTreeNodeRange(0, -1);
    tx.deleteBlockRange(0, length);
    const tree = new MerkleTree();
    for (const [seq, block] of blocks.entries()) {
      tx.putBlock(seq, block);
      for (const node of tree.append(block)) tx.putTreeNode(node);
    }
    if (by !== 'unsigned') {
      const rootHash = tree.hash();
      const signature =
        by === 'stale'
          ? head.signature
          : signatureOf(auth, { rootHash, length: blocks.length, fork }, by);
      tx.setHead({ fork, length: blocks.length, rootHash, signature, timestamp: 0 });
    }
    await tx.flush();
  }
}

function signatureOf(
  { manifest, keyPair: own }: Auth,
  { rootHash, length, fork }: { rootHash: Uint8Array; length: number; fork: number },
  by: 'own' | 'foreign',
): Uint8Array {
  const tree = {
    length,
    fork,
    hash: () => rootHash,
    signable: (context: Uint8Array) => treeSignable(context, rootHash, length, fork),
  };
  const verifier = Verifier.fromManifest(manifest);
  if (by === 'own') return verifier.sign(tree, own);
  const foreign = keyPair();
  const stranger = Verifier.fromManifest({
    version: 1,
    signers: [{ publicKey: foreign.publicKey }],
  });
  return stranger.sign(tree, foreign);
}

/** The same events, each with the state that its machine has come to, where one is recorded. */
function marked(events: readonly Recorded[]): Recorded[] {
  const kind = kindOf(events[0]?.event.type ?? '');
  const fold = kind && new Fold(kind);
  let lawful = true;
  return events.map((recorded) => {
    const { meta, event } = recorded;
    const state = fold && lawful && meta.state && { ...meta.state, hash: stateHash(fold.state) };
    lawful &&= fold?.accept(event) ?? false;
    return state ? { ...recorded, meta: { ...meta, state } } : recorded;
  });
}

/** The same events with the first of a type changed; of those that `which` is true of. */
export function changing<Type extends BzzzEvent['type']>(
  type: Type,
  change: (event: EventNamed<Type>) => BzzzEvent,
  which: (event: EventNamed<Type>) => boolean = () => true,
): (events: readonly Recorded[]) => Recorded[] {
  return (events) => {
    const at = events.findIndex(({ event }) => isNamed(type, event) && which(event));
    return events.map((recorded, seq) =>
      seq === at && isNamed(type, recorded.event)
        ? { ...recorded, event: change(recorded.event) }
        : recorded,
    );
  };
}

export type EventNamed<Type extends BzzzEvent['type']> = Extract<BzzzEvent, { type: Type }>;

export function isNamed<Type extends BzzzEvent['type']>(
  type: Type,
  event: BzzzEvent,
): event is EventNamed<Type> {
  return event.type === type;
}
