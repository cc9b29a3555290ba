import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { contentHash, type Json } from '../../../events/index.ts';
import { stateHash } from '../../../src/shared/stateHash.ts';

const text = fc.string({ unit: 'binary' });
const { json } = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    fc.maxSafeInteger(),
    text,
    fc.array(tie('json')),
    fc.dictionary(text, fc.option(tie('json'), { nil: undefined })),
  ),
}));
/** As large as the totals of a project with many tasks. */
const large = fc.dictionary(fc.string({ maxLength: 6 }), fc.nat(), {
  minKeys: 256,
  maxKeys: 300,
  size: 'max',
});

describe('the hash of a state', () => {
  it('is that of its canonical JSON', () =>
    fc.assert(
      fc.property(json, json, (value, context) =>
        assert.equal(stateHash({ value, context }), contentHash({ value, context })),
      ),
    ));

  it('is the same the second time, and another one for what has changed since', () =>
    fc.assert(
      fc.property(large, fc.nat(), (spent, amount) => {
        const context = { spent };
        const hash = contentHash({ value: 'open', context });
        assert.equal(stateHash({ value: 'open', context }), hash);
        assert.equal(stateHash({ value: 'open', context: { spent } }), hash);
        const more = { spent: { ...spent, 'task:new': amount } };
        assert.equal(
          stateHash({ value: 'open', context: more }),
          contentHash({ value: 'open', context: more }),
        );
      }),
      { numRuns: 20 },
    ));

  it('leaves out what JSON leaves out', () =>
    assert.equal(
      stateHash({ value: 'open', context: { a: undefined, b: [undefined, 1] } }),
      stateHash({ value: 'open', context: { b: [null, 1] } }),
    ));
});
