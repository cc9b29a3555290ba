import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { agentAddress, budgetAddress, sha256Hex, threadAddress } from '../../events/index.ts';
import { MemoryLogs } from '../support/memoryLogs.ts';
import { chronicleOf } from './chronicle.ts';
import { checkGrown, checkHeard, checkNotRepeated, checkRecorded, checkWhole } from './oracle.ts';
import { costOf, usageOf } from './witness.ts';

const thread = threadAddress('shop', 'pr-1');
const agent = agentAddress('reviewer', 'reviewer', 'shop');
const budget = budgetAddress('shop');
const hash = sha256Hex('a request');
const call = { requestHash: hash, delayMs: 1 };
const nobody: ReadonlySet<string> = new Set();

/** What a turn leaves in the logs: a call that is held, made, answered and settled. */
function takeTurn(logs: MemoryLogs, turn: string, requestHash: string): void {
  const id = `${turn}/call/1`;
  const [model, blob] = ['fake-small', { hash, bytes: 1 }];
  const usage = usageOf(requestHash);
  const hold = { hold: id, priceBook: hash };
  const expiresAt = '2026-11-23T12:00:00.000Z';
  const reserved = { scopes: ['task:pr-1'], amountMicroUsd: 9000, expiresAt, terms: null };
  logs.append(agent, { type: 'agent.turn.started', turn, thread, kind: 'review', round: 0 });
  logs.append(budget, { type: 'budget.held', ...hold, ...reserved, thread, agent, model });
  const asked = { attempt: 1, provider: 'p', model, choice: 'tier.economy', hold: id } as const;
  const bound = { promptTokensBound: 1000, maxTokens: 100, requestHash, request: blob } as const;
  logs.append(agent, { type: 'agent.call.started', turn, call: id, ...asked, ...bound });
  const answer = {
    model,
    finishReason: 'stop',
    usage,
    serviceTier: null,
    latencyMs: 1,
    answer: blob,
  };
  logs.append(agent, { type: 'agent.call.completed', turn, call: id, ...answer });
  const money = costOf(model, requestHash);
  const paid = {
    amountMicroUsd: money,
    reportedMicroUsd: money,
    usage,
    basis: 'usage',
    serviceTier: null,
  } as const;
  logs.append(budget, { type: 'budget.settled', ...hold, ...paid });
  logs.append(agent, { type: 'agent.turn.completed', turn });
}

function told(): MemoryLogs {
  const logs = new MemoryLogs();
  takeTurn(logs, 'pr-1/review/0/reviewer', hash);
  return logs;
}

describe('the oracle of the torture', () => {
  it('accepts what an honest process leaves behind', async () => {
    const logs = told();
    const before = await chronicleOf(logs);
    takeTurn(logs, 'pr-1/vote/1/reviewer', sha256Hex('another'));
    const after = await chronicleOf(logs, before);
    checkGrown(before, after);
    checkHeard(before, after, ['reviewer reads the change']);
    checkRecorded(after, [call]);
    checkNotRepeated(before, [{ ...call, requestHash: sha256Hex('another') }]);
    checkWhole(after, nobody);
  });

  const broken = { name: 'Broken' };

  it('notices an event that is missing, changed, or in a log made anew', async () => {
    const before = await chronicleOf(told());
    const shorter = told();
    shorter.truncate(agent, 3);
    const changed = told();
    changed.rewrite(agent, 3, { type: 'agent.turn.failed', turn: 't', reason: 'r' });
    const anew = told();
    anew.unregister(budget);
    for (const logs of [shorter, changed, anew]) {
      const after = await chronicleOf(logs, before);
      assert.throws(() => checkGrown(before, after), broken);
    }
  });

  it('notices a line, and a call, that no event stands behind', async () => {
    const after = await chronicleOf(told());
    const twice = ['reviewer reads the change', 'reviewer reads the change'];
    assert.throws(() => checkHeard(new Map(), after, twice), broken);
    assert.throws(() => checkHeard(after, after, twice.slice(1)), broken);
    assert.throws(() => checkRecorded(after, [call, call]), broken);
  });

  it('notices that a recorded call is made again', async () => {
    const before = await chronicleOf(told());
    assert.throws(() => checkNotRepeated(before, [call]), broken);
  });

  it('notices what was done twice, left open, or paid otherwise than it was held', async () => {
    const flaws: readonly ((logs: MemoryLogs) => void)[] = [
      (logs) => takeTurn(logs, 'pr-1/vote/1/reviewer', hash),
      (logs) => takeTurn(logs, 'pr-1/review/0/reviewer', sha256Hex('another')),
      (logs) => logs.truncate(agent, 3),
      (logs) => logs.truncate(budget, 1),
      (logs) =>
        logs.append(budget, {
          type: 'budget.released',
          hold: 'pr-1/review/0/reviewer/call/1',
          reason: 'r',
        }),
    ];
    for (const [index, flaw] of flaws.entries()) {
      const logs = told();
      flaw(logs);
      const chronicle = await chronicleOf(logs);
      assert.throws(() => checkWhole(chronicle, nobody), broken, `flaw ${index}`);
    }
    const honest = await chronicleOf(told());
    const cutOff = new Set(['pr-1/review/0/reviewer/call/1']);
    assert.throws(() => checkWhole(honest, cutOff), broken, 'settled, though it was cut off');
  });
});
