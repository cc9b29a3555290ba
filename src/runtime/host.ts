import type { NodeContext } from '../../actors/index.ts';
import {
  Corrupt,
  Unavailable,
  type ActorKind,
  type EventOf,
  type Head,
  type Recorded,
} from '../../events/index.ts';
import type {
  Actors,
  ActorState,
  Clock,
  Durability,
  EventLog,
  Instruction,
  Outcome,
  Vault,
} from '../ports.ts';
import { Cell, type CellDeps } from './cell.ts';
import type { Fold } from '../shared/fold.ts';
import { Seals } from './seals.ts';
import { SnapshotCache } from './snapshots.ts';

/** What the host needs of the log room. */
export type HostStore = {
  open(actor: string): Promise<EventLog>;
  reach(durability: Durability): Promise<Durability>;
  readonly vault: Vault;
  blobsHead(): Promise<Head>;
  /** The heads of all logs that take events, as they are stored now. */
  heads(): Promise<readonly Head[]>;
};

export type HostInit = {
  readonly store: HostStore;
  readonly clock: Clock;
  readonly snapshotsDir: string;
  /** Address of the node's own actor, the name in it, and the version of the program. */
  readonly node: { address: string; name: string; version: string };
  /** Actors kept in memory with their logs open; the longest unused make room. */
  readonly activeMax?: number;
};

type Listener = (events: readonly Recorded[]) => void;
type Entry = { readonly cell: Promise<Cell>; users: number };

const activeMaxDefault = 1000;
/** Events read from an actor's log before others get their turn. */
const readChunk = 1000;

/**
 * Hosts the actors of a node: one cell per address, recovered from its log when first spoken to, put to
 * sleep when others need the room.
 */
export class ActorHost implements Actors {
  readonly #init: HostInit;
  readonly #deps: CellDeps;
  // In order of use, the longest unused first.
  readonly #cells = new Map<string, Entry>();
  readonly #closing = new Map<string, Promise<void>>();
  readonly #listeners = new Set<Listener>();
  readonly #seals: Seals;
  /** The node's own cell is never put to sleep: it is the register of all others. */
  #node: Cell | null = null;
  #nodeLog = '';
  #stopping = false;

  private constructor(init: HostInit) {
    this.#init = init;
    this.#seals = new Seals({
      store: init.store,
      known: () => this.#known(),
      append: (heads) => this.#appendSeal(heads),
    });
    this.#deps = {
      clock: init.clock,
      vault: init.store.vault,
      snapshots: new SnapshotCache(init.snapshotsDir),
      reach: (durability) => init.store.reach(durability),
      createLog: (kind, actor) => this.#createLog(kind, actor),
      onEvents: (events) => {
        for (const listener of this.#listeners) listener(events);
      },
    };
  }

  /**
   * Recovers the node's own actor, records the start, and seals what a process before this one has left
   * unsealed. Throws Corrupt when the node's own log is not lawful.
   */
  static async start(init: HostInit): Promise<ActorHost> {
    const host = new ActorHost(init);
    const { address, name, version } = init.node;
    const log = await init.store.open(address);
    host.#nodeLog = log.key;
    host.#node = await Cell.recover('node', address, log, host.#deps);
    const { log: blobs } = await init.store.blobsHead();
    await host.handle({
      kind: 'node',
      actor: address,
      command: { type: 'start', name, version, blobs },
      commandId: `start/${log.length}`,
    });
    await host.#seals.start(log);
    return host;
  }

  async handle<Kind extends ActorKind>(instruction: Instruction<Kind>): Promise<Outcome<Kind>> {
    const { kind, actor } = instruction;
    if (this.#stopping && kind !== 'node') {
      throw new Unavailable('STOPPING', 'the node is shutting down; start it again to go on');
    }
    // The kind of the instruction is the kind of the cell; the types of its members follow from it.
    const outcome = await this.#use(kind, actor, (cell) =>
      cell.handle(instruction as Instruction<ActorKind>),
    );
    return ofKind(outcome);
  }

  async outcome<Kind extends ActorKind>(
    kind: Kind,
    actor: string,
    commandId: string,
  ): Promise<Outcome<Kind> | null> {
    if (!this.logOf(actor)) return null;
    const outcome = await this.#use(kind, actor, (cell) => cell.outcome(commandId));
    return ofKind(outcome);
  }

  async state<Kind extends ActorKind>(kind: Kind, actor: string): Promise<ActorState<Kind> | null> {
    if (!this.logOf(actor)) return null;
    return this.#use(kind, actor, async ({ state, version }) => ofKind({ ...state, version }));
  }

  /** The machine's own snapshot, for whoever asks the type of an actor what is due. */
  snapshot(kind: ActorKind, actor: string): Promise<Fold['snapshot']> {
    return this.#use(kind, actor, async (cell) => cell.snapshot);
  }

  async *events<Kind extends ActorKind>(
    kind: Kind,
    actor: string,
    from = 0,
  ): AsyncGenerator<Recorded<EventOf<Kind>>> {
    if (!this.logOf(actor)) return;
    const { version } = await this.#use(kind, actor, async (cell) => cell);
    for (let at = from; at < version; at += readChunk) {
      const chunk = await this.#use(kind, actor, (cell) => cell.events(at, at + readChunk));
      yield* ofKind<Recorded<EventOf<Kind>>[]>(chunk);
    }
  }

  logOf(actor: string): string | null {
    if (actor === this.#init.node.address) return this.#nodeLog;
    return this.#register[actor]?.log ?? null;
  }

  /** Every log of this node, its own first. */
  registered(): { actor: string; kind: ActorKind; log: string }[] {
    const own = { actor: this.#init.node.address, kind: 'node' as const, log: this.#nodeLog };
    const others = Object.entries(this.#register).map(([actor, entry]) => ({ actor, ...entry }));
    return [own, ...others];
  }

  /** Calls the listener with every batch of new events, in the order of each log; returns the way out. */
  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Seals the head of every log that has grown since it was sealed, but for the node's own: that one grows
   * with each seal. Returns how many there were. What is sealed is on disk.
   */
  seal(): Promise<number> {
    return this.#seals.seal(async () => {
      const heads = [...this.#cells].map(([actor, entry]) => this.#grownHead(actor, entry));
      return (await Promise.all(heads)).flatMap((head) => head ?? []);
    });
  }

  /** Finishes what is in the mailboxes, seals the heads of all logs touched, and records the stop. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const { address } = this.#init.node;
    await this.#closeAll();
    await this.#seals.end((await this.#node?.head()) ?? null);
    await this.handle({
      kind: 'node',
      actor: address,
      command: { type: 'stop' },
      commandId: `stop/${this.#node?.version ?? 0}`,
    });
    await this.#node?.close();
  }

  /** The log of texts, and all that are registered. */
  #known(): Set<string> {
    const logs = Object.values(this.#register).map(({ log }) => log);
    return new Set([ofKind<NodeContext>(this.#node?.state.context).blobs, ...logs]);
  }

  async #grownHead(actor: string, entry: Entry): Promise<Head | null> {
    const cell = await entry.cell.catch(() => null);
    const log = this.logOf(actor);
    if (!cell || cell.failed || !log) return null;
    return this.#seals.lack({ log, length: cell.version }) ? cell.head() : null;
  }

  async #appendSeal(heads: Head[]): Promise<void> {
    await this.handle({
      kind: 'node',
      actor: this.#init.node.address,
      command: { type: 'sealCheckpoint', heads },
      commandId: `seal/${this.#node?.version ?? 0}`,
    });
  }

  get #register(): NodeContext['logs'] {
    return this.#node ? ofKind<NodeContext>(this.#node.state.context).logs : {};
  }

  async #use<T>(kind: ActorKind, actor: string, work: (cell: Cell) => Promise<T>): Promise<T> {
    if (this.#node && actor === this.#init.node.address) return work(this.#node);
    const entry = this.#cells.get(actor) ?? { cell: this.#open(kind, actor), users: 0 };
    this.#cells.delete(actor);
    this.#cells.set(actor, entry);
    entry.users++;
    try {
      const cell = await entry.cell;
      if (cell.kind !== kind) throw new TypeError(`${actor} is a ${cell.kind}, not a ${kind}`);
      return await work(cell);
    } catch (error) {
      await this.#forgetIfFailed(actor, entry);
      throw error;
    } finally {
      entry.users--;
      await this.#makeRoom();
    }
  }

  async #open(kind: ActorKind, actor: string): Promise<Cell> {
    await this.#closing.get(actor);
    if (!this.logOf(actor)) return Cell.create(kind, actor, this.#deps);
    const log = await this.#init.store.open(actor);
    if (log.key !== this.logOf(actor)) {
      throw new Corrupt('LOG_CORRUPT', `the log of ${actor} is not the one that was registered`);
    }
    return Cell.recover(kind, actor, log, this.#deps);
  }

  // Registered before its first event, so that no log with a fact in it is unknown to the auditor.
  async #createLog(kind: ActorKind, actor: string): Promise<EventLog> {
    const log = await this.#init.store.open(actor);
    await this.handle({
      kind: 'node',
      actor: this.#init.node.address,
      command: { type: 'registerLog', actor, kind, log: log.key },
      commandId: `register/${actor}`,
      durability: 'process',
    });
    return log;
  }

  async #makeRoom(): Promise<void> {
    const excess = this.#cells.size - (this.#init.activeMax ?? activeMaxDefault);
    if (excess <= 0) return;
    const asleep = [...this.#cells].filter(([, { users }]) => users === 0).slice(0, excess);
    await Promise.all(asleep.map(([actor, entry]) => this.#close(actor, entry)));
  }

  async #forgetIfFailed(actor: string, entry: Entry): Promise<void> {
    const failed = await entry.cell.then(
      (cell) => cell.failed,
      () => true,
    );
    if (failed && this.#cells.get(actor) === entry) await this.#close(actor, entry);
  }

  #close(actor: string, entry: Entry): Promise<void> {
    this.#cells.delete(actor);
    const closed = this.#putToSleep(entry)
      .catch(() => undefined)
      .finally(() => this.#closing.delete(actor));
    this.#closing.set(actor, closed);
    return closed;
  }

  async #putToSleep(entry: Entry): Promise<void> {
    const cell = await entry.cell;
    // After an append or a sync that failed nobody can say what is on disk: the store will.
    const head = cell.failed ? null : await cell.head();
    if (head) this.#seals.sleep(head);
    await cell.close();
  }

  async #closeAll(): Promise<void> {
    await Promise.all([...this.#cells].map(([actor, entry]) => this.#close(actor, entry)));
    await Promise.all(this.#closing.values());
  }
}

// The kind of an instruction is the kind of its cell, and what comes back is of that kind; the compiler
// cannot follow a kind through a map of cells.
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- a cast by another name
function ofKind<T>(value: unknown): T {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
  return value as T;
}
