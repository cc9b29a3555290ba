import { Corrupt, Refusal, sha256Hex } from '../../../events/index.ts';
import { isUnreadable, type Evidence, type Stored } from '../evidence.ts';
import { hex } from '../merkle.ts';
import { readRuns } from '../proofReads.ts';
import { contentsOf, type Contents, type Owned } from './contents.ts';
import { Draft } from './draft.ts';
import {
  bundleFiles,
  bundleFormat,
  type BundleDescription,
  type BundledLog,
  type ExcludedLog,
} from './format.ts';
import { encodeLine } from './lines.ts';
import { encodeManifest } from './manifest.ts';
import { completedBy, encodeNode } from './nodes.ts';

export type ExportInit = {
  /** Where the bundle is to be; nothing may be there. */
  readonly target: string;
  /** Address of a thread; null for everything. */
  readonly thread: string | null;
  /** RFC 3339, milliseconds, UTC. */
  readonly exportedAt: string;
  /**
   * Signs the heads of all logs with the key of the node's own one. Refusal or Corrupt where there is nothing
   * that could be signed.
   */
  readonly checkpoint: () => Promise<string>;
  /** The key of a subject, as it lies in its file; null for a bundle without keys. */
  readonly keyOf: ((subject: string) => Promise<string | null>) | null;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: { blocks: number; blocksTotal: number }) => void;
};

/** What was written. */
export type Exported = {
  readonly scope: string | null;
  readonly logs: number;
  readonly excluded: number;
  readonly blocks: number;
  readonly keys: number;
  readonly files: number;
  readonly bytes: number;
  /** Why there is no checkpoint; null when there is one. */
  readonly unsealed: string | null;
};

/**
 * Writes a store, or what one thread can be judged by, as a bundle. Nothing is judged on the way: a false
 * store becomes a bundle that is as false. Throws Refusal NOT_FOUND and ARGUMENT_INVALID, Unavailable
 * STORAGE_FAILED, and the signal's reason; nothing is left behind then.
 */
export async function exportBundle(evidence: Evidence, init: ExportInit): Promise<Exported> {
  const contents = await contentsOf(evidence, init.thread);
  const { result, files, bytes } = await Draft.at(init.target, (draft) =>
    new Export(draft, evidence, contents, init).write(),
  );
  return { scope: init.thread, ...result, files, bytes };
}

class Export {
  readonly #draft: Draft;
  readonly #evidence: Evidence;
  readonly #contents: Contents;
  readonly #init: ExportInit;
  readonly #blocksTotal: number;
  #blocks = 0;

  constructor(draft: Draft, evidence: Evidence, contents: Contents, init: ExportInit) {
    this.#draft = draft;
    this.#evidence = evidence;
    this.#contents = contents;
    this.#init = init;
    this.#blocksTotal = contents.included.reduce((sum, { stored }) => sum + stored.length, 0);
  }

  async write(): Promise<Omit<Exported, 'scope' | 'files' | 'bytes'>> {
    const { included, excluded, broken } = this.#contents;
    const { node } = this.#evidence;
    const logs: BundledLog[] = [];
    for (const [index, owned] of included.entries()) {
      const file = `${bundleFiles.logs}/${String(index).padStart(4, '0')}-${owned.kind}`;
      await this.#writeLog(owned, file);
      logs.push(described(owned, file));
    }
    const description: BundleDescription = {
      format: bundleFormat,
      node,
      exportedAt: this.#init.exportedAt,
      scope: this.#init.thread,
      logs,
      broken: broken.map(({ discoveryKey, unreadable }) => ({ discoveryKey, unreadable })),
      excluded: excluded.map(head),
    };
    const text = `${JSON.stringify(description, null, 2)}\n`;
    await this.#draft.text(bundleFiles.description, text);
    const unsealed = await this.#seal();
    const keys = await this.#writeKeys();
    return {
      logs: included.length,
      excluded: excluded.length,
      blocks: this.#blocks,
      keys,
      unsealed,
    };
  }

  async #writeLog({ kind, stored }: Owned, file: string): Promise<void> {
    const choose = kind === 'blobs' ? this.#chosenTexts() : (block: Stored<Uint8Array>) => block;
    await this.#draft.file(`${file}.tree`, (tree) =>
      this.#draft.file(`${file}.jsonl`, async (lines) => {
        for await (const { from, blocks, nodes } of readRuns(stored)) {
          this.#init.signal?.throwIfAborted();
          for (const [at, block] of blocks.entries()) {
            const completed = completedBy(from + at).map((index) => nodes.get(index));
            await tree.add(...completed.map((node) => encodeNode(node ?? nothing)));
            await lines.add(encodeLine(choose(block, from + at)), lineFeed);
          }
          this.#progress(blocks.length);
        }
      }),
    );
  }

  /** Each text is a block with its name, which stays, and a block that goes along if it is referred to. */
  #chosenTexts(): (block: Stored<Uint8Array>, seq: number) => Stored<Uint8Array> {
    const { texts } = this.#contents;
    let wanted = true;
    return (block, seq) => {
      if (seq % 2 === 0) wanted = !texts || isUnreadable(block) || texts.has(hex(block));
      return seq % 2 === 0 || wanted ? block : { unreadable: 'nothing in the scope refers to it' };
    };
  }

  /** Writes the checkpoint, or says why there can be none. */
  async #seal(): Promise<string | null> {
    try {
      await this.#draft.text(bundleFiles.checkpoint, await this.#init.checkpoint());
      return null;
    } catch (error) {
      // A broken store can be exported, and has nothing to sign.
      if (error instanceof Refusal || error instanceof Corrupt) return error.message;
      throw error;
    }
  }

  async #writeKeys(): Promise<number> {
    const { keyOf } = this.#init;
    if (!keyOf) return 0;
    await this.#draft.folder(bundleFiles.keys);
    let keys = 0;
    for (const subject of this.#contents.subjects) {
      const key = await keyOf(subject);
      if (key === null) continue;
      await this.#draft.text(`${bundleFiles.keys}/${sha256Hex(subject)}.key`, key);
      keys++;
    }
    return keys;
  }

  #progress(blocks: number): void {
    this.#blocks += blocks;
    this.#init.onProgress?.({ blocks: this.#blocks, blocksTotal: this.#blocksTotal });
  }
}

const lineFeed = Buffer.from('\n');

const nothing = { unreadable: 'it is missing' };

function described(owned: Owned, file: string): BundledLog {
  const { discoveryKey, manifest, signature } = owned.stored;
  return {
    ...head(owned),
    discoveryKey,
    manifest: encodeManifest(manifest),
    signature: signature && hex(signature),
    file,
  };
}

function head({ actor, kind, stored }: Owned): ExcludedLog {
  const { key, length, fork, rootHash } = stored;
  return { actor, kind, key, length, fork, root: rootHash && hex(rootHash) };
}
