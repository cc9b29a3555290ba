import assert from 'node:assert/strict';
import { Refusal } from '../../events/index.ts';
import { createReader } from '../../src/log/index.ts';
import type { Actors } from '../../src/ports.ts';
import { endLeftTurns } from '../../src/review/endLeftTurns.ts';
import { forkThread, type ForkDeps, type Forked, type ForkRequest } from '../../src/review/fork.ts';
import { performWork } from '../../src/review/perform.ts';
import { rememberReview } from '../../src/review/remember.ts';
import { drive } from '../../src/runtime/index.ts';
import { scriptedGateway, type Script, type ScriptedGateway } from './scriptedGateway.ts';
import { reviewDeps, testBudget, type TestNode } from './testNode.ts';

type Asked = Pick<ForkRequest, 'seq'> & Partial<ForkRequest>;

/** Forks a thread of a test node; what it acts through may be wrapped. */
export async function forkOn(
  node: TestNode,
  address: string,
  asked: Asked,
  through: Partial<Pick<ForkDeps, 'actors' | 'vault'>> = {},
): Promise<Forked> {
  const reader = createReader(
    async () => node.host.registered(),
    ({ actor }) => node.store.open(actor),
    () => node.store.stored(),
  );
  try {
    return await forkThread(
      { actors: node.host, vault: node.store.vault, clock: node.clock, reader, ...through },
      {
        address,
        model: null,
        deadlineMs: 600_000,
        budget: testBudget(10_000, 20_000),
        by: 'ann',
        ...asked,
      },
    );
  } finally {
    await reader.close();
  }
}

/** Where a thread can be forked, by what it says of an event that it does not have. */
export async function cutsOf(node: TestNode, address: string): Promise<number[]> {
  const refusal: unknown = await forkOn(node, address, { seq: 1_000_000 }).catch(
    (error: unknown) => error,
  );
  assert.ok(refusal instanceof Refusal, String(refusal));
  const { possible } = refusal.data;
  assert.ok(Array.isArray(possible), refusal.message);
  return possible.map(Number);
}

/** Goes on with a thread until it waits for a person or for nobody; returns who was asked. */
export async function goOnWith(
  node: TestNode,
  thread: string,
  script: Script,
  actors: Actors = node.host,
): Promise<ScriptedGateway> {
  const gateway = scriptedGateway(script);
  const deps = reviewDeps(node, gateway, undefined, actors);
  const { signal } = new AbortController();
  await drive({
    host: node.host,
    thread,
    perform: (address, work, stop) => performWork(deps, address, work, stop),
    signal,
  });
  await endLeftTurns(deps, thread);
  await rememberReview(deps, thread);
  return gateway;
}
