import type { AnyMachineSnapshot } from 'xstate';
import type { Fact } from '../../actors/index.ts';
import {
  Corrupt,
  decodeRecorded,
  encodeRecorded,
  Refusal,
  Unavailable,
  schemaVersion,
  sha256Hex,
  stateDueAt,
  type ActorKind,
  type Head,
  type Meta,
  type Recorded,
} from '../../events/index.ts';
import type { Clock, Durability, EventLog, Instruction, Outcome, Vault } from '../ports.ts';
import { uuidV7 } from '../shared/ids.ts';
import { CommandIndex, type Handled } from './commandIndex.ts';
import { actorTypes, Fold } from '../shared/fold.ts';
import { stateHash } from '../shared/stateHash.ts';
import { requireLawful } from './gate.ts';
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

/**
 * One actor at work: its log, its folded state, its mailbox. Commands are decided and appended one at a
 * time; the wait for durability overlaps with the next command, so that many callers share a sync.
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
  #mailbox: Promise<unknown> = Promise.resolve();
  #failure: Error | null = null;

  private constructor(kind: ActorKind, actor: string, deps: CellDeps) {
    this.#kind = kind;
    this.#actor = actor;
    this.#deps = deps;
    this.#fold = new Fold(kind);
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
    return cell;
  }

  get kind(): ActorKind {
    return this.#kind;
  }

  get version(): number {
    return this.#log?.length ?? 0;
  }

  /** True after an append or a sync that failed: the log knows the state, this copy does not. */
  get failed(): boolean {
    return this.#failure !== null;
  }

  get state(): Fold['state'] {
    return this.#fold.state;
  }

  get snapshot(): Fold['snapshot'] {
    return this.#fold.snapshot;
  }

  async handle(instruction: Instruction<ActorKind>): Promise<Outcome> {
    const appended = this.#mailbox.then(() => this.#decideAndAppend(instruction));
    this.#mailbox = appended.catch(() => undefined);
    const { outcome, fresh } = await appended;
    const durability = await this.#deps
      .reach(instruction.durability ?? 'disk')
      .catch((error: unknown) => this.#fail(error));
    if (fresh) this.#deps.onEvents(outcome.events);
    return { ...outcome, durability };
  }

  async outcome(commandId: string): Promise<Outcome | null> {
    const handled = this.#commands.find(commandId);
    return handled ? this.#recall(handled) : null;
  }

  /** Length and root of the log once all commands taken so far are appended; null without a log. */
  async head(): Promise<Head | null> {
    await this.#mailbox;
    return this.#log ? this.#log.head() : null;
  }

  /** Writes a snapshot if enough has happened since the last one, and lets go of the log. */
  async close(): Promise<void> {
    await this.#mailbox;
    if (!this.failed && this.version > this.#snapshotAt) this.#saveSnapshot();
    await this.#saved;
    await this.#log?.close();
  }

  async #decideAndAppend(
    instruction: Instruction<ActorKind>,
  ): Promise<{ outcome: Outcome; fresh: boolean }> {
    if (this.#failure) throw this.#failure;
    instruction.signal?.throwIfAborted();
    const handled = this.#commands.find(instruction.commandId);
    if (handled) return { outcome: await this.#recall(handled), fresh: false };
    this.#requireVersion(instruction.expectedVersion);
    const nowMs = this.#deps.clock.nowMs();
    const type = actorTypes[this.#kind];
    const facts = type.decide({ ...instruction.command, nowMs }, this.#fold.snapshot);
    const befores = requireLawful(type, this.#fold.snapshot, facts);
    const { events, hashes } = await this.#append(facts, befores, instruction.commandId, nowMs);
    const outcome: Outcome = {
      events,
      hashes,
      version: this.version,
      durability: 'process',
      repeated: false,
    };
    return { outcome, fresh: events.length > 0 };
  }

  async #append(
    facts: readonly Fact[],
    befores: readonly AnyMachineSnapshot[],
    command: string,
    nowMs: number,
  ): Promise<{ events: Recorded[]; hashes: string[] }> {
    if (facts.length === 0) return { events: [], hashes: [] };
    const log = (this.#log ??= await this.#deps.createLog(this.#kind, this.#actor));
    const from = log.length;
    const latestMs = Math.max(nowMs, this.#latestMs);
    const at = new Date(latestMs).toISOString();
    const events: Recorded[] = [];
    for (const [index, { event, body, copied }] of facts.entries()) {
      const seq = from + index;
      const before = stateDueAt(seq) ? befores[index] : undefined;
      const meta = {
        id: uuidV7(latestMs),
        v: schemaVersion,
        at,
        actor: this.#actor,
        stream: log.key,
        seq,
        command,
        ...(before && { state: this.#mark(before) }),
        ...(copied && { cause: copied.from }),
      };
      const sealed = copied
        ? copied.body
        : body && (await this.#deps.vault.seal(body.subject, body.text));
      events.push({ meta, event, ...(sealed && { body: sealed }) });
    }
    const blocks = events.map((event) => encodeRecorded(event));
    await log.append(blocks, from).catch((error: unknown) => this.#fail(error));
    this.#latestMs = latestMs;
    for (const { meta, event } of events) {
      if (!this.#fold.accept(event)) {
        this.#fail(new Corrupt('LOG_UNLAWFUL', `${this.#actor}: ${event.type} was let through`));
      }
      this.#commands.note(command, meta.seq);
    }
    if (this.version - this.#snapshotAt >= snapshotEvery) this.#saveSnapshot();
    return { events, hashes: blocks.map((block) => sha256Hex(block)) };
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
    return (await this.#read(from, Math.min(to, this.version))).map(({ recorded }) => recorded);
  }

  async #recall({ from, count }: Handled): Promise<Outcome> {
    const found = await this.#read(from, from + count);
    return {
      events: found.map(({ recorded }) => recorded),
      hashes: found.map(({ block }) => sha256Hex(block)),
      version: this.version,
      durability: 'process',
      repeated: true,
    };
  }

  async #read(from: number, to: number): Promise<{ recorded: Recorded; block: Uint8Array }[]> {
    const found: { recorded: Recorded; block: Uint8Array }[] = [];
    if (!this.#log) return found;
    for await (const block of this.#log.read(from, to)) {
      const where = { log: this.#log.key, seq: from + found.length };
      found.push({ recorded: decodeRecorded(block, where), block });
    }
    return found;
  }

  #requireVersion(expected: number | undefined): void {
    if (expected === undefined || expected === this.version) return;
    throw new Refusal(
      'VERSION_CONFLICT',
      `${this.#actor} is at version ${this.version}, not ${expected}; read it again`,
      { data: { expected, found: this.version } },
    );
  }

  // No command waits for it, or fails with it: what is not in the cache is in the log.
  #saveSnapshot(): void {
    const log = this.#log;
    if (!log) return;
    const length = log.length;
    const folded = { length, snapshot: this.#fold.persist(), commands: this.#commands.flat() };
    this.#snapshotAt = length;
    this.#saved = this.#saved
      .then(() => this.#deps.snapshots.save(this.#actor, this.#machine, log, folded))
      .catch(() => undefined);
  }

  /** What an auditor compares with when the log is replayed. */
  #mark({ value, context }: { value: unknown; context: unknown }): Meta['state'] {
    return { machine: actorTypes[this.#kind].version, hash: stateHash({ value, context }) };
  }

  get #machine(): string {
    const { kind, version } = actorTypes[this.#kind];
    return `${kind}/${version}`;
  }
}

async function recordedMs(log: EventLog, seq: number): Promise<number> {
  for await (const block of log.read(seq, seq + 1))
    return Date.parse(decodeRecorded(block, { log: log.key, seq }).meta.at);
  return 0;
}
