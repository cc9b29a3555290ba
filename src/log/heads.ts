import type { StoreStorage } from 'hypercore';
import { data } from 'hypercore-crypto';
import { treeSignable } from 'hypercore/lib/caps.js';
import Verifier from 'hypercore/lib/verifier.js';
import { Corrupt, decodeRecorded, nodeAddress, type Head } from '../../events/index.ts';
import { hex } from './hypercoreLog.ts';
import { foldRegister, type Register } from './register.ts';
import { listCores, rootOver, type StoredCore } from './storedCore.ts';
import { TreeRoots } from './treeRoots.ts';

/** What is there, and what has to be. */
type Mismatch = { readonly what: string; readonly expected: string; readonly found: string };

/** What was found when the heads of a store were held against its node's own log. */
export type Heads = {
  /** How many logs there are. */
  readonly logs: number;
  /** What the log of the node says; null where none has started yet. */
  readonly register: Register | null;
  /** By key: why nothing may be appended to a log. */
  readonly refused: ReadonlyMap<string, Corrupt>;
};

const readAhead = 512;

/**
 * Verifies the head of every log before anything is appended to one: hypercore would sign whatever tree it
 * finds. The roots in the store have to be what the stored head says, signed by the one signer that the key
 * is the hash of, and to go on from the newest seal in the log of the node, which is proved block by block.
 * What lies below the roots is left to the auditor: an append signs nothing of it.
 *
 * Throws Corrupt LOG_CORRUPT for the log of the node, and for the log of texts.
 */
export async function verifyHeads(
  storage: StoreStorage,
  node: { readonly name: string; readonly log: string } | null,
): Promise<Heads> {
  const cores = await listCores(storage);
  const stored = new Map<string, StoredCore>();
  for (const core of cores) if ('key' in core) stored.set(core.key, core);
  const known = node ?? (await findNode(stored.values()));
  const register = known && (await provenRegister(known, stored));
  const actors = register ? actorsOf(register) : new Map<string, string>();
  const refused = new Map<string, Corrupt>();
  for (const { key, length } of stored.values()) {
    if (length > 0 && !actors.has(key)) refused.set(key, unregistered(key, length));
  }
  await Promise.all(
    [...actors].map(async ([log, actor]) => {
      const core = stored.get(log);
      const mismatch = core ? await mismatchOf(core, register?.seals.get(log)) : gone(log);
      if (mismatch) refused.set(log, refusal(actor, log, mismatch));
    }),
  );
  const fatal = refused.get(known?.log ?? '') ?? refused.get(register?.blobs ?? '');
  if (fatal) throw fatal;
  return { logs: cores.length, register, refused };
}

/** Whose logs they are, by key. */
function actorsOf({ logs, blobs }: Register): ReadonlyMap<string, string> {
  const actors = new Map(logs.map(({ log, actor }) => [log, actor]));
  if (blobs !== null) actors.set(blobs, 'the texts');
  return actors;
}

/** The node of a directory that does not name it: killed before it could, or robbed of the file. */
async function findNode(
  cores: Iterable<StoredCore>,
): Promise<{ name: string; log: string } | null> {
  for (const core of cores) {
    const [block] = await core.blocks(0, Math.min(1, core.length));
    if (!block || 'unreadable' in block) continue;
    try {
      const { event } = decodeRecorded(block, { log: core.key, seq: 0 });
      if (event.type === 'node.started') return { name: event.name, log: core.key };
    } catch {
      // A text, or an event that is for the auditor to read.
    }
  }
  return null;
}

async function provenRegister(
  { name, log }: { name: string; log: string },
  stored: ReadonlyMap<string, StoredCore>,
): Promise<Register> {
  const own = stored.get(log);
  if (!own) throw refusal(nodeAddress(name), log, gone(log));
  const roots = new TreeRoots();
  const register = await foldRegister(hashed(own, roots), name, log);
  const found = hex(roots.hash());
  const expected = own.rootHash ? hex(own.rootHash) : 'a root';
  if (found === expected || own.length === 0) return register;
  const what = `its ${own.length} blocks do not have the root of its stored head`;
  throw refusal(nodeAddress(name), log, { what, expected, found });
}

async function* hashed(core: StoredCore, roots: TreeRoots): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < core.length; from += readAhead) {
    const blocks = await core.blocks(from, Math.min(core.length, from + readAhead));
    for (const [index, block] of blocks.entries()) {
      const seq = from + index;
      if ('unreadable' in block) {
        throw new Corrupt('LOG_GAP', `log ${core.key} has no event ${seq}: ${block.unreadable}`);
      }
      roots.add({ index: 2 * seq, size: block.byteLength, hash: data(block) }, 1);
      yield block;
    }
  }
}

async function mismatchOf(core: StoredCore, seal: Head | undefined): Promise<Mismatch | null> {
  return ownerMismatch(core) ?? sealMismatch(core, seal) ?? (await rootMismatch(core, seal));
}

/** bzzz signs with one key per log; the key of the log is the hash that binds it to that signer. */
function ownerMismatch({ key, manifest }: StoredCore): Mismatch | null {
  const single = manifest?.signers.length === 1 && manifest.quorum === 1 && !manifest.prologue;
  const bytes = Buffer.from(key, 'hex');
  if (manifest && single && Verifier.isValidManifest(bytes, manifest)) return null;
  const what = 'its key is not the hash of its one signer';
  return { what, expected: key, found: manifest ? 'another signer' : 'none' };
}

function sealMismatch({ length, fork }: StoredCore, seal: Head | undefined): Mismatch | null {
  if (seal && length < seal.length) {
    const what = 'events are gone that its node has sealed';
    return { what, expected: `${seal.length} or more`, found: `${length}` };
  }
  const expected = seal?.fork ?? 0;
  if (fork === expected) return null;
  return {
    what: 'it was cut back and written anew',
    expected: `fork ${expected}`,
    found: `${fork}`,
  };
}

/** Holds the stored roots against the head, and both against the seal that they have to go on from. */
async function rootMismatch(core: StoredCore, seal: Head | undefined): Promise<Mismatch | null> {
  const { length, rootHash, signature } = core;
  if (length === 0) return null;
  const root = await rootOver(core, 0, length);
  const expected = rootHash ? hex(rootHash) : 'a root';
  if (!root || hex(root) !== expected) {
    const what = `the roots of its ${length} events are not those of its stored head`;
    return { what, expected, found: root ? hex(root) : 'not all of them' };
  }
  if (!signature || !isSigned(core, root, signature)) {
    const what = `the root of its ${length} events is not signed by its key`;
    return { what, expected: 'a signature', found: signature ? hex(signature) : 'none' };
  }
  if (!seal) return null;
  const sealed = seal.length === length ? root : await rootOver(core, 0, seal.length);
  if (!sealed || hex(sealed) !== seal.root) {
    const what = `its first ${seal.length} events are not those that its node has sealed`;
    return { what, expected: seal.root, found: sealed ? hex(sealed) : 'not all of them' };
  }
  const grown = seal.length === length ? root : await rootOver(core, 0, seal.length, length);
  if (grown && hex(grown) === expected) return null;
  const what = `its ${length} events do not go on from the ${seal.length} that its node has sealed`;
  return { what, expected, found: grown ? hex(grown) : 'not all of them' };
}

function isSigned(core: StoredCore, root: Uint8Array, signature: Uint8Array): boolean {
  const { manifest, length, fork } = core;
  if (!manifest) return false;
  const tree = {
    length,
    fork,
    hash: () => root,
    signable: (context: Uint8Array) => treeSignable(context, root, length, fork),
  };
  try {
    return Verifier.fromManifest(manifest).verify(tree, signature);
  } catch {
    return false;
  }
}

function gone(log: string): Mismatch {
  return { what: 'it is not in the store', expected: log, found: 'nothing that can be read' };
}

function unregistered(log: string, length: number): Corrupt {
  const expected = 'a registration in the log of the node';
  return refusal(`nobody (${log})`, log, {
    what: `it holds ${length} events`,
    expected,
    found: 'none',
  });
}

function refusal(actor: string, log: string, { what, expected, found }: Mismatch): Corrupt {
  const message =
    `nothing is appended to the log of ${actor}: ${what} (expected ${expected}, found ${found}); ` +
    'run bzzz audit verify, then go on from a backup with bzzz restore';
  return new Corrupt('LOG_CORRUPT', message, { data: { actor, log, expected, found } });
}
