import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { limitOf, scopeState } from '../../actors/budget/ledger.ts';
import { canonicalJson, type Json } from '../../events/index.ts';
import { agentWorld } from './agentScript.ts';
import { budgetWorld, day, task } from './budgetScript.ts';
import { nodeWorld } from './nodeScript.ts';
import { explore } from './world.ts';

function keyOf({ value, context }: { value: unknown; context: Json }): string {
  return `${JSON.stringify(value)} ${canonicalJson(context)}`;
}

describe('in every state of an agent', () => {
  const { states, steps } = explore(agentWorld, keyOf);

  it('there is something to look at', () => assert.ok(states.length > 100, `${states.length}`));

  it('it thinks exactly while a turn is under way', () => {
    for (const state of states) {
      const thinking = state.matches({ registered: 'thinking' });
      assert.equal(Object.keys(state.context.turns).length > 0, thinking);
    }
  });

  it('no turn has a call that is open beside one that is answered', () => {
    for (const { context } of states) {
      for (const turn of Object.values(context.turns))
        assert.ok(turn.open === null || turn.answered === null);
    }
  });

  it('no turn ends before its call has an outcome', () => {
    for (const { from, to } of steps) {
      for (const [id, turn] of Object.entries(from.context.turns))
        if (!(id in to.context.turns)) assert.equal(turn.open, null);
    }
  });

  it('what has retired does nothing more', () => {
    for (const { from, to } of steps) assert.ok(from.value !== 'retired' || from === to);
  });
});

describe('in every state of a ledger', () => {
  const { states, steps } = explore(budgetWorld, keyOf);

  it('there is something to look at', () => {
    assert.ok(states.length > 100, `${states.length}`);
    assert.ok(states.some(({ context }) => Object.keys(context.holds).length === 2));
  });

  it('what is held is the sum of the open holds', () => {
    for (const { context } of states) {
      const sums: Record<string, number> = {};
      for (const { scopes, amountMicroUsd } of Object.values(context.holds))
        for (const scope of scopes) sums[scope] = (sums[scope] ?? 0) + amountMicroUsd;
      assert.deepEqual(context.held, sums);
    }
  });

  it('nothing more is committed than the cap allows at that moment', () => {
    for (const { from, to } of steps) {
      for (const scope of [task, day]) {
        const before = scopeState(from.context, scope);
        const { limitMicroUsd, spentMicroUsd, heldMicroUsd } = scopeState(to.context, scope);
        const committed = spentMicroUsd + heldMicroUsd;
        assert.ok(
          limitOf(to.context, scope) === null ||
            committed <= limitMicroUsd ||
            committed <= before.spentMicroUsd + before.heldMicroUsd,
        );
        assert.ok(spentMicroUsd >= before.spentMicroUsd && heldMicroUsd >= 0);
      }
    }
  });

  it('no threshold has rung twice', () => {
    for (const { alerts } of states.map(({ context }) => context))
      assert.equal(new Set(alerts).size, alerts.length);
  });
});

describe('in every state of a node', () => {
  const { states, steps } = explore(nodeWorld, keyOf);

  it('there is something to look at', () => {
    assert.ok(states.length > 100, `${states.length}`);
    assert.ok(states.some(({ context }) => Object.keys(context.logs).length === 3));
  });

  it('no two actors share a log', () => {
    for (const { context } of states) {
      const logs = Object.values(context.logs).map(({ log }) => log);
      assert.equal(new Set(logs).size, logs.length);
    }
  });

  it('what is registered stays, whatever happens next', () => {
    for (const { from, to } of steps)
      assert.deepEqual({ ...to.context.logs, ...from.context.logs }, to.context.logs);
  });
});
