/**
 * BLAKE2b with 32 bytes of output (RFC 7693), 64-bit words as pairs of 32-bit words, low one first. Written
 * for the independent verifier, which shares nothing with what it verifies.
 */
const iv = new Uint32Array([
  0xf3bcc908, 0x6a09e667, 0x84caa73b, 0xbb67ae85, 0xfe94f82b, 0x3c6ef372, 0x5f1d36f1, 0xa54ff53a,
  0xade682d1, 0x510e527f, 0x2b3e6c1f, 0x9b05688c, 0xfb41bd6b, 0x1f83d9ab, 0x137e2179, 0x5be0cd19,
]);

// Order in which the words of a message are mixed; rounds 10 and 11 repeat 0 and 1.
const sigma = [
  [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
  [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
  [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4],
  [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
  [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13],
  [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
  [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11],
  [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
  [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5],
  [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
];
// Columns, then diagonals of the state.
const lanes = [
  [0, 4, 8, 12],
  [1, 5, 9, 13],
  [2, 6, 10, 14],
  [3, 7, 11, 15],
  [0, 5, 10, 15],
  [1, 6, 11, 12],
  [2, 7, 8, 13],
  [3, 4, 9, 14],
] as const;

const blockBytes = 128;
const hashBytes = 32;
const v = new Uint32Array(32);
const m = new Uint32Array(32);

/** The hash of a message, keyed if there is a key. */
export function blake2b(message: Uint8Array, key: Uint8Array = new Uint8Array()): Buffer {
  const keyed = key.byteLength > 0 ? Buffer.alloc(blockBytes) : Buffer.alloc(0);
  keyed.set(key);
  const input = Buffer.concat([keyed, message]);
  const h = iv.slice();
  h[0] = word(h, 0) ^ 0x01010000 ^ (key.byteLength << 8) ^ hashBytes;
  const blocks = Math.max(1, Math.ceil(input.byteLength / blockBytes));
  const padded = Buffer.alloc(blocks * blockBytes);
  padded.set(input);
  for (let at = 0; at < blocks; at++) {
    const last = at === blocks - 1;
    const count = last ? input.byteLength : (at + 1) * blockBytes;
    compress(h, padded.subarray(at * blockBytes, (at + 1) * blockBytes), count, last);
  }
  const out = Buffer.alloc(hashBytes);
  for (let i = 0; i < hashBytes / 4; i++) out.writeUInt32LE(word(h, i), 4 * i);
  return out;
}

function compress(h: Uint32Array, block: Buffer, count: number, last: boolean): void {
  v.set(h);
  v.set(iv, 16);
  v[24] = word(v, 24) ^ (count % 2 ** 32);
  v[25] = word(v, 25) ^ Math.floor(count / 2 ** 32);
  if (last) {
    v[28] = ~word(v, 28);
    v[29] = ~word(v, 29);
  }
  for (let i = 0; i < 32; i++) m[i] = block.readUInt32LE(4 * i);
  for (let round = 0; round < 12; round++) {
    const order = sigma[round % 10] ?? [];
    for (const [lane, [a, b, c, d]] of lanes.entries()) {
      mix([2 * a, 2 * b, 2 * c, 2 * d], 2 * (order[2 * lane] ?? 0), 2 * (order[2 * lane + 1] ?? 0));
    }
  }
  for (let i = 0; i < 16; i++) h[i] = word(h, i) ^ word(v, i) ^ word(v, i + 16);
}

function mix([a, b, c, d]: readonly [number, number, number, number], x: number, y: number): void {
  add(a, v, b);
  add(a, m, x);
  turn(d, a, 32);
  add(c, v, d);
  turn(b, c, 24);
  add(a, v, b);
  add(a, m, y);
  turn(d, a, 16);
  add(c, v, d);
  turn(b, c, 63);
}

/** v[to] += words[from], modulo 2^64. */
function add(to: number, words: Uint32Array, from: number): void {
  const low = word(v, to) + word(words, from);
  v[to + 1] = word(v, to + 1) + word(words, from + 1) + (low >= 2 ** 32 ? 1 : 0);
  v[to] = low;
}

/** v[to] = (v[to] ^ v[with]) turned right by that many bits. */
function turn(to: number, other: number, bits: number): void {
  const low = word(v, to) ^ word(v, other);
  const high = word(v, to + 1) ^ word(v, other + 1);
  const [near, far] = bits >= 32 ? [high, low] : [low, high];
  const by = bits % 32;
  v[to] = by === 0 ? near : (near >>> by) | (far << (32 - by));
  v[to + 1] = by === 0 ? far : (far >>> by) | (near << (32 - by));
}

function word(words: Uint32Array, at: number): number {
  return words[at] ?? 0;
}
