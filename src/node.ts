import { randomUUID } from 'node:crypto';
import packageJson from '../package.json' with { type: 'json' };
import { Checkpoints } from './checkpoints.ts';
import type { Config } from './config/index.ts';
import { nodeAddress, type Corrupt } from '../events/index.ts';
import {
  createDataDir,
  createReader,
  dataDir,
  erase,
  finishErasures,
  openLogStore,
  openReadOnly,
  readNodeFile,
  requireLogs,
  writeNodeFile,
  type Erased,
  type EraseOptions,
  type EraseRequest,
  type EraseWork,
  type LogStore,
} from './log/index.ts';
import type { Clock, EventLog, LogReader, Redactor, Vault } from './ports.ts';
import { endSilence, redactorAlong } from './review/index.ts';
import { ActorHost, SnapshotCache } from './runtime/index.ts';
import { erasureIn, type Erasures } from './shared/erasures.ts';
import { openViews, type Views } from './views/index.ts';

/** The clock of the machine. */
export const systemClock: Clock = { nowMs: () => Date.now() };

/** What reads: the logs, the views made of them, and the keys to the texts. */
export type Archive = {
  readonly reader: LogReader;
  readonly views: Views;
  readonly vault: Pick<Vault, 'open' | 'openBlob'>;
  readonly redactor: Pick<Redactor, 'restore'>;
  close(): Promise<void>;
};

/** What writes as well. One process at a time per data directory. */
export type Node = Archive & {
  /** Logs that take no events, because somebody has changed them. */
  readonly refused: readonly Corrupt[];
  readonly host: ActorHost;
  readonly name: string;
  /** The node's own log. */
  readonly log: EventLog;
  readonly vault: Vault;
  readonly redactor: Redactor;
  /** Erases the texts of a subject for good. Throws Refusal NOT_FOUND for a subject without texts. */
  erase(request: EraseRequest, options?: EraseOptions): Promise<Erased>;
};

/** The one place where the rooms meet: opens everything that the configuration names, or nothing. */
export async function openNode(config: Config, clock: Clock = systemClock): Promise<Node> {
  const dir = dataDir(config.data);
  await createDataDir(dir);
  const store = await openLogStore(dir);
  try {
    const redactor = redactorAlong(store.redactor(config.redact), () => own.host);
    const vault = redactingVault(store.vault, redactor);
    const own: Own = await startHost(config, { ...store, vault }, clock);
    const { host, name, log, checkpoints } = own;
    const reader = createReader(
      async () =>
        host
          .registered()
          .map((entry) => (store.refused.has(entry.log) ? { ...entry, doubtful: true } : entry)),
      ({ actor }) => store.open(actor),
      () => store.stored(),
    );
    const views = withoutErased(await openViews({ url: viewsUrl(config) }), async () => {
      return store.erasures;
    });
    const erasing = eraseWork(dir.snapshots, store, { host, reader, views });
    const node: Node = {
      host,
      name,
      log,
      refused: [...store.refused.values()],
      reader,
      views,
      vault: store.vault,
      redactor,
      erase: (request, options) => erase(erasing, request, options),
      async close() {
        // Each of them lets go of what it holds, whatever has failed before.
        try {
          await views.catchUp(reader);
        } finally {
          try {
            await views.close();
            await reader.close();
            await checkpoints.end(host);
          } finally {
            await log.close();
            await store.close();
          }
        }
      },
    };
    await finishErasures(erasing);
    await endSilences(node, clock);
    await checkpoints.begin(host);
    return node;
  } catch (error) {
    await store.close();
    throw error;
  }
}

/**
 * What the actors seal is redacted on the way: the notes of people and whatever else becomes free text of an
 * event, whoever wrote it. What the agents say was redacted when their answers came in; redacting it again
 * changes nothing. Blobs are not: their hashes are taken of the text that the caller has redacted.
 */
function redactingVault(vault: Vault, redactor: Redactor): Vault {
  return {
    seal: async (subject, text) => vault.seal(subject, await redactor.redact(subject, text)),
    sealBlob: (subject, text) => vault.sealBlob(subject, text),
    open: (body) => vault.open(body),
    openBlob: (subject, ref) => vault.openBlob(subject, ref),
  };
}

function eraseWork(
  snapshots: string,
  { eraser, erasures }: LogStore,
  { host, reader, views }: Pick<Node, 'host' | 'reader' | 'views'>,
): EraseWork {
  return {
    eraser,
    erasures,
    reader,
    async record(erasure) {
      const [own] = host.registered();
      const { events } = await host.handle({
        kind: 'node',
        actor: own?.actor ?? '',
        commandId: `erase/${randomUUID()}`,
        command: { type: 'eraseSubject', ...erasure, blobs: [...erasure.blobs] },
      });
      const recorded = events[0] && erasureIn(events[0]);
      if (!recorded) throw new TypeError('an erasure that was not recorded');
      return recorded;
    },
    forgetSnapshot: (actor) => new SnapshotCache(snapshots).remove(actor),
    purgeViews: (onProgress) => views.purge(reader, { onProgress }),
  };
}

/** Views that keep nothing of the texts that were erased, however often they are made anew. */
function withoutErased(views: Views, erasures: () => Promise<Erasures>): Views {
  const through = (reader: LogReader): LogReader => ({
    logs: () => reader.logs(),
    head: (log, length) => reader.head(log, length),
    async *events(log, from, to) {
      const known = await erasures();
      for await (const recorded of reader.events(log, from, to)) {
        yield known.withoutErased(recorded);
      }
    },
  });
  return {
    ...views,
    catchUp: (reader, options) => views.catchUp(through(reader), options),
    rebuild: (reader, options) => views.rebuild(through(reader), options),
    purge: (reader, options) => views.purge(through(reader), options),
    verify: (reader, options) => views.verify(through(reader), options),
  };
}

// Nothing runs while no command does, so whoever writes next finds out whose time is up.
async function endSilences({ host, reader, views }: Node, clock: Clock): Promise<void> {
  await views.catchUp(reader);
  const now = new Date(clock.nowMs()).toISOString();
  for (const { thread, deadlineAt } of await views.listEscalations({ open: true })) {
    if (deadlineAt <= now) await endSilence({ actors: host, clock }, thread);
  }
}

type Own = Pick<Node, 'host' | 'name' | 'log'> & { readonly checkpoints: Checkpoints };

async function startHost(config: Config, store: LogStore, clock: Clock): Promise<Own> {
  const dir = dataDir(config.data);
  const known = await readNodeFile(dir);
  // A node keeps the name that its logs were written under.
  const name = known?.name ?? config.node.name;
  const address = nodeAddress(name);
  const log = await store.open(address);
  const checkpoints = await Checkpoints.open(config.checkpoint, { store, name, log, clock });
  const host = await ActorHost.start({
    store,
    clock,
    snapshotsDir: dir.snapshots,
    node: { address, name, version: packageJson.version },
  });
  if (!known) await writeNodeFile(dir, { format: 1, name, log: log.key });
  return { host, name, log, checkpoints };
}

/** Has the node of a place that is being restored say so in its log, on disk when this resolves. */
export async function recordRestored(
  config: Config,
  { takenAt, by }: { takenAt: string; by: string },
  clock: Clock = systemClock,
): Promise<void> {
  const dir = dataDir(config.data);
  const { name } = await requireLogs(dir);
  const store = await openLogStore(dir, { unfinished: true });
  try {
    const address = nodeAddress(name);
    const node = { address, name, version: packageJson.version };
    const host = await ActorHost.start({ store, clock, snapshotsDir: dir.snapshots, node });
    const command = { type: 'recordRestored', takenAt, by } as const;
    await host.handle({
      kind: 'node',
      actor: address,
      commandId: `restored/${randomUUID()}`,
      command,
    });
    await host.stop();
  } finally {
    await store.close();
  }
}

/** Throws Refusal NOT_FOUND when there are no logs to go on with. */
export async function requireNode({ data }: Config): Promise<void> {
  await requireLogs(dataDir(data));
}

/**
 * Opens a data directory for reading, beside a writer if there is one; the views are its own, or those at
 * another URL. Throws Refusal NOT_FOUND without logs.
 */
export async function openArchive(config: Config, url = viewsUrl(config)): Promise<Archive> {
  const dir = dataDir(config.data);
  const logs = await openReadOnly(dir);
  const views = await openViews({ url }).catch(async (error: unknown) => {
    await logs.close();
    throw error;
  });
  return {
    reader: logs,
    views: withoutErased(views, () => logs.erasures()),
    vault: logs.vault,
    redactor: logs.redactor,
    async close() {
      await views.close();
      await logs.close();
    },
  };
}

/** A signed note of all logs as they are on disk now, beside a writer if there is one. Nothing is changed. */
export async function exportCheckpoint({ data }: Config, clock = systemClock): Promise<string> {
  const logs = await openReadOnly(dataDir(data));
  try {
    return await logs.checkpoint(new Date(clock.nowMs()).toISOString());
  } finally {
    await logs.close();
  }
}

function viewsUrl(config: Config): string {
  const { url } = config.views;
  return url === 'sqlite' ? `sqlite:${dataDir(config.data).views}/views.sqlite` : url;
}
