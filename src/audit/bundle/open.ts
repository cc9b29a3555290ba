import { open, readdir, readFile, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { Refusal } from '../../../events/index.ts';
import type { BrokenLog, Evidence, StoredLog } from '../evidence.ts';
import { BundleLog } from './bundleLog.ts';
import {
  bundleDescription,
  bundleFiles,
  type BundleDescription,
  type BundledLog,
} from './format.ts';
import { LineIndex } from './lines.ts';
import { nodeBytes, nodeCount } from './nodes.ts';
import { parseSums, sumOf, type Sums } from './sums.ts';

/** True when a path holds a bundle, whole or not. */
export async function isBundle(path: string): Promise<boolean> {
  return stat(join(path, bundleFiles.description)).then(
    (found) => found.isFile(),
    () => false,
  );
}

/**
 * Opens a bundle as evidence. Every file is read once, to be held against its sum. Throws Refusal
 * BUNDLE_INVALID when the files are not those of a bundle; what is false in them is for the audit to find.
 */
export async function openBundle(
  path: string,
  options: { signal?: AbortSignal } = {},
): Promise<Evidence> {
  const sums = await readSums(path);
  const description = await readDescription(path);
  await requireFiles(path, description, sums);
  const scan = await scanFiles(path, sums, options.signal);
  const opened: FileHandle[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(opened.splice(0).map((file) => file.close()));
  };
  const openLog = async (described: BundledLog): Promise<StoredLog> => {
    const lines = scan.lines.get(`${described.file}.jsonl`) ?? new LineIndex();
    await requireLength(path, described, lines);
    const blocks = await open(join(path, `${described.file}.jsonl`), 'r');
    opened.push(blocks);
    const nodes = await open(join(path, `${described.file}.tree`), 'r');
    opened.push(nodes);
    return new BundleLog({ described, blocks, nodes, lines });
  };
  try {
    const stored: (StoredLog | BrokenLog)[] = [...description.broken];
    for (const log of description.logs) stored.push(await openLog(log));
    const { scope, exportedAt, logs: labels, excluded, node } = description;
    const checkpoint = sums.has(bundleFiles.checkpoint)
      ? await readFile(join(path, bundleFiles.checkpoint), 'utf8')
      : null;
    const { damaged } = scan;
    const bundle = { scope, exportedAt, labels, excluded, checkpoint, damaged };
    return { node, stored, bundle, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function readSums(path: string): Promise<Sums> {
  const text = await readFile(join(path, bundleFiles.sums), 'utf8').catch((cause: unknown) => {
    throw invalid(path, `it has no readable ${bundleFiles.sums}`, cause);
  });
  const sums = parseSums(text);
  if (!sums) throw invalid(path, `${bundleFiles.sums} is not a list of sums and files`);
  return sums;
}

async function readDescription(path: string): Promise<BundleDescription> {
  try {
    const text = await readFile(join(path, bundleFiles.description), 'utf8');
    const value: unknown = JSON.parse(text);
    // One spelling: what a reader of JSON does not notice would not be noticed when it is changed.
    if (`${JSON.stringify(value, null, 2)}\n` !== text) throw new TypeError('spelled otherwise');
    return bundleDescription.parse(value);
  } catch (cause) {
    throw invalid(path, `${bundleFiles.description} is not the description of a bundle`, cause);
  }
}

/** The files that are there, that are summed and that are described have to be the same. */
async function requireFiles(path: string, { logs }: BundleDescription, sums: Sums): Promise<void> {
  const described = logs.flatMap(({ file }) => [`${file}.jsonl`, `${file}.tree`]);
  const twice = [described, logs.map(({ key }) => key)].some(
    (names) => new Set(names).size < names.length,
  );
  if (twice) throw invalid(path, `${bundleFiles.description} lists a log twice`);
  const expected = new Set([bundleFiles.description, ...described]);
  for (const file of sums.keys()) if (isExtra(file)) expected.add(file);
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const present = entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(join(path, '/').length))
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => file !== bundleFiles.sums);
  for (const file of expected) {
    if (!sums.has(file)) throw invalid(path, `${bundleFiles.sums} does not list ${file}`);
    if (!present.includes(file)) throw invalid(path, `${file} is missing`);
  }
  for (const file of [...sums.keys(), ...present]) {
    if (!expected.has(file)) throw invalid(path, `${file} does not belong to it`);
  }
}

function isExtra(file: string): boolean {
  return file === bundleFiles.checkpoint || /^keys\/[0-9a-f]{64}\.key$/.test(file);
}

type Scan = {
  readonly lines: ReadonlyMap<string, LineIndex>;
  readonly damaged: { file: string; expected: string; found: string }[];
};

async function scanFiles(path: string, sums: Sums, signal: AbortSignal | undefined): Promise<Scan> {
  const lines = new Map<string, LineIndex>();
  const damaged: Scan['damaged'] = [];
  for (const [file, expected] of sums) {
    const index = file.endsWith('.jsonl') ? new LineIndex() : null;
    if (index) lines.set(file, index);
    const found = await sumOf(join(path, file), (chunk) => index?.see(chunk), signal);
    if (found !== expected) damaged.push({ file, expected, found });
  }
  return { lines, damaged };
}

async function requireLength(path: string, log: BundledLog, { lines }: LineIndex): Promise<void> {
  if (lines !== log.length) {
    const found = lines === null ? 'the last line has no end' : `it holds ${lines} blocks`;
    throw invalid(path, `${log.file}.jsonl does not hold ${log.length} blocks: ${found}`);
  }
  const { size } = await stat(join(path, `${log.file}.tree`));
  if (size !== nodeCount(log.length) * nodeBytes) {
    throw invalid(path, `${log.file}.tree does not hold the nodes over ${log.length} blocks`);
  }
}

function invalid(path: string, why: string, cause?: unknown): Refusal {
  return new Refusal(
    'BUNDLE_INVALID',
    `${path} is not a whole bundle: ${why}; ask for it to be exported again`,
    { cause },
  );
}
