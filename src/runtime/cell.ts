import {
  Corrupt,
  decodeRecorded,
  Refusal,
  Unavailable,
  sha256Hex,
  type ActorKind,
  type Head,
  type Recorded,
} from '../../events/index.ts';
import type { Clock, Durability, EventLog, Instruction, Outcome, Vault } from '../ports.ts';
import { CommandIndex, type Handled } from './commandIndex.ts';
import { actorTypes, Fold } from '../shared/fold.ts';
import { requireLawful } from './gate.ts';
import { readBack } from './readBack.ts';
import { record, type Draft } from './record.ts';
import type { SnapshotCache } from './snapshots.ts';

/** What a cell needs of the world. */
export type CellDeps = {
  readonly clock: Clock;
  readonly vault: Vault;
  readonly snapshots: SnapshotCache;
  /** Resolves when what was appended before is as safe as asked for. */
  reach(durability: Durability): Promise<Durability>;
  /** The log of an actor that had none: made, and registered before its first event. */
  createLog(kind: ActorKind, actor: string): Promise<EventLog>;
  /** Called with events that are folded, and as durable as their command asked for. */
  onEvents(events: readonly Recorded[]): void;
};

/** Events between two snapshots: a recovery folds no more than about this many. */
const snapshotEvery = 500;

/** Commands that share an append, and bytes after which no other joins them. */
const batchMax = 256;
const batchBytesMax = 1024 * 1024;

/** A command in the mailbox. */
type Mail = {
  readonly instruction: Instruction<ActorKind>;
  readonly resolve: (handled: { outcome: Outcome; fresh: boolean }) => void;
  readonly reject: (error: unknown) => void;
};

/** A command that is decided and folded, and still to be appended. */
type Decided = Draft & { readonly mail: Mail; readonly version: number };

/**
 * One actor at work: its log, its folded state, its mailbox. Commands are decided one after the other; those
 * that wait together are appended together, and the wait for durability overlaps with the next of them, so
 * that many callers share an append and a sync. Nobody sees a state that is not in the log.
 */
export class Cell {
  readonly #kind: ActorKind;
  readonly #actor: string;
  readonly #deps: CellDeps;
  #log: EventLog | null = null;
  #fold: Fold;
  #commands = new CommandIndex();
  #snapshotAt = 0;
  /** When the last event was recorded: a clock that is set back does not take the log with it. */
  #latestMs = 0;
  #saved: Promise<void> = Promise.resolve();
  #mailbox: Mail[] = [];
  #work: Promise<void> | null = null;
  /** What others see: the state after the events that are in the log, and their number. */
  #appended: { snapshot: Fold['snapshot']; length: number };
  #failure: Error | null = null;

  private constructor(kind: ActorKind, actor: string, deps: CellDeps) {
    this.#kind = kind;
    this.#actor = actor;
    this.#deps = deps;
    this.#fold = new Fold(kind);
    this.#appended = { snapshot: this.#fold.snapshot, length: 0 };
  }

  /** An actor without a history; its log is made with its first event. */
  static create(kind: ActorKind, actor: string, deps: CellDeps): Cell {
    return new Cell(kind, actor, deps);
  }

  /** An actor as its log says it is. Throws Corrupt at the first event that is not lawful. */
  static async recover(
    kind: ActorKind,
    actor: string,
    log: EventLog,
    deps: CellDeps,
  ): Promise<Cell> {
    const cell = new Cell(kind, actor, deps);
    cell.#log = log;
    const cached = await deps.snapshots.load(actor, cell.#machine, log);
    if (cached) {
      cell.#fold = new Fold(kind, cached.snapshot);
      cell.#commands = cached.commands;
      cell.#snapshotAt = cached.length;
    }
    let seq = cell.#snapshotAt;
    for await (const block of log.read(seq)) {
      const { meta, event } = decodeRecorded(block, { log: log.key, seq });
      if (meta.seq !== seq || !cell.#fold.accept(event)) {
        throw new Corrupt(
          'LOG_UNLAWFUL',
          `${actor}: event ${seq} (${event.type}) is not lawful there; run bzzz audit verify`,
          { data: { actor, seq } },
        );
      }
      cell.#commands.note(meta.command, seq++);
      cell.#latestMs = Date.parse(meta.at);
    }
    if (seq > 0 && cell.#latestMs === 0) cell.#latestMs = await recordedMs(log, seq - 1);
    cell.#appended = { snapshot: cell.#fold.snapshot, length: seq };
    return cell;
  }

  get kind(): ActorKind {
    return this.#kind;
  }

  get version(): number {
    return this.#appended.length;
  }

  /** True after an append or a sync that failed: the log knows the state, this copy does not. */
  get failed(): boolean {
    return this.#failure !== null;
  }

  get state(): Fold['state'] {
    const snapshot: Fold['state'] = this.#appended.snapshot;
    return { value: snapshot.value, context: snapshot.context };
  }

  get snapshot(): Fold['snapshot'] {
    return this.#appended.snapshot;
  }

  async handle(instruction: Instruction<ActorKind>): Promise<Outcome> {
    const { promise, resolve, reject } = Promise.withResolvers<{
      outcome: Outcome;
      fresh: boolean;
    }>();
    this.#mailbox.push({ instruction, resolve, reject });
    this.#work ??= this.#empty();
    const { outcome, fresh } = await promise;
    const durability = await this.#deps
      .reach(instruction.durability ?? 'disk')
      .catch((error: unknown) => this.#fail(error));
    if (fresh) this.#deps.onEvents(outcome.events);
    return { ...outcome, durability };
  }

  async outcome(commandId: string): Promise<Outcome | null> {
    // One that is folded may still be on its way to the log.
    if (this.#commands.find(commandId)) await this.#work;
    const handled = this.#commands.find(commandId);
    return handled ? this.#recall(handled) : null;
  }

  /** Length and root of the log once all commands taken so far are appended; null without a log. */
  async head(): Promise<Head | null> {
    await this.#work;
    return this.#log ? this.#log.head() : null;
  }

  /** Writes a snapshot if enough has happened since the last one, and lets go of the log. */
  async close(): Promise<void> {
    await this.#work;
    if (!this.failed && this.version > this.#snapshotAt) this.#saveSnapshot();
    await this.#saved;
    await this.#log?.close();
  }

  /** Works until the mailbox is empty. Never throws: each command hears of its own fate. */
  async #empty(): Promise<void> {
    // Whoever speaks in the same turn of the event loop is heard with the first.
    await Promise.resolve();
    while (this.#mailbox.length > 0) {
      const decided = await this.#decideSome();
      await this.#append(decided).catch((error: unknown) => {
        for (const { mail } of decided) mail.reject(error);
      });
    }
    this.#work = null;
  }

  /** Decides and folds commands in the order in which they came, as many as may share an append. */
  async #decideSome(): Promise<Decided[]> {
    const decided: Decided[] = [];
    let length = this.version;
    let bytes = 0;
    while (decided.length < batchMax && bytes < batchBytesMax) {
      const mail = this.#mailbox[0];
      // The same command again gets the outcome of the first, which has to be appended before.
      const twin = decided.some((one) => isSameCommand(one.mail, mail));
      if (!mail || twin) break;
      this.#mailbox.shift();
      try {
        const handled = this.#commands.find(mail.instruction.commandId);
        if (this.#failure) throw this.#failure;
        mail.instruction.signal?.throwIfAborted();
        if (handled) {
          mail.resolve({ outcome: await this.#recall(handled), fresh: false });
          continue;
        }
        const draft = await this.#decide(mail.instruction, length);
        length += draft.events.length;
        bytes += draft.blocks.reduce((sum, block) => sum + block.byteLength, 0);
        decided.push({ ...draft, mail, version: length });
      } catch (error) {
        mail.reject(error);
      }
    }
    return decided;
  }

  async #decide(instruction: Instruction<ActorKind>, from: number): Promise<Draft> {
    const { commandId: command, expectedVersion } = instruction;
    this.#requireVersion(expectedVersion, from);
    const nowMs = this.#deps.clock.nowMs();
    const type = actorTypes[this.#kind];
    const facts = type.decide({ ...instruction.command, nowMs }, this.#fold.snapshot);
    const befores = requireLawful(type, this.#fold.snapshot, facts);
    if (facts.length === 0) return { events: [], blocks: [] };
    const log = (this.#log ??= await this.#deps.createLog(this.#kind, this.#actor));
    const atMs = Math.max(nowMs, this.#latestMs);
    const place = { type, actor: this.#actor, log: log.key, from, atMs, command };
    const draft = await record(place, facts, befores, this.#deps.vault);
    this.#latestMs = atMs;
    for (const { meta, event } of draft.events) {
      if (!this.#fold.accept(event)) {
        this.#fail(new Corrupt('LOG_UNLAWFUL', `${this.#actor}: ${event.type} was let through`));
      }
      this.#commands.note(command, meta.seq);
    }
    return draft;
  }

  async #append(decided: readonly Decided[]): Promise<void> {
    const blocks = decided.flatMap((draft) => draft.blocks);
    if (blocks.length > 0) {
      const from = this.version;
      await this.#log?.append(blocks, from).catch((error: unknown) => this.#fail(error));
      this.#appended = { snapshot: this.#fold.snapshot, length: from + blocks.length };
      if (this.version - this.#snapshotAt >= snapshotEvery) this.#saveSnapshot();
    }
    for (const { events, blocks: own, mail, version } of decided) {
      const hashes = own.map((block) => sha256Hex(block));
      const outcome: Outcome = { events, hashes, version, durability: 'process', repeated: false };
      mail.resolve({ outcome, fresh: events.length > 0 });
    }
  }

  // What is folded may not be in the log, or not on disk: this copy of the actor must not be used again.
  #fail(error: unknown): never {
    const failure = error instanceof Error ? error : new Error(String(error));
    const lost = !(failure instanceof Unavailable) || failure.code === 'STORAGE_FAILED';
    if (lost) this.#failure = failure;
    throw failure;
  }

  /** Events from (inclusive) to (exclusive), as far as there are any. */
  async events(from: number, to: number): Promise<Recorded[]> {
    return (await readBack(this.#log, from, Math.min(to, this.version))).map(
      ({ recorded }) => recorded,
    );
  }

  async #recall({ from, count }: Handled): Promise<Outcome> {
    const found = await readBack(this.#log, from, from + count);
    return {
      events: found.map(({ recorded }) => recorded),
      hashes: found.map(({ block }) => sha256Hex(block)),
      version: this.version,
      durability: 'process',
      repeated: true,
    };
  }

  #requireVersion(expected: number | undefined, found: number): void {
    if (expected === undefined || expected === found) return;
    throw new Refusal(
      'VERSION_CONFLICT',
      `${this.#actor} is at version ${found}, not ${expected}; read it again`,
      { data: { expected, found } },
    );
  }

  // No command waits for it, or fails with it: what is not in the cache is in the log.
  #saveSnapshot(): void {
    const log = this.#log;
    if (!log) return;
    const { length } = this.#appended;
    const folded = { length, snapshot: this.#fold.persist(), commands: this.#commands.flat() };
    this.#snapshotAt = length;
    this.#saved = this.#saved
      .then(() => this.#deps.snapshots.save(this.#actor, this.#machine, log, folded))
      .catch(() => undefined);
  }

  get #machine(): string {
    const { kind, version } = actorTypes[this.#kind];
    return `${kind}/${version}`;
  }
}

async function recordedMs(log: EventLog, seq: number): Promise<number> {
  const [last] = await readBack(log, seq, seq + 1);
  return last ? Date.parse(last.recorded.meta.at) : 0;
}

function isSameCommand({ instruction }: Mail, other: Mail | undefined): boolean {
  return instruction.commandId === other?.instruction.commandId;
}
