import { assign, setup, type SnapshotFrom } from 'xstate';
import type { ActorKind, EventOf, Head } from '../events/index.ts';
import type { ActorType, CommandBase, Fact } from './actor.ts';

type NodeEvent = EventOf<'node'>;

/** What a node knows of itself: the register of every log it hosts, by the address of its actor. */
export type NodeContext = {
  name: string;
  blobs: string;
  logs: Record<string, { kind: ActorKind; log: string }>;
};

export type NodeCommand = CommandBase &
  (
    | { type: 'start'; name: string; version: string; blobs: string }
    | { type: 'registerLog'; actor: string; kind: ActorKind; log: string }
    | { type: 'sealCheckpoint'; heads: Head[] }
    | { type: 'recordWitnessed'; note: string }
    | ({ type: 'eraseSubject' } & Omit<Extract<NodeEvent, { type: 'node.subject.erased' }>, 'type'>)
    | { type: 'recordRestored'; takenAt: string; by: string }
    | { type: 'stop' }
  );

const { createMachine } = setup({
  types: { context: {} as NodeContext, events: {} as NodeEvent },
});

/** Folds facts into the register of a node. A log, once registered, stays registered under its key. */
const nodeMachine = createMachine({
  id: 'node',
  context: { name: '', blobs: '', logs: {} },
  initial: 'down',
  on: {
    // A start while up is lawful: it is how a crash looks afterwards.
    'node.started': {
      guard: ({ context, event }) => !context.blobs || context.blobs === event.blobs,
      target: '.up',
      actions: assign(({ event: { name, blobs } }) => ({ name, blobs })),
    },
  },
  states: {
    down: {},
    up: {
      on: {
        'node.log.registered': {
          guard: ({ context, event }) => isNewLog(context, event),
          actions: assign(({ context, event: { actor, kind, log } }) => ({
            logs: { ...context.logs, [actor]: { kind, log } },
          })),
        },
        'node.checkpoint.sealed': { actions: assign({}) },
        'node.checkpoint.witnessed': { actions: assign({}) },
        'node.subject.erased': { actions: assign({}) },
        'node.restored': { actions: assign({}) },
        'node.stopped': 'down',
      },
    },
  },
});

// One actor, one log, and no log tells of two actors.
function isNewLog({ logs }: NodeContext, { actor, log }: { actor: string; log: string }): boolean {
  return !(actor in logs) && Object.values(logs).every((other) => other.log !== log);
}

function decideNode(
  command: NodeCommand,
  _snapshot: SnapshotFrom<typeof nodeMachine>,
): readonly Fact<NodeEvent>[] {
  switch (command.type) {
    case 'start': {
      const { name, version, blobs } = command;
      return [{ event: { type: 'node.started', name, version, blobs } }];
    }
    case 'registerLog': {
      const { actor, kind, log } = command;
      return [{ event: { type: 'node.log.registered', actor, kind, log } }];
    }
    case 'sealCheckpoint':
      return [{ event: { type: 'node.checkpoint.sealed', heads: command.heads } }];
    case 'recordWitnessed':
      return [{ event: { type: 'node.checkpoint.witnessed', note: command.note } }];
    case 'eraseSubject': {
      const { subject, reason, by, key, blobs } = command;
      return [{ event: { type: 'node.subject.erased', subject, reason, by, key, blobs } }];
    }
    case 'recordRestored': {
      const { takenAt, by } = command;
      return [{ event: { type: 'node.restored', takenAt, by } }];
    }
    case 'stop':
      return [{ event: { type: 'node.stopped' } }];
  }
}

/** The machine that hosts logs: it registers every one of them, so that none can be taken away unseen. */
export const node: ActorType<'node', typeof nodeMachine, NodeCommand> = {
  kind: 'node',
  version: 1,
  machine: nodeMachine,
  decide: decideNode,
  due: () => [],
};
