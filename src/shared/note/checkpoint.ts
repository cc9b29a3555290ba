import Verifier from 'hypercore/lib/verifier.js';
import { isName, type Head } from '../../../events/index.ts';
import { isSignedBy, signBytes, type Signer } from './ed25519.ts';
import {
  formatNote,
  invalid,
  keyIdOf,
  parseNote,
  signatureTypes,
  type NoteSignature,
} from './signedNote.ts';

/** What a node states of its logs at a moment. Hashes and keys are hex. */
export type Statement = {
  /** Name of the node. */
  readonly node: string;
  /** The node's own log: the one that the size and the root are of. */
  readonly log: string;
  readonly size: number;
  /** RFC 6962 tree hash over the first `size` blocks of that log. */
  readonly root: string;
  /** RFC 3339, milliseconds, UTC. */
  readonly at: string;
  /** Heads of all logs of the node, its own included, whose length is `size`. */
  readonly heads: readonly Head[];
};

/** A statement that is proved to be the node's: its key is the one signer of the node's own log. */
export type Checkpoint = Statement & {
  /** `bzzz/NODE/LOG`: the log as witnesses know it, and the name of the key. */
  readonly origin: string;
  /** Public key. */
  readonly signer: string;
  /** What was signed. */
  readonly text: string;
  /** Signatures of others. They are not verified: that takes their keys. */
  readonly cosignatures: readonly NoteSignature[];
};

/**
 * Reads a checkpoint (c2sp.org/tlog-checkpoint, see README.md) and verifies it: the signature is by the key
 * that it names, and the log in its origin is the log that only this key can write. Throws Refusal
 * CHECKPOINT_INVALID with what is wrong.
 */
export function parseCheckpoint(note: string): Checkpoint {
  const { text, signatures } = parseNote(note);
  const [origin = '', size = '', root = '', signer = '', time = '', ...logs] = text
    .slice(0, -1)
    .split('\n');
  const [, node = '', log = ''] = /^bzzz\/([^/]+)\/([0-9a-f]{64})$/.exec(origin) ?? [];
  if (!isName(node)) throw invalid('its first line is not bzzz/NODE/LOG');
  const key = /^signer ([0-9a-f]{64})$/.exec(signer)?.[1];
  if (!key) throw invalid('its fourth line does not name its signer');
  const statement = {
    node,
    log,
    size: parseCount(size, 'its second line is not a size'),
    root: parseRoot(root),
    at: parseTime(time),
    heads: parseHeads(logs),
  };
  requireOwn(statement);
  const publicKey = Buffer.from(key, 'hex');
  const keyId = keyIdOf(origin, signatureTypes.ed25519, publicKey);
  const isOwn = (line: NoteSignature): boolean => line.name === origin && line.keyId === keyId;
  const own = signatures.filter(isOwn);
  if (own.length === 0) throw invalid('its signer has not signed it');
  if (!own.every(({ bytes }) => isSignedBy(publicKey, Buffer.from(text), bytes))) {
    throw invalid('its signature is not one of its text by its signer');
  }
  if (!mayWrite(publicKey, log))
    throw invalid('its signer is not who may write the log in its origin');
  const cosignatures = signatures.filter((line) => !isOwn(line));
  return { ...statement, origin, signer: key, text, cosignatures };
}

/** A signed note of a statement. Throws Refusal CHECKPOINT_INVALID for what could not be read again. */
export function formatCheckpoint(statement: Statement, signer: Signer): string {
  const { node, log, size, root, at, heads } = statement;
  const origin = `bzzz/${node}/${log}`;
  const lines = [
    origin,
    String(size),
    Buffer.from(root, 'hex').toString('base64'),
    `signer ${Buffer.from(signer.publicKey).toString('hex')}`,
    `time ${at}`,
    ...heads
      .toSorted(byLog)
      .map((head) => `log ${head.log} ${head.length} ${head.root} ${head.fork}`),
  ];
  const text = `${lines.join('\n')}\n`;
  const keyId = keyIdOf(origin, signatureTypes.ed25519, signer.publicKey);
  const bytes = signBytes(Buffer.from(text), signer);
  const note = formatNote({ text, signatures: [{ name: origin, keyId, bytes }] });
  parseCheckpoint(note);
  return note;
}

/** The key of a log is the hash of its manifest, and the manifest of bzzz's logs names one signer. */
function mayWrite(publicKey: Uint8Array, log: string): boolean {
  const manifest = Verifier.defaultSignerManifest(publicKey);
  return Verifier.isValidManifest(Buffer.from(log, 'hex'), manifest);
}

function parseCount(text: string, otherwise: string): number {
  const count = /^(?:0|[1-9]\d{0,15})$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(count)) return count;
  throw invalid(otherwise);
}

function parseRoot(text: string): string {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length === 32 && bytes.toString('base64') === text) return bytes.toString('hex');
  throw invalid('its third line is not a root of 32 bytes in base64');
}

function parseTime(line: string): string {
  const at = /^time (\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z)$/.exec(line)?.[1] ?? '';
  const ms = Date.parse(at);
  if (!Number.isNaN(ms) && new Date(ms).toISOString() === at) return at;
  throw invalid('its fifth line is not a time in UTC with milliseconds');
}

function parseHeads(lines: readonly string[]): Head[] {
  const heads = lines.map((line) => {
    const found = /^log ([0-9a-f]{64}) (\d+) ([0-9a-f]{64}) (\d+)$/.exec(line);
    const [, log = '', length = '', root = '', fork = ''] = found ?? [];
    const otherwise = 'a line of its text is not the head of a log';
    return {
      log,
      length: parseCount(length, otherwise),
      root,
      fork: parseCount(fork, otherwise),
    };
  });
  const sorted = heads.every(({ log }, index) => log > (heads[index - 1]?.log ?? ''));
  if (!sorted) throw invalid('its logs are not in order, each once');
  return heads;
}

function requireOwn({ log, size, heads }: Statement): void {
  const own = heads.find((head) => head.log === log);
  if (own?.length !== size) throw invalid('the head of its own log does not have its size');
}

function byLog(a: Head, b: Head): number {
  return a.log < b.log ? -1 : 1;
}
