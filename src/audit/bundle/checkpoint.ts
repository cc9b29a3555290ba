import { Refusal, type Head } from '../../../events/index.ts';
import { parseCheckpoint, Rfc6962, type Checkpoint } from '../../shared/note/index.ts';
import { isUnreadable, type Evidence, type StoredLog } from '../evidence.ts';
import type { Difference } from '../findings.ts';
import { hex, MerkleTree } from '../merkle.ts';
import type { Survey } from '../survey.ts';
import type { BundleFacts } from './facts.ts';

const readAhead = 512;
const emptyRoot = hex(new MerkleTree().hash());

/**
 * Holds a bundle against the checkpoint that it was exported with: signed by the node, over its own log and
 * the heads of all registered logs, those that were left out among them. Null when all are the same.
 */
export async function checkpointDifference(
  evidence: Evidence,
  bundle: BundleFacts,
  survey: Survey,
): Promise<Difference | null> {
  if (bundle.checkpoint === null) {
    return different('file', 'a checkpoint', null, 'the bundle has no checkpoint');
  }
  const checkpoint = read(bundle.checkpoint);
  if (typeof checkpoint === 'string') {
    return different('file', 'a checkpoint by the node', checkpoint, 'its checkpoint is not valid');
  }
  const { node } = evidence;
  const members = [
    ['log', node.log, checkpoint.log],
    ['node', node.name, checkpoint.node],
    ['time', bundle.exportedAt, checkpoint.at],
  ] as const;
  for (const [field, expected, found] of members) {
    if (expected === found) continue;
    return different(field, expected, found, 'the checkpoint of the bundle is another one');
  }
  return headDifference(evidence, bundle, survey, checkpoint) ?? rootDifference(survey, checkpoint);
}

function read(note: string): Checkpoint | string {
  try {
    return parseCheckpoint(note);
  } catch (error) {
    if (error instanceof Refusal) return error.message;
    throw error;
  }
}

function headDifference(
  { stored, node }: Evidence,
  { excluded }: BundleFacts,
  { registered, blobs }: Survey,
  { heads }: Checkpoint,
): Difference | null {
  const listed = new Set([node.log, blobs, ...registered.map(({ log }) => log)]);
  const held = new Map<string, Head>();
  for (const { key, length, root, fork } of excluded) {
    held.set(key, { log: key, length, root: root ?? emptyRoot, fork });
  }
  for (const log of stored) {
    if (!isUnreadable(log)) held.set(log.key, headOf(log));
  }
  const signed = new Map(heads.map((head) => [head.log, head]));
  for (const log of new Set([...signed.keys(), ...held.keys()])) {
    if (!listed.has(log) && !signed.has(log)) continue;
    const [expected, found] = [describe(signed.get(log)), describe(held.get(log))];
    if (expected === found) continue;
    return different(log, expected, found, 'a log is not what it was when the bundle was exported');
  }
  return null;
}

function headOf({ key, length, rootHash, fork }: StoredLog): Head {
  return { log: key, length, root: length > 0 && rootHash ? hex(rootHash) : emptyRoot, fork };
}

function describe(head: Head | undefined): string | null {
  return head ? `${head.length} blocks, fork ${head.fork}, root ${head.root}` : null;
}

async function rootDifference(
  { node }: Survey,
  { size, root }: Checkpoint,
): Promise<Difference | null> {
  const tree = new Rfc6962();
  // A block that is missing is reported where it is missing.
  if (node && !(await grow(tree, node))) return null;
  if (tree.size === size && tree.root() === root) return null;
  const found = `${tree.size} events, root ${tree.root()}`;
  return different('root', `${size} events, root ${root}`, found, 'the log of the node is another');
}

/** False when a block cannot be read. */
async function grow(tree: Rfc6962, node: StoredLog): Promise<boolean> {
  for (let from = 0; from < node.length; from += readAhead) {
    for (const block of await node.blocks(from, Math.min(node.length, from + readAhead))) {
      if (isUnreadable(block)) return false;
      tree.append(block);
    }
  }
  return true;
}

function different(
  field: string,
  expected: string | null,
  found: string | null,
  message: string,
): Difference {
  return { check: 'witness', field, expected, found, message };
}
