import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeAddress, type Policy } from '../../events/index.ts';
import { createDataDir, dataDir } from '../../src/log/dataDir.ts';
import { openLogStore } from '../../src/log/store.ts';
import { createCalls } from '../../src/llm/calls/index.ts';
import type { Actors, ModelGateway, Redactor } from '../../src/ports.ts';
import type { ReviewDeps } from '../../src/review/deps.ts';
import type { BudgetRules } from '../../src/review/open.ts';
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

export function testRole(name: string): Role {
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

/** Caps of a task and of a day, in micro-dollars. */
export function testBudget(task: number, day: number): BudgetRules {
  return { limitsMicroUsd: { task, day }, alertsPct: [50, 80, 100] };
}

/** Takes nothing out. */
export const plainTexts: Redactor = {
  redact: async (_subject, text) => text,
  restore: async (_subject, text) => text,
};

/** Everything a review needs, on a test node; `actors` may be wrapped. */
export function reviewDeps(
  node: TestNode,
  gateway: ModelGateway,
  roles = ['architect', 'reviewer', 'performance'],
  actors: Actors = node.host,
): ReviewDeps {
  const { vault } = node.store;
  const paid = { actors, vault, clock: node.clock, gateway, redactor: plainTexts };
  return {
    ...paid,
    calls: createCalls({ ...paid, holdMs: 60_000, labels: {} }),
    models: { economy: 'm', standard: 'm', premium: 'm' },
    maxTokens: { review: 100, vote: 100, discuss: 100, summarise: 100 },
    contextTokens: 60_000,
    countTokens: (text) => Math.ceil(text.length / 4),
    choice: 'role',
    turnMs: 60_000,
    roles: roles.map(testRole),
  };
}
