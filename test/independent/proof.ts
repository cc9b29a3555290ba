import { createPublicKey, verify as verifySignature } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { blake2b } from './blake2b.ts';
import {
  at,
  hex,
  number,
  parse,
  same,
  text,
  u64,
  type Event,
  type Fail,
  type Log,
} from './values.ts';

type Root = { index: number; size: number; hash: Buffer };
const namespace = (id: number): Buffer =>
  blake2b(Buffer.concat([blake2b(Buffer.from('hypercore')), Buffer.of(id)]));
const [treeNamespace, manifestNamespace, defaultNamespace] = [0, 3, 4].map(namespace);

/** A log from its files, with whatever does not prove itself. */
export function checkLog(path: string, entry: unknown, fail: Fail): Log {
  const [key, root, length] = [text(entry, 'key'), text(entry, 'root'), number(entry, 'length')];
  const file = readFileSync(join(path, `${text(entry, 'file')}.jsonl`));
  const nodes = readFileSync(join(path, `${text(entry, 'file')}.tree`));
  const blocks: Log['blocks'] = [];
  for (let from = 0; from < file.length;) {
    const end = file.indexOf('\n', from);
    if (end < 0) fail('the last line has no end');
    const line = file.subarray(from, end < 0 ? file.length : end);
    blocks.push(blockOf(line, (why) => fail(`line ${blocks.length + 1} ${why}`)));
    from += line.length + 1;
  }
  if (blocks.length !== length) fail(`${blocks.length} blocks instead of ${length}`);
  const roots: Root[] = [];
  const rootAt = [treeHash(roots)];
  let place = 0;
  const agree = ({ size, hash }: Root): void => {
    const node = nodes.subarray(40 * place, 40 * ++place);
    if (!node.equals(Buffer.concat([u64(size), hash]))) fail(`node ${place} of the tree differs`);
  };
  for (const [seq, block] of blocks.entries()) {
    const known = nodes.subarray(40 * place, 40 * place + 40);
    const leaf = block
      ? {
          size: block.length,
          hash: blake2b(Buffer.concat([Buffer.of(0), u64(block.length), block])),
        }
      : { size: known.length < 8 ? 0 : Number(known.readBigUInt64LE()), hash: known.subarray(8) };
    roots.push({ index: 2 * seq, ...leaf });
    if (block) agree({ index: 2 * seq, ...leaf });
    else place++;
    for (let count = seq + 1; count % 2 === 0; count /= 2) {
      const [left, right] = roots.splice(-2);
      if (!left || !right) throw new Error('no two roots');
      const size = left.size + right.size;
      const hash = blake2b(Buffer.concat([Buffer.of(1), u64(size), left.hash, right.hash]));
      roots.push({ index: (left.index + right.index) / 2, size, hash });
      agree({ index: 0, size, hash });
    }
    rootAt.push(treeHash(roots));
  }
  if (nodes.length !== 40 * place) fail('the tree has another size');
  if (length > 0 && rootAt.at(-1) !== root) fail('the root is not that of the blocks');
  checkSigner(entry, { key, length, root: rootAt.at(-1) ?? '' }, fail);
  const { actor, kind } = { actor: text(entry, 'actor'), kind: text(entry, 'kind') };
  return { actor, kind, key, length, root: rootAt.at(-1) ?? '', blocks, rootAt };
}

function blockOf(line: Buffer, fail: Fail): Buffer | null {
  if (line.toString('latin1') === 'null') return null;
  if (line[0] === 0x7b && Buffer.from(line.toString()).equals(line)) return line;
  const base64 = /^"([A-Za-z0-9+/]*={0,2})"$/.exec(line.toString('latin1'))?.[1];
  const block = Buffer.from(base64 ?? '', 'base64');
  const plain =
    block[0] === 0x7b && !block.includes(10) && Buffer.from(block.toString()).equals(block);
  if (base64 === undefined || block.toString('base64') !== base64 || plain) fail('is no block');
  return block;
}

export function treeHash(roots: readonly Root[]): string {
  const parts = roots.flatMap(({ hash, index, size }) => [hash, u64(index), u64(size)]);
  return hex(blake2b(Buffer.concat([Buffer.of(2), ...parts])));
}

function checkSigner(
  entry: unknown,
  { key, length, root }: Pick<Log, 'key' | 'length' | 'root'>,
  fail: Fail,
): void {
  if (
    hex(blake2b(Buffer.from('hypercore'), Buffer.from(key, 'hex'))) !== text(entry, 'discoveryKey')
  )
    fail('the discovery key is not the hash of the key');
  const manifest = Buffer.from(text(entry, 'manifest'), 'hex');
  if (!manifest.subarray(0, 38).equals(Buffer.concat([Buffer.from('010000010100', 'hex'), ns()])))
    fail('the manifest is not one of a single signer');
  if (hex(blake2b(Buffer.concat([manifestNamespace ?? ns(), manifest]))) !== key)
    fail('the key is not the hash of the manifest');
  if (number(entry, 'fork') !== 0) fail('the log was cut back and written anew');
  if (length === 0) return;
  const signature = Buffer.from(text(entry, 'signature'), 'hex');
  const head = Buffer.concat([Buffer.from(root, 'hex'), u64(length), u64(number(entry, 'fork'))]);
  const signed = Buffer.concat([treeNamespace ?? ns(), Buffer.from(key, 'hex'), head]);
  const proof = signature.subarray(2, 66);
  const framed = signature.equals(Buffer.concat([Buffer.of(1, 0), proof, Buffer.of(0, 0)]));
  if (!framed || !isSigned(manifest.subarray(38), signed, proof)) fail('the root is not signed');
}

const ns = (): Buffer => defaultNamespace ?? Buffer.alloc(32);

export function isSigned(publicKey: Buffer, message: Buffer, signature: Buffer): boolean {
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: publicKey.toString('base64url') };
  try {
    const key = createPublicKey({ key: jwk, format: 'jwk' });
    return verifySignature(null, message, key, signature);
  } catch {
    return false;
  }
}

export function readEvents(logs: readonly Log[], fail: Fail): Event[] {
  const events: Event[] = [];
  for (const log of logs.filter(({ kind }) => kind !== 'blobs' && kind !== 'unknown')) {
    for (const [seq, bytes] of log.blocks.entries()) {
      const where = `${log.actor} event ${seq}`;
      if (!bytes) fail(`${where} is missing`);
      if (!bytes) continue;
      try {
        const block = parse(bytes.toString());
        const [meta, event] = [at(block, 'meta'), at(block, 'event')];
        events.push({ log, seq, bytes, meta, event });
        const place = {
          stream: text(meta, 'stream'),
          seq: number(meta, 'seq'),
          actor: text(meta, 'actor'),
        };
        if (!same(place, { stream: log.key, seq, actor: log.actor }))
          fail(`${where} is of another place`);
        if (!text(event, 'type').startsWith(`${log.kind}.`)) fail(`${where} is of another kind`);
      } catch {
        fail(`${where} is not JSON`);
      }
    }
  }
  return events;
}
