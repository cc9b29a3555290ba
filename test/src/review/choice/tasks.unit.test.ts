import assert from 'node:assert/strict';
import { before, describe, it, type TestContext } from 'node:test';
import { tiers } from '../../../../src/shared/prompt/index.ts';
import { answer, readTasks, type Answered } from './tasks.ts';

/** At this share of right answers and below, the choice is not worth having. */
const accuracyMin = 0.9;

describe('the choice of a tier for the labelled tasks', () => {
  let answered: Answered[] = [];
  before(() => {
    answered = readTasks().map(answer);
  });

  for (const set of ['tuned', 'held-out'] as const) {
    it(`is reported for the ${set} part`, (t) => {
      const part = answered.filter(({ task }) => task.set === set);
      assert.ok(part.length >= 20, 'a part of so few tasks says nothing');
      report(t, set, part);
    });
  }

  it('is right for more than nine in ten', (t) => {
    report(t, 'all', answered);
    assert.ok(answered.length >= 60);
    assert.ok(accuracyOf(answered) > accuracyMin, `${accuracyOf(answered)} is too low`);
  });

  it('is better than the tier of the role, which knows nothing of the change', () => {
    const byRole = answered.map(({ task, risk }) => {
      const tier = tiers.find((name) => task.role.endsWith(name)) ?? 'economy';
      return { task, risk, tier };
    });
    assert.ok(accuracyOf(answered) > accuracyOf(byRole) + 0.2, `${accuracyOf(byRole)} by role`);
  });

  it('never sends a task for the premium tier to the lowest', () => {
    const missed = answered.filter(
      ({ task, tier }) => task.tier === 'premium' && tier === 'economy',
    );
    assert.deepEqual(
      missed.map(({ task }) => task.name),
      [],
    );
  });
});

function accuracyOf(answers: readonly Answered[]): number {
  return answers.filter(({ task, tier }) => task.tier === tier).length / answers.length;
}

/** Accuracy, confusion matrix (rows: label, columns: chosen) and what was wrong, for people. */
function report(t: TestContext, name: string, answers: readonly Answered[]): void {
  const percent = (accuracyOf(answers) * 100).toFixed(1);
  t.diagnostic(`${name}: ${percent} % of ${answers.length}`);
  t.diagnostic(`label \\ chosen  ${tiers.join('  ')}`);
  for (const label of tiers) {
    const row = tiers.map((tier) => {
      const cell = answers.filter((one) => one.task.tier === label && one.tier === tier).length;
      return String(cell).padStart(tier.length);
    });
    t.diagnostic(`${label.padStart(14)}  ${row.join('  ')}`);
  }
  for (const { task, tier, risk } of answers) {
    if (tier !== task.tier) t.diagnostic(`${task.name}: ${task.tier}, not ${tier} (${risk.score})`);
  }
}
