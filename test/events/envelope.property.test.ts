import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decodeRecorded, encodeRecorded, kindOf } from '../../events/index.ts';
import { anyEvent, anyRecorded } from '../support/actorArbitraries.ts';

const where = { log: 'a'.repeat(64), seq: 0 };

describe('a block with any', () => {
  for (const [type, event] of anyEvent) {
    it(`${type} reads back as it was written`, () =>
      fc.assert(
        fc.property(anyRecorded(event), (recorded) => {
          assert.deepEqual(decodeRecorded(encodeRecorded(recorded), where), recorded);
          assert.equal(recorded.event.type, type);
          assert.ok(type.startsWith(`${kindOf(type)}.`));
        }),
        { numRuns: 20 },
      ));
  }
});
