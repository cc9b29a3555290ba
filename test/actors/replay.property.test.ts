import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createActor, type AnyStateMachine, type Snapshot } from 'xstate';
import { agent, budget, node, thread } from '../../actors/index.ts';
import {
  decodeRecorded,
  encodeRecorded,
  schemaVersion,
  sha256Hex,
  type BzzzEvent,
} from '../../events/index.ts';
import { agentWorld } from './agentScript.ts';
import { budgetWorld } from './budgetScript.ts';
import { nodeWorld } from './nodeScript.ts';
import { ann, bob, cid } from './thread/script.ts';
import { threadWorld } from './thread/world.ts';
import { anyLog } from './world.ts';

const review = threadWorld({
  agents: [ann, bob, cid],
  kinds: ['bug', 'style'],
  choices: ['approve', 'reject', 'abstain'],
  failing: [cid],
});

type Kind = {
  machine: AnyStateMachine;
  logs: fc.Arbitrary<{ log: readonly BzzzEvent[]; state: { context: object } }>;
};
const kinds: Readonly<Record<string, Kind>> = {
  thread: { machine: thread.machine, logs: anyLog(review, 300) },
  agent: { machine: agent.machine, logs: anyLog(agentWorld) },
  budget: { machine: budget.machine, logs: anyLog(budgetWorld) },
  node: { machine: node.machine, logs: anyLog(nodeWorld) },
};
const runs = { numRuns: 40 };

for (const [kind, { machine, logs }] of Object.entries(kinds)) {
  describe(`the log of any ${kind}`, () => {
    it('replayed once is what happened, and replayed twice is the same', () =>
      fc.assert(
        fc.property(logs, ({ log, state }) => {
          const once = fold(machine, log);
          assert.deepEqual(fold(machine, log), once);
          assert.deepEqual('context' in once && once.context, state.context);
        }),
        runs,
      ));

    it('is a snapshot and the rest of it, wherever it is cut', () =>
      fc.assert(
        fc.property(logs, fc.nat(), ({ log }, cut) => {
          const at = cut % (log.length + 1);
          const stored = throughJson(fold(machine, log.slice(0, at)));
          assert.deepEqual(fold(machine, log.slice(at), stored), fold(machine, log));
        }),
        runs,
      ));

    it('can be written down and read back, every event of it', () =>
      fc.assert(
        fc.property(logs, ({ log }) => {
          for (const [seq, event] of log.entries()) {
            const bytes = encodeRecorded({ meta: { ...meta, seq }, event });
            assert.deepEqual(decodeRecorded(bytes, { log: meta.stream, seq }).event, event);
          }
        }),
        runs,
      ));
  });
}

const meta = {
  id: '019b7e0c-5e1c-7000-8000-000000000000',
  v: schemaVersion,
  at: '2026-01-01T00:00:00.000Z',
  actor: 'bzzz://*:*@chorus:pr-42',
  stream: sha256Hex('a log'),
  command: 'a command',
};

function fold(
  machine: AnyStateMachine,
  log: readonly BzzzEvent[],
  from?: Snapshot<unknown>,
): Snapshot<unknown> {
  const actor = createActor(machine, from ? { snapshot: from } : {}).start();
  for (const event of log) actor.send(event);
  return actor.getPersistedSnapshot();
}

function throughJson(snapshot: Snapshot<unknown>): Snapshot<unknown> {
  const read: unknown = JSON.parse(JSON.stringify(snapshot));
  assert.ok(isSnapshot(read));
  return read;
}

function isSnapshot(value: unknown): value is Snapshot<unknown> {
  return typeof value === 'object' && value !== null && 'status' in value;
}
