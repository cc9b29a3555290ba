import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  agentAddress,
  budgetAddress,
  contentHash,
  schemaVersion,
  threadAddress,
} from '../../events/index.ts';
import { projections } from '../../projections/index.ts';
import { tablesFrom } from '../contracts/viewsOracle.ts';
import { tellFork } from '../support/forkStory.ts';
import { MemoryLogs } from '../support/memoryLogs.ts';
import { tellReview } from '../support/reviewStory.ts';

/**
 * Views are kept between releases. If the tables change, or what is put in them, or the shape of an event
 * that is kept whole, and the version of the projection does not, then a kept view is a mixture of two.
 */
describe('the version of a projection', () => {
  it('is raised with every change of its tables, of its rows and of the shape of events', () => {
    const logs = new MemoryLogs();
    const story = { project: 'p', agents: ['ann', 'bob'], findingsEach: 2 };
    tellReview(logs, {
      ...story,
      task: 'a',
      vote: (agent) => (agent === 0 ? 'approve' : 'abstain'),
    });
    tellReview(logs, { ...story, task: 'b', ending: 'resolved' });
    tellReview(logs, { ...story, task: 'c', ending: 'defaulted', labels: ['team:payments'] });
    tellReview(logs, { ...story, task: 'd', ending: 'escalated' });
    const from = threadAddress('p', 'd');
    const { length } = logs.all().filter(({ meta }) => meta.actor === from);
    tellFork(logs, { from, length, task: 'e' });
    const by = 'owner';
    logs.append(
      budgetAddress('p'),
      { type: 'budget.alerts.set', thresholdsPct: [50, 80], by },
      { type: 'budget.limit.removed', scope: 'day', by },
      {
        type: 'budget.refused',
        refusal: 'transient',
        amountMicroUsd: 9,
        thread: threadAddress('p', 'c'),
        agent: agentAddress('ann', 'reviewer', 'p'),
        model: 'large-1',
        scopes: [{ scope: 'month:2026-11', limitMicroUsd: 9, spentMicroUsd: 1, heldMicroUsd: 8 }],
        retryAfterMs: 250,
      },
    );
    const pins = projections.map((projection) => {
      const { name, version, tables } = projection;
      const defs = tables.map((def) => ({ ...def, indexes: def.indexes ?? [] }));
      const rows = Object.fromEntries(tablesFrom(logs.all(), [projection]));
      const hash = contentHash({ defs, rows, schemaVersion });
      return [name, version, hash.slice(0, 16)];
    });
    assert.deepEqual(pins, [
      ['conversation', 3, '93fdc8745dc2db48'],
      ['consensus', 3, 'cf5b01fb82da773b'],
      ['cost', 2, '2961c968d3f949df'],
      ['directory', 2, '1203c5efa2685ee9'],
    ]);
  });
});
