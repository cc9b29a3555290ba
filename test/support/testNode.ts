import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeAddress, type Policy } from '../../events/index.ts';
import { createDataDir, dataDir } from '../../src/log/dataDir.ts';
import { openLogStore } from '../../src/log/store.ts';
import type { Actors, ModelGateway } from '../../src/ports.ts';
import type { ReviewDeps } from '../../src/review/deps.ts';
import { ActorHost } from '../../src/runtime/index.ts';
import type { Role } from '../../src/shared/prompt/index.ts';

/** A clock that moves on by a millisecond whenever it is read, from a fixed start. */
export function steppingClock(startMs = Date.parse('2026-11-23T12:00:00.000Z')) {
  let nowMs = startMs;
  return {
    nowMs: () => nowMs++,
    skip: (ms: number) => {
      nowMs += ms;
    },
  };
}

/** Runs `use` with a folder of its own that is gone afterwards. */
export async function withTempDir<T>(use: (dir: string) => Promise<T>): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'bzzz-test-'));
  try {
    return await use(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

export type TestNode = {
  readonly host: ActorHost;
  readonly store: Awaited<ReturnType<typeof openLogStore>>;
  readonly clock: ReturnType<typeof steppingClock>;
  /** Stops in good order. */
  close(): Promise<void>;
  /** Lets go of the store as a killed process does: nothing sealed, nothing said. */
  drop(): Promise<void>;
};

/** A node on a data directory: real logs, a fixed clock. */
export async function openTestNode(
  root: string,
  clock: TestNode['clock'] = steppingClock(),
  activeMax = 100,
): Promise<TestNode> {
  const dir = dataDir(root);
  await createDataDir(dir);
  const store = await openLogStore(dir);
  const host = await ActorHost.start({
    store,
    clock,
    snapshotsDir: dir.snapshots,
    node: { address: nodeAddress('local'), name: 'local', version: '0.0.0' },
    activeMax,
  });
  return {
    host,
    store,
    clock,
    async close() {
      await host.stop();
      await store.close();
    },
    drop: () => store.close(),
  };
}

function testRole(name: string): Role {
  return {
    name,
    title: `The ${name}`,
    prompt: 'Look.',
    capabilities: ['review'],
    tier: 'standard',
    memory: { notes: 3 },
  };
}

export const testPolicy: Policy = {
  rule: 'majority',
  thresholdPct: 67,
  quorumPct: 50,
  minParticipants: 2,
  vetoRoles: [],
  weights: {},
  blockingSeverity: 'medium',
  discussionRounds: 1,
  escalationMs: 3_600_000,
  onSilence: 'changes_requested',
};

/** Everything a review needs, on a test node; `actors` may be wrapped. */
export function reviewDeps(
  node: TestNode,
  gateway: ModelGateway,
  roles = ['architect', 'reviewer', 'performance'],
  actors: Actors = node.host,
): ReviewDeps {
  return {
    actors,
    vault: node.store.vault,
    clock: node.clock,
    gateway,
    models: { economy: 'm', standard: 'm', premium: 'm' },
    maxTokens: { review: 100, vote: 100, discuss: 100 },
    roles: roles.map(testRole),
    holdMs: 60_000,
  };
}
