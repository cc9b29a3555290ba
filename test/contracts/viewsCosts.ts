import assert from 'node:assert/strict';
import { it } from 'node:test';
import { agentAddress, budgetAddress, threadAddress, type EventOf } from '../../events/index.ts';
import type { CostFilter, Views } from '../../src/views/index.ts';
import { MemoryLogs } from '../support/memoryLogs.ts';
import { storyModel, tellReview, type Story } from '../support/reviewStory.ts';
import { withViews, type ViewsEngine } from './viewsEngine.ts';

const pr1: Story = { project: 'chorus', task: 'pr-1', agents: ['ann', 'bob'], findingsEach: 1 };
const first = threadAddress('chorus', 'pr-1');
const budget = budgetAddress('chorus');
const of = { thread: first, agent: agentAddress('ann', 'reviewer', 'chorus'), model: 'large-1' };
const terms = null;
const held = { expiresAt: '2026-11-24T00:00:00.000Z', priceBook: '0'.repeat(64), terms };
/** The stories happen then, UTC. */
const noon = Date.parse('2026-11-23T12:00:00.000Z');

function told(...stories: readonly Story[]): MemoryLogs {
  const logs = new MemoryLogs();
  for (const story of stories) tellReview(logs, story);
  return logs;
}

function hold(id: string, amountMicroUsd: number, ...scopes: string[]) {
  return { type: 'budget.held', hold: id, scopes, amountMicroUsd, ...held, ...of } as const;
}

function charge(id: string, amountMicroUsd: number) {
  return { type: 'budget.hold.charged', hold: id, amountMicroUsd, reason: 'failed' } as const;
}

function cap(scope: string, limitMicroUsd: number) {
  return { type: 'budget.limit.set', scope, limitMicroUsd, by: 'owner' } as const;
}

/** Two tasks, and what goes wrong in a ledger: a hold that stays, is charged, is released; a refusal. */
function ledger(): MemoryLogs {
  const logs = told(pr1, { ...pr1, task: 'pr-2', costMicroUsd: 50, labels: ['team:payments'] });
  const limit = { limitMicroUsd: 10, spentMicroUsd: 9, heldMicroUsd: 0 };
  const refused: EventOf<'budget'> = {
    type: 'budget.refused',
    refusal: 'neverFits',
    amountMicroUsd: 99,
    ...of,
    scopes: [
      { scope: 'day:2026-11-22', ...limit },
      { scope: 'team:payments', ...limit },
    ],
    retryAfterMs: null,
  };
  logs.append(
    budget,
    hold('a', 30, 'day:2026-11-22', 'team:payments', 'area:eu'),
    hold('b', 40, 'day:2026-10-31'),
    hold('c', 60, 'day:2026-11-22'),
    charge('b', 40),
    { type: 'budget.released', hold: 'c', reason: 'cancelled' },
    refused,
    {
      type: 'budget.alert.raised',
      scope: 'day:x',
      thresholdPct: 50,
      spentMicroUsd: 5,
      limitMicroUsd: 9,
    },
  );
  return logs;
}

const spent = async (views: Views, filter: CostFilter) =>
  (await views.costSummary(filter)).rows.map(({ key, spentMicroUsd }) => [key, spentMicroUsd]);

/** What the questions about money answer. */
export function costs(engine: ViewsEngine): void {
  it('add up what was spent, by whatever key', () =>
    withViews(engine, async (views) => {
      await views.catchUp(ledger());
      const by = (key: CostFilter['by']) => spent(views, { by: key });
      assert.deepEqual(await by('model'), [
        [storyModel, 3000],
        ['large-1', 40],
      ]);
      assert.deepEqual(await by('day'), [
        ['2026-10-31', 40],
        ['2026-11-22', 0],
        ['2026-11-23', 3000],
      ]);
      // A hold of version 1 names no month: that of its day counts.
      assert.deepEqual(await by('month'), [
        ['2026-10', 40],
        ['2026-11', 3000],
      ]);
      assert.deepEqual(await by('role'), [['reviewer', 3040]]);
      assert.deepEqual(await by('project'), [['chorus', 3040]]);
      assert.deepEqual(await by('label'), [
        ['team:payments', 200],
        ['area:eu', 0],
      ]);
    }));

  it('add up within a project and a time', () =>
    withViews(engine, async (views) => {
      await views.catchUp(ledger());
      const by = 'thread';
      assert.deepEqual(await spent(views, { by: 'agent', project: 'other' }), []);
      assert.deepEqual(await spent(views, { by, since: '2026-11-24' }), []);
      assert.deepEqual(await spent(views, { by, since: '2026-11-23', until: '2026-11-24' }), [
        [first, 2840],
        [threadAddress('chorus', 'pr-2'), 200],
      ]);
      assert.equal((await views.showThread(first)).cost.spentMicroUsd, 2840);
    }));

  it('add up holds, tokens and refusals, over all calls also where rows overlap', () =>
    withViews(engine, async (views) => {
      await views.catchUp(ledger());
      const { total, limits, alerts } = await views.costSummary({ by: 'agent' });
      assert.deepEqual(total, {
        spentMicroUsd: 3040,
        heldMicroUsd: 30,
        holds: 11,
        openHolds: 1,
        excessMicroUsd: 0,
        chargedInFull: 1,
        refused: 1,
        inputTokens: 8000,
        cachedInputTokens: 1600,
        cacheWriteTokens: 400,
        outputTokens: 800,
        reasoningTokens: 80,
      });
      assert.deepEqual(
        limits.map(({ scope }) => scope),
        ['day', 'project:chorus'],
      );
      assert.deepEqual(
        alerts.map(({ scope, thresholdPct }) => [scope, thresholdPct]),
        [['day:x', 50]],
      );
      const byLabel = await views.costSummary({ by: 'label' });
      assert.deepEqual(byLabel.total, total);
      assert.deepEqual(
        byLabel.rows.map((row) => [row.key, row.holds, row.heldMicroUsd, row.refused]),
        [
          ['team:payments', 5, 30, 1],
          ['area:eu', 1, 30, 0],
        ],
      );
      assert.equal(byLabel.rows[0]?.inputTokens, 4000);
    }));

  it('count no tokens where a provider told none', () =>
    withViews(engine, async (views) => {
      const logs = new MemoryLogs();
      logs.append(budget, { type: 'budget.opened', project: 'chorus' }, hold('a', 30, 'day:x'));
      await views.catchUp(logs);
      const { total } = await views.costSummary({ by: 'model' });
      assert.deepEqual([total.inputTokens, total.cacheWriteTokens], [0, 0]);
    }));

  it('say how much of each cap is left', () =>
    withViews(engine, async (views) => {
      const logs = ledger();
      logs.append(
        budget,
        cap('team', 500),
        cap('team:payments', 210),
        cap('task:later', 7),
        cap('month:2026-10', 9),
        hold('d', 5, 'task:pr-0', 'month:2026-10'),
        charge('d', 5),
      );
      await views.catchUp(logs);
      const { scopes, holds, thresholdsPct } = await views.budget('chorus', noon);
      assert.deepEqual(
        scopes.map((use) => [
          use.scope,
          use.limitMicroUsd,
          use.spentMicroUsd,
          use.heldMicroUsd,
          use.leftMicroUsd,
        ]),
        [
          ['area:eu', null, 0, 30, null],
          // Over its cap: nothing is left, not less.
          ['day:2026-11-22', 5_000_000, 0, 30, 4_999_970],
          ['day:2026-11-23', 5_000_000, 3000, 0, 4_997_000],
          ['month:2026-11', null, 3000, 0, null],
          ['project:chorus', 5_000_000, 3000, 0, 4_997_000],
          ['role:reviewer', null, 3000, 0, null],
          ['task:later', 7, 0, 0, 7],
          ['task:pr-1', null, 2800, 0, null],
          ['task:pr-2', null, 200, 0, null],
          ['team:payments', 210, 200, 30, 0],
        ],
      );
      assert.deepEqual(
        holds.map(({ hold: id, role, heldMicroUsd }) => [id, role, heldMicroUsd]),
        [['a', 'reviewer', 30]],
      );
      assert.equal(thresholdsPct, null);
      assert.deepEqual(await views.openHolds('chorus'), holds);
      assert.deepEqual(await views.openHolds('other'), []);
    }));

  it('know a cap no longer once it was removed, and again once it is set', () =>
    withViews(engine, async (views) => {
      const logs = told(pr1);
      const day = async () => {
        await views.catchUp(logs);
        const { limits } = await views.costSummary({ by: 'day' });
        return limits.find(({ scope }) => scope === 'day')?.limitMicroUsd;
      };
      assert.equal(await day(), 5_000_000);
      logs.append(budget, { type: 'budget.limit.removed', scope: 'day', by: 'owner' });
      assert.equal(await day(), undefined);
      const { scopes } = await views.budget('chorus', noon);
      assert.equal(scopes.find(({ scope }) => scope.startsWith('day:'))?.limitMicroUsd, null);
      logs.append(budget, cap('day', 9));
      assert.equal(await day(), 9);
    }));

  it('forget the windows and tasks of months that are over', () =>
    withViews(engine, async (views) => {
      await views.catchUp(told(pr1));
      const { scopes } = await views.budget('chorus', Date.parse('2026-12-01T00:00:00.000Z'));
      assert.deepEqual(
        scopes.map(({ scope }) => scope),
        ['day:2026-12-01', 'month:2026-12', 'project:chorus'],
      );
    }));

  it('know the thresholds that were set last', () =>
    withViews(engine, async (views) => {
      const logs = told(pr1);
      const set = { type: 'budget.alerts.set', by: 'owner' } as const;
      logs.append(budget, { ...set, thresholdsPct: [50] }, { ...set, thresholdsPct: [20, 90] });
      await views.catchUp(logs);
      assert.deepEqual((await views.budget('chorus', noon)).thresholdsPct, [20, 90]);
    }));

  it('forecast the windows under way, each against its cap', () =>
    withViews(engine, async (views) => {
      const logs = told(pr1);
      logs.append(budget, cap('day', 5599), cap('month', 3653));
      tellReview(logs, { ...pr1, project: 'other' });
      await views.catchUp(logs);
      const [day, month, ...rest] = await views.forecast({ project: 'chorus', nowMs: noon });
      assert.deepEqual(day, {
        project: 'chorus',
        window: 'day',
        scope: 'day:2026-11-23',
        startsAt: '2026-11-23T00:00:00.000Z',
        endsAt: '2026-11-24T00:00:00.000Z',
        spentMicroUsd: 2800,
        limitMicroUsd: 5599,
        projectedMicroUsd: 5600,
        exceedsLimit: true,
      });
      // 22.5 of 30 days are over.
      assert.deepEqual(
        [month?.scope, month?.projectedMicroUsd, month?.limitMicroUsd, month?.exceedsLimit],
        ['month:2026-11', 3734, 3653, true],
      );
      assert.deepEqual(rest, []);
      const all = await views.forecast({ nowMs: noon });
      assert.deepEqual(
        all.map((each) => [each.project, each.window, each.limitMicroUsd]),
        [
          ['chorus', 'day', 5599],
          ['chorus', 'month', 3653],
          ['other', 'day', 5_000_000],
          ['other', 'month', null],
        ],
      );
      const [unknown] = await views.forecast({ project: 'nothing', nowMs: noon });
      assert.deepEqual([unknown?.spentMicroUsd, unknown?.projectedMicroUsd], [0, null]);
    }));
}
