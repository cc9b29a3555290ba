import assert from 'node:assert/strict';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { testPrice } from '../../support/scriptedGateway.ts';
import fc from 'fast-check';
import {
  agentAddress,
  budgetAddress,
  encodeRecorded,
  nodeAddress,
  type BudgetEvent,
} from '../../../events/index.ts';
import { openTestNode, steppingClock, withTempDir, type TestNode } from '../../support/testNode.ts';

const ledger = budgetAddress('shop');
const priceBook = 'ab'.repeat(32);

async function openLedger({ host }: TestNode, limitMicroUsd = 1000): Promise<void> {
  const to = { kind: 'budget' as const, actor: ledger };
  await host.handle({ ...to, commandId: 'open', command: { type: 'open', project: 'shop' } });
  const command = { type: 'setLimit' as const, scope: 'task', limitMicroUsd, by: 'Ann' };
  await host.handle({ ...to, commandId: 'limit', command });
}

function hold({ host }: TestNode, id: string, amountMicroUsd = 10, expectedVersion?: number) {
  return host.handle({
    kind: 'budget',
    actor: ledger,
    commandId: `hold/${id}`,
    command: {
      type: 'hold',
      hold: id,
      scopes: ['task:pr-1'],
      expiresInMs: 1000,
      thread: 'bzzz://*:*@shop:pr-1',
      agent: 'bzzz://a:b@shop:*',
      model: 'm',
      priceBook,
      price: testPrice,
      terms: { promptTokens: amountMicroUsd, maxTokens: 0, serviceTier: 'standard', region: null },
    },
    ...(expectedVersion !== undefined && { expectedVersion }),
  });
}

async function held({ host }: TestNode): Promise<number> {
  return (await host.state('budget', ledger))?.context.held['task:pr-1'] ?? 0;
}

describe('an actor on its log', () => {
  it('gives a repeated command its first outcome, also after a restart', () =>
    withTempDir(async (dir) => {
      const clock = steppingClock();
      const first = await openTestNode(dir, clock);
      await openLedger(first);
      const before = await hold(first, 'h1');
      const again = await hold(first, 'h1');
      await first.close();
      const second = await openTestNode(dir, clock);
      const later = await hold(second, 'h1');
      assert.deepEqual(
        [before, again, later].map(({ events, hashes }) => ({ events, hashes })),
        Array.from({ length: 3 }, () => ({ events: before.events, hashes: before.hashes })),
      );
      assert.deepEqual(
        [before, again, later].map(({ repeated }) => repeated),
        [false, true, true],
      );
      assert.equal(await held(second), 10);
      await second.close();
    }));

  it('refuses a command that expects another version, and appends nothing', () =>
    withTempDir(async (dir) => {
      const node = await openTestNode(dir);
      await openLedger(node);
      await assert.rejects(hold(node, 'h1', 10, 7), { code: 'VERSION_CONFLICT' });
      assert.equal((await hold(node, 'h1', 10, 2)).version, 4);
      await node.close();
    }));

  it('lets one of many at a time through, so that a cap holds', () =>
    withTempDir(async (dir) => {
      const node = await openTestNode(dir);
      await openLedger(node, 95);
      const outcomes = await Promise.all(
        Array.from({ length: 40 }, (_, index) => hold(node, `h${index}`)),
      );
      const granted = outcomes.filter(({ events }) => events.at(-1)?.event.type === 'budget.held');
      assert.equal(granted.length, 9);
      assert.equal(await held(node), 90);
      await node.close();
    }));

  it('is the same after it was put to sleep and woken, with others crowding it out', () =>
    withTempDir(async (dir) => {
      const node = await openTestNode(dir, steppingClock(), 2);
      const names = Array.from({ length: 12 }, (_, index) => `a${index}`);
      const work = names.flatMap((name) =>
        Array.from({ length: 5 }, (_, note) => ({ name, note })),
      );
      const addressOf = (name: string) => agentAddress(name, 'tester', 'shop');
      await Promise.all(
        names.map((name) => {
          const facts = { name, project: 'shop', role: 'tester', roleHash: priceBook };
          const command = {
            type: 'register' as const,
            ...facts,
            capabilities: [],
            tier: 'economy' as const,
          };
          return node.host.handle({
            kind: 'agent',
            actor: addressOf(name),
            commandId: 'r',
            command,
          });
        }),
      );
      await Promise.all(
        work.map(({ name, note }) => {
          const agent = addressOf(name);
          const command = {
            type: 'remember' as const,
            thread: ledger,
            topic: 't',
            agent,
            text: 'x',
          };
          return node.host.handle({ kind: 'agent', actor: agent, commandId: `n${note}`, command });
        }),
      );
      for (const name of names) {
        const state = await node.host.state('agent', addressOf(name));
        assert.equal(state?.context.notes, 5);
        assert.equal(state.version, 6);
      }
      await node.close();
    }));

  it('has no log before its first fact', () =>
    withTempDir(async (dir) => {
      const node = await openTestNode(dir);
      await assert.rejects(hold(node, 'h1'), { code: 'BUDGET_NEVER_FITS' });
      assert.equal(await node.host.state('budget', ledger), null);
      assert.equal(node.host.logOf(ledger), null);
      await node.close();
    }));

  it('takes no commands once the node is stopping', () =>
    withTempDir(async (dir) => {
      const node = await openTestNode(dir);
      await openLedger(node);
      await node.close();
      await assert.rejects(hold(node, 'h1'), { code: 'STOPPING' });
    }));

  it('is not opened when its log holds an unlawful event', () =>
    withTempDir(async (dir) => {
      const node = await openTestNode(dir);
      await openLedger(node);
      const log = await node.store.open(ledger);
      const event: BudgetEvent = { type: 'budget.released', hold: 'none', reason: 'x' };
      const at = '2026-11-23T12:00:00.000Z';
      const id = '019aaaaa-0000-7000-8000-000000000000';
      const meta = { id, v: 1, at, actor: ledger, stream: log.key, seq: 2, command: 'c' };
      await log.append([encodeRecorded({ meta, event })], 2);
      await log.close();
      await node.drop();
      const again = await openTestNode(dir);
      await assert.rejects(again.host.state('budget', ledger), { code: 'LOG_UNLAWFUL' });
      await again.close();
    }));
});

describe('a snapshot', () => {
  it('with the tail of the log gives the state that the whole log gives', () =>
    withTempDir(async (dir) => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.nat(20), { minLength: 1, maxLength: 8 }),
          fc.array(fc.nat(20), { maxLength: 8 }),
          async (head, tail) => {
            const root = join(dir, String(Math.random()));
            const clock = steppingClock();
            const first = await openTestNode(root, clock);
            await openLedger(first);
            for (const [index, amount] of head.entries()) await hold(first, `a${index}`, amount);
            await first.close();
            const second = await openTestNode(root, clock);
            for (const [index, amount] of tail.entries()) await hold(second, `b${index}`, amount);
            const live = await second.host.state('budget', ledger);
            await second.drop();
            const third = await openTestNode(root, clock);
            assert.deepEqual(await third.host.state('budget', ledger), live);
            await third.drop();
            await rm(join(root, 'snapshots'), { recursive: true });
            const fourth = await openTestNode(root, clock);
            assert.deepEqual(await fourth.host.state('budget', ledger), live);
            await fourth.close();
          },
        ),
        { numRuns: 12 },
      );
    }));

  it('that is torn, or of another history, is not used', () =>
    withTempDir(async (dir) => {
      const clock = steppingClock();
      const first = await openTestNode(dir, clock);
      await openLedger(first);
      await hold(first, 'h1');
      await first.close();
      const snapshots = join(dir, 'snapshots');
      const files = await readdir(snapshots);
      assert.ok(files.length >= 2);
      for (const text of [
        '{',
        '{"machine":"budget/1","length":3,"root":"00","snapshot":{},"commands":[]}',
      ]) {
        for (const file of files) await writeFile(join(snapshots, file), text);
        const node = await openTestNode(dir, clock);
        assert.equal(await held(node), 10);
        await node.drop();
      }
    }));
});

describe('the register of a node', () => {
  it('names every log that has an event', () =>
    withTempDir(async (dir) => {
      const node = await openTestNode(dir);
      await openLedger(node);
      const entries = node.host.registered();
      assert.deepEqual(
        entries.map(({ actor, kind }) => [actor, kind]),
        [
          [nodeAddress('local'), 'node'],
          [ledger, 'budget'],
        ],
      );
      const log = await node.store.open(ledger);
      assert.equal(entries[1]?.log, log.key);
      await log.close();
      await node.close();
    }));
});
