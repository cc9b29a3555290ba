import packageJson from '../package.json' with { type: 'json' };
import type { Config } from './config/index.ts';
import { nodeAddress } from '../events/index.ts';
import {
  createDataDir,
  createReader,
  dataDir,
  openLogStore,
  openReadOnly,
  readNodeFile,
  requireLogs,
  writeNodeFile,
  type LogStore,
} from './log/index.ts';
import type { Clock, LogReader, Redactor, Vault } from './ports.ts';
import { endSilence } from './review/index.ts';
import { ActorHost } from './runtime/index.ts';
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
  readonly host: ActorHost;
  readonly vault: Vault;
  readonly redactor: Redactor;
};

/** The one place where the rooms meet: opens everything that the configuration names, or nothing. */
export async function openNode(config: Config, clock: Clock = systemClock): Promise<Node> {
  const dir = dataDir(config.data);
  await createDataDir(dir);
  const store = await openLogStore(dir);
  try {
    const redactor = store.redactor(config.redact);
    const vault = redactingVault(store.vault, redactor);
    const host = await startHost(config, { ...store, vault }, clock);
    const reader = createReader(
      async () => host.registered(),
      ({ actor }) => store.open(actor),
    );
    const views = await openViews({ url: viewsUrl(config) });
    const node: Node = {
      host,
      reader,
      views,
      vault: store.vault,
      redactor,
      async close() {
        try {
          await views.catchUp(reader);
        } finally {
          await views.close();
          await reader.close();
          await host.stop();
          await store.close();
        }
      },
    };
    await endSilences(node, clock);
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

// Nothing runs while no command does, so whoever writes next finds out whose time is up.
async function endSilences({ host, reader, views }: Node, clock: Clock): Promise<void> {
  await views.catchUp(reader);
  const now = new Date(clock.nowMs()).toISOString();
  for (const { thread, deadlineAt } of await views.listEscalations({ open: true })) {
    if (deadlineAt <= now) await endSilence({ actors: host, clock }, thread);
  }
}

async function startHost(config: Config, store: LogStore, clock: Clock): Promise<ActorHost> {
  const dir = dataDir(config.data);
  const known = await readNodeFile(dir);
  // A node keeps the name that its logs were written under.
  const name = known?.name ?? config.node.name;
  const host = await ActorHost.start({
    store,
    clock,
    snapshotsDir: dir.snapshots,
    node: { address: nodeAddress(name), name, version: packageJson.version },
  });
  if (!known) {
    const log = host.logOf(nodeAddress(name));
    if (log) await writeNodeFile(dir, { format: 1, name, log });
  }
  return host;
}

/** Throws Refusal NOT_FOUND when there are no logs to go on with. */
export async function requireNode({ data }: Config): Promise<void> {
  await requireLogs(dataDir(data));
}

/** Opens a data directory for reading, beside a writer if there is one. Throws Refusal NOT_FOUND without logs. */
export async function openArchive(config: Config): Promise<Archive> {
  const dir = dataDir(config.data);
  const logs = await openReadOnly(dir);
  const views = await openViews({ url: viewsUrl(config) });
  return {
    reader: logs,
    views,
    vault: logs.vault,
    redactor: logs.redactor,
    async close() {
      await views.close();
      await logs.close();
    },
  };
}

function viewsUrl(config: Config): string {
  const { url } = config.views;
  return url === 'sqlite' ? `sqlite:${dataDir(config.data).views}/views.sqlite` : url;
}
