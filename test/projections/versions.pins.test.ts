import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { contentHash, schemaVersion } from '../../events/index.ts';
import { projections } from '../../projections/index.ts';
import { tablesFrom } from '../contracts/viewsOracle.ts';
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
    tellReview(logs, { ...story, task: 'c', ending: 'defaulted' });
    const pins = projections.map((projection) => {
      const { name, version, tables } = projection;
      const defs = tables.map((def) => ({ ...def, indexes: def.indexes ?? [] }));
      const rows = Object.fromEntries(tablesFrom(logs.all(), [projection]));
      const hash = contentHash({ defs, rows, schemaVersion });
      return [name, version, hash.slice(0, 16)];
    });
    assert.deepEqual(pins, [
      ['conversation', 1, 'b9afda277a906272'],
      ['consensus', 1, '1cc888f95a9d26ae'],
      ['cost', 1, '25e432554172a2fe'],
      ['directory', 1, '1373b6549eb7f278'],
    ]);
  });
});
