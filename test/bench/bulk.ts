import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import Corestore from 'corestore';
import type { Hypercore } from 'hypercore';
import {
  contentHash,
  decodeRecorded,
  encodeRecorded,
  nodeAddress,
  schemaVersion,
  sha256Hex,
  type BlobRef,
  type BzzzEvent,
  type NodeEvent,
  type Recorded,
} from '../../events/index.ts';
import { dataDir, openReadOnly, writeNodeFile, type DataDir } from '../../src/log/index.ts';
import { writeReviews } from './reviews.ts';

/** A project of reviews, written once, of which a store gets many copies. */
type Template = readonly { readonly actor: string; kind: Kind; log: string; events: Recorded[] }[];
type Kind = 'agent' | 'budget' | 'thread';

export type BulkInit = {
  /** Projects, each with a ledger, four agents and a thread per review. */
  readonly projects: number;
  readonly reviewsPerProject: number;
  /** Smallest and largest size of a text that an event refers to, in bytes. */
  readonly textBytes: readonly [min: number, max: number];
};

const template = 'shop';

/**
 * Writes a store of any size quickly: real reviews, multiplied under the names of other projects, with keys,
 * ids, texts and references of their own. It is as intact as the original.
 */
export async function writeBulk(root: string, init: BulkInit): Promise<DataDir> {
  const source = await readTemplate(
    await writeReviews(join(root, 'template'), init.reviewsPerProject),
  );
  const dir = dataDir(join(root, 'bulk'));
  const store = new Corestore(dir.store);
  const node = await coreOf(store, 'node');
  const texts = await coreOf(store, 'texts');
  const log = keyOf(node);
  const said: NodeEvent[] = [
    { type: 'node.started', name: 'local', version: '0.0.0', blobs: keyOf(texts) },
  ];
  for (let nth = 0; nth < init.projects; nth++) {
    said.push(...(await writeProject(store, texts, source, `${template}-${nth}`, init.textBytes)));
  }
  const [first] = source[0]?.events ?? [];
  if (!first) throw new TypeError('nothing to multiply');
  const { id, at } = first.meta;
  await node.append(
    said.map((event, seq) =>
      encodeRecorded({
        meta: {
          id: idLike(id),
          v: schemaVersion,
          at,
          actor: nodeAddress('local'),
          stream: log,
          seq,
          command: `bulk/${seq}`,
        },
        event,
      }),
    ),
  );
  await store.close();
  await writeNodeFile(dir, { format: 1, name: 'local', log });
  return dir;
}

async function readTemplate(dir: DataDir): Promise<Template> {
  const logs = await openReadOnly(dir);
  const found: { actor: string; kind: Kind; log: string; events: Recorded[] }[] = [];
  for (const { actor, kind, log } of await logs.logs()) {
    if (kind === 'node') continue;
    const events: Recorded[] = [];
    for await (const recorded of logs.events(log, 0)) events.push(recorded);
    found.push({ actor, kind, log, events });
  }
  await logs.close();
  return found;
}

/** Writes the logs of one more project, and returns what the node has to say of it. */
async function writeProject(
  store: Corestore,
  texts: Hypercore,
  source: Template,
  project: string,
  textBytes: BulkInit['textBytes'],
): Promise<NodeEvent[]> {
  const logs = await Promise.all(
    source.map(async ({ actor, kind, log, events }) => {
      const core = await coreOf(store, `${project} ${actor}`);
      return { actor: inProject(actor, project), kind, log, events, core, key: keyOf(core) };
    }),
  );
  const copier = new Copier(project, textBytes, new Map(logs.map(({ log, key }) => [log, key])));
  const blocks = new Map<Hypercore, Uint8Array[]>(logs.map(({ core }) => [core, []]));
  // In the order in which it happened: each event names others by hashes that only the copy has.
  const story = logs.flatMap(({ core, events }) => events.map((recorded) => ({ core, recorded })));
  for (const { core, recorded } of story.toSorted((a, b) => compareTimes(a.recorded, b.recorded))) {
    blocks.get(core)?.push(copier.copy(recorded));
  }
  for (const [core, own] of blocks) await core.append(own);
  await texts.append(copier.texts.flatMap((text) => [Buffer.from(sha256Hex(text), 'hex'), text]));
  const heads = await Promise.all(
    logs.map(async ({ core, key }) => {
      const root = Buffer.from(await core.treeHash()).toString('hex');
      return { log: key, length: core.length, root, fork: 0 };
    }),
  );
  await Promise.all(logs.map(({ core }) => core.close()));
  return [
    ...logs.map(({ actor, kind, key }): NodeEvent => {
      return { type: 'node.log.registered', actor, kind, log: key };
    }),
    { type: 'node.checkpoint.sealed', heads },
  ];
}

function compareTimes(a: Recorded, b: Recorded): number {
  return Date.parse(a.meta.at) - Date.parse(b.meta.at);
}

/** Copies the events of a project under another name, with all that follows from it. */
class Copier {
  readonly texts: Uint8Array[] = [];
  readonly #project: string;
  readonly #textBytes: BulkInit['textBytes'];
  /** What stands in the copy for keys, hashes and ids of the template. */
  readonly #instead: Map<string, string>;
  /** Hash of the change under review: one for the whole template. */
  #change = '';

  constructor(project: string, textBytes: BulkInit['textBytes'], keys: Map<string, string>) {
    this.#project = project;
    this.#textBytes = textBytes;
    this.#instead = keys;
  }

  copy(recorded: Recorded): Uint8Array {
    const was = sha256Hex(encodeRecorded(recorded));
    // The state is that of the template, not of the copy.
    const { state: _, ...meta } = recorded.meta;
    const id = idLike(meta.id);
    this.#instead.set(meta.id, id);
    const copy = this.#renamed({ ...recorded, meta });
    const block = encodeRecorded({ ...copy, event: this.#proposed(copy.event) });
    this.#instead.set(was, sha256Hex(block));
    return block;
  }

  #renamed(value: Recorded): Recorded {
    const text = inProject(JSON.stringify(value), this.#project)
      .replaceAll(/\{"hash":"[0-9a-f]{64}","bytes":\d+\}/g, () => JSON.stringify(this.#text()))
      .replaceAll(
        /\b(?:[0-9a-f]{64}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\b/g,
        (name) => this.#instead.get(name) ?? name,
      );
    return decodeRecorded(Buffer.from(text), { log: value.meta.stream, seq: value.meta.seq });
  }

  // A proposal is named by what is in it, the statements behind it included, in the order of their hashes.
  #proposed(event: BzzzEvent): BzzzEvent {
    if (event.type === 'thread.review.opened') this.#change = event.change.hash;
    if (event.type !== 'thread.proposal.made') return event;
    const { place, kind, severity } = event;
    const sources = event.sources.toSorted((a, b) => (a.hash < b.hash ? -1 : 1));
    const hash = contentHash({ change: this.#change, place, kind, severity, sources });
    this.#instead.set(event.hash, hash);
    return { ...event, hash, sources };
  }

  #text(): BlobRef {
    const [min, max] = this.#textBytes;
    const size = min + Math.floor(Math.random() * (max - min + 1));
    const text = Buffer.alloc(size, randomBytes(32).toString('base64'));
    this.texts.push(text);
    return { hash: sha256Hex(text), bytes: text.byteLength };
  }
}

/** Another UUIDv7 of the same moment. */
function idLike(id: string): string {
  const timeAndVersion = 15;
  return id.slice(0, timeAndVersion) + randomUUID().slice(timeAndVersion);
}

function inProject(text: string, project: string): string {
  return text
    .replaceAll(`@${template}:`, `@${project}:`)
    .replaceAll(`"project:${template}"`, `"project:${project}"`)
    .replaceAll(`"project":"${template}"`, `"project":"${project}"`);
}

async function coreOf(store: Corestore, name: string): Promise<Hypercore> {
  const core = store.get({ name });
  await core.ready();
  return core;
}

function keyOf(core: Hypercore): string {
  return Buffer.from(core.key).toString('hex');
}
