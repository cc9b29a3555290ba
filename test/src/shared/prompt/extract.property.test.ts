import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { clip, extractSummary, type Remark } from '../../../../src/shared/prompt/index.ts';

const remark: fc.Arbitrary<Remark> = fc.record({
  round: fc.integer({ min: 1, max: 4 }),
  role: fc.constantFrom('reviewer', 'architect'),
  as: fc.constantFrom('approve', 'reject', 'object', 'remark'),
  on: fc.constantFrom('p1', 'p2', null),
  text: fc.oneof(
    fc.lorem({ maxCount: 4, mode: 'sentences' }),
    fc.string({ unit: 'grapheme', maxLength: 400 }),
  ),
});
const count = (text: string): number => Buffer.byteLength(text);

describe('an extract', () => {
  it('is never longer than it may be, and is the same for the same remarks', () => {
    fc.assert(
      fc.property(fc.array(remark), fc.nat(2000), (remarks, tokensMax) => {
        const text = extractSummary(remarks, tokensMax, count);
        assert.ok(count(text) <= tokensMax);
        assert.equal(extractSummary(remarks, tokensMax, count), text);
      }),
    );
  });

  it('has the first sentence of each remark, the newest first', () => {
    const said = (round: number, text: string): Remark => ({
      round,
      role: 'reviewer',
      as: round === 1 ? 'reject' : 'remark',
      on: round === 1 ? 'p1' : null,
      text,
    });
    const remarks = [said(1, 'At src/a.ts:3 it fails. And more.'), said(2, 'No\nmatter what')];
    assert.equal(
      extractSummary(remarks, 1000, count),
      'all, reviewer (remark): No matter what\np1, reviewer (reject): At src/a.ts:3 it fails.',
    );
    assert.equal(
      extractSummary(remarks, 60, count),
      'all, reviewer (remark): No matter what',
      'the oldest goes first when there is no room',
    );
  });
});

describe('clipping', () => {
  it('keeps what fits, and a beginning of what does not', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 400 }), fc.nat(500), (text, max) => {
        const kept = clip(text, max, count);
        assert.ok(count(kept) <= max);
        if (count(text) <= max) assert.equal(kept, text);
      }),
    );
  });

  it('cuts at the end of a sentence', () => {
    assert.equal(
      clip('One is here. Two is there. Three.', 28, count),
      'One is here. Two is there.',
    );
    assert.equal(clip('No end to be seen', 12, count), 'No end t…');
  });
});
