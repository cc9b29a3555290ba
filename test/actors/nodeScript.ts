import { node, type NodeCommand } from '../../actors/index.ts';
import { sha256Hex, threadAddress, type EventOf } from '../../events/index.ts';
import { specify, type Command } from '../support/specify.ts';
import type { World } from './world.ts';

/** The life of a node, as commands. */

const actor = specify(node);
export const { play, given } = actor;

export type Line = Command<NodeCommand>;
type NodeState = typeof actor.initial;

export const blobs = sha256Hex('the log of the blobs');
export const stop: Line = { type: 'stop' };

export function start(blobLog = blobs) {
  return {
    type: 'start',
    name: 'host-1',
    version: '0.1.0',
    blobs: blobLog,
  } as const satisfies Line;
}

export function registerLog(task: string, log: string) {
  return {
    type: 'registerLog',
    actor: threadAddress('chorus', task),
    kind: 'thread',
    log: sha256Hex(log),
  } as const satisfies Line;
}

export const sealCheckpoint: Line = {
  type: 'sealCheckpoint',
  heads: [{ log: sha256Hex('x'), length: 3, root: sha256Hex('the root'), fork: 0 }],
};

export const eraseSubject = {
  type: 'eraseSubject' as const,
  subject: threadAddress('chorus', 'pr-42'),
  reason: 'asked to',
  by: 'Ann',
  key: sha256Hex('a key'),
  blobs: [sha256Hex('a text')],
} satisfies Line;

/** A node with three actors and three logs to host them in, in any combination. */
export const nodeWorld: World<NodeState, EventOf<'node'>, Line> = {
  ...actor,
  linesIn: () => [
    start(),
    start(sha256Hex('other blobs')),
    stop,
    sealCheckpoint,
    eraseSubject,
    ...['x', 'y', 'z'].flatMap((log) =>
      ['pr-1', 'pr-2', 'pr-3'].map((task) => registerLog(task, log)),
    ),
  ],
};
