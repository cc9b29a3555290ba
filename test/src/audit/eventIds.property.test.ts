import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { EventIds } from '../../../src/audit/eventIds.ts';

describe('the ids of all events', () => {
  it('are a set: what a Set of strings says, for any ids and any order', () => {
    // Few different ones, many of which share most of their bits.
    const id = fc.integer({ min: 0, max: 400 }).map((nth) => {
      const tail = (nth % 20).toString(16).padStart(12, '0');
      return `${(nth * 7).toString(16).padStart(8, '0')}-0000-7000-8000-${tail}`;
    });
    fc.assert(
      fc.property(fc.array(fc.oneof(id, fc.uuid()), { maxLength: 3000, size: 'max' }), (all) => {
        const ids = new EventIds();
        const known = new Set<string>();
        for (const each of all) {
          assert.equal(ids.add(each), !known.has(each));
          known.add(each);
        }
      }),
      { numRuns: 50 },
    );
  });
});
