import { z } from 'zod';

/**
 * The files of a bundle. FORMAT.md beside this file says what is in each of them, exactly enough for a
 * stranger to verify a bundle without bzzz; the two change together, and then the number in the name.
 */
export const bundleFormat = 'bzzz.bundle/1';

export const bundleFiles = {
  description: 'bundle.json',
  checkpoint: 'checkpoint.txt',
  sums: 'SHA256SUMS',
  logs: 'logs',
  keys: 'keys',
} as const;

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const bytes = z.string().regex(/^(?:[0-9a-f]{2})*$/);
const count = z.int().min(0);
const kind = z.enum(['node', 'blobs', 'budget', 'agent', 'thread', 'unknown']);

const bundledLog = z.strictObject({
  /** Empty for a log that nobody has registered. */
  actor: z.string(),
  kind,
  key: hash,
  /** The name under which the store listed the log. */
  discoveryKey: hash,
  /** As hypercore encodes it; null when the store held none. */
  manifest: bytes.nullable(),
  length: count,
  fork: count,
  root: bytes.nullable(),
  signature: bytes.nullable(),
  /** Without its ending: `.jsonl` holds the blocks, `.tree` the nodes. */
  file: z.string().regex(/^logs\/[0-9]{4,9}-[a-z]+$/),
});
export type BundledLog = z.infer<typeof bundledLog>;

const excludedLog = z.strictObject({
  actor: z.string(),
  kind,
  key: hash,
  length: count,
  fork: count,
  root: bytes.nullable(),
});
/** A log that was left out on purpose, with the head it had. */
export type ExcludedLog = z.infer<typeof excludedLog>;

export const bundleDescription = z.strictObject({
  format: z.literal(bundleFormat),
  node: z.strictObject({ name: z.string().min(1).max(64), log: hash }),
  exportedAt: z.iso.datetime({ precision: 3 }),
  /** Address of the thread that the bundle is about; null when it holds the whole node. */
  scope: z.string().nullable(),
  logs: z.array(bundledLog),
  /** Logs of which not even the key could be read. */
  broken: z.array(z.strictObject({ discoveryKey: hash, unreadable: z.string() })),
  excluded: z.array(excludedLog),
});
export type BundleDescription = z.infer<typeof bundleDescription>;
