import type { Config } from './config/index.ts';
import { Corrupt, nodeAddress, Refusal, sha256Hex } from '../events/index.ts';
import { CheckpointFile, rootAt, type LogStore } from './log/index.ts';
import type { Clock, EventLog } from './ports.ts';
import { startSealing, type ActorHost, type Sealing } from './runtime/index.ts';
import { cosignersOf, parseCheckpoint, type Witness } from './shared/note/index.ts';

/** Checkpoints of a node at work: sealed at an interval, and left in a file if one is configured. */
export class Checkpoints {
  readonly #config: Config['checkpoint'];
  readonly #file: CheckpointFile | null;
  readonly #note: (host: ActorHost) => Promise<string>;
  #sealing: Sealing | null = null;

  private constructor(
    config: Config['checkpoint'],
    file: CheckpointFile | null,
    note: (host: ActorHost) => Promise<string>,
  ) {
    this.#config = config;
    this.#file = file;
    this.#note = note;
  }

  /** To be opened before anything is written: throws what CheckpointFile does. */
  static async open(
    config: Config['checkpoint'],
    node: { store: LogStore; name: string; log: EventLog; clock: Clock },
  ): Promise<Checkpoints> {
    const { store, name, log, clock } = node;
    const file = config.file === null ? null : await CheckpointFile.of(config.file, log);
    return new Checkpoints(config, file, async (host) => {
      const logs = [...host.registered().map((known) => known.log), (await store.blobsHead()).log];
      return store.checkpoint({ name, log: log.key }, logs, new Date(clock.nowMs()).toISOString());
    });
  }

  /** Writes the file, so that one that cannot be written is noticed at once, and goes on sealing. */
  async begin(host: ActorHost): Promise<void> {
    await this.#write(host);
    this.#sealing = startSealing(this.#config.everyMs, async () => {
      if ((await host.seal()) > 0) await this.#write(host);
    });
  }

  /** Stops the host, which seals for the last time, and writes the file. */
  async end(host: ActorHost): Promise<void> {
    await this.#sealing?.stop();
    await host.stop();
    await this.#write(host);
  }

  async #write(host: ActorHost): Promise<void> {
    if (this.#file) await this.#file.write(await this.#note(host));
  }
}

type OwnLog = { readonly host: ActorHost; readonly log: EventLog; readonly name: string };

/**
 * Records checkpoints of this node that others have cosigned, all or none; returns for each whether it is
 * new. Throws Refusal CHECKPOINT_INVALID for one of another node, without a cosignature or with a false one,
 * and Corrupt LOG_CORRUPT when the log of the node does not agree with it.
 */
export async function recordWitnessed(
  { host, log, name }: OwnLog,
  notes: readonly string[],
  witnesses: readonly Witness[],
): Promise<boolean[]> {
  for (const note of notes) await requireOwn(log, note, witnesses);
  const fresh: boolean[] = [];
  for (const note of notes) {
    const { repeated } = await host.handle({
      kind: 'node',
      actor: nodeAddress(name),
      command: { type: 'recordWitnessed', note },
      commandId: `witnessed/${sha256Hex(note)}`,
    });
    fresh.push(!repeated);
  }
  return fresh;
}

async function requireOwn(
  log: EventLog,
  note: string,
  witnesses: readonly Witness[],
): Promise<void> {
  const checkpoint = parseCheckpoint(note);
  if (checkpoint.log !== log.key) throw unfit(`it is one of another node, ${checkpoint.origin}`);
  if (checkpoint.cosignatures.length === 0) throw unfit('nobody has cosigned it');
  const [forged] = cosignersOf(checkpoint, witnesses).forged;
  if (forged !== undefined) throw unfit(`the cosignature of ${forged} is not theirs`);
  if ((await rootAt(log, checkpoint.size)) === checkpoint.root) return;
  throw new Corrupt(
    'LOG_CORRUPT',
    `the log of the node contradicts its checkpoint of ${checkpoint.at}; run bzzz audit verify --against it`,
  );
}

function unfit(why: string): Refusal {
  return new Refusal('CHECKPOINT_INVALID', `the checkpoint is not recorded: ${why}`);
}
