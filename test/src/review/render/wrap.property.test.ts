import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { columnsOf, wrap } from '../../../../src/shared/text/index.ts';

const anyLine = fc.oneof(
  fc.lorem({ maxCount: 30 }),
  fc.string({ unit: 'grapheme', maxLength: 120 }),
  fc.string({ unit: fc.constantFrom('a', ' ', '日', '😀', 'e\u0301'), maxLength: 120 }),
);

describe('wrapping a line', () => {
  it('keeps within the width', () =>
    fc.assert(
      fc.property(anyLine, fc.integer({ min: 2, max: 80 }), (line, width) => {
        for (const piece of wrap(line, width)) assert.ok(columnsOf(piece) <= width, piece);
      }),
    ));

  it('loses nothing but blanks', () =>
    fc.assert(
      fc.property(anyLine, fc.integer({ min: 2, max: 80 }), (line, width) => {
        const bare = (text: string): string => text.replaceAll(/\s/g, '');
        assert.equal(bare(wrap(line, width).join('')), bare(line));
      }),
    ));

  it('leaves a line alone that fits', () =>
    fc.assert(
      fc.property(anyLine, (line) =>
        assert.deepEqual(wrap(line, Math.max(1, columnsOf(line))), [line.trimEnd()]),
      ),
    ));

  it('breaks between words where it can', () => {
    assert.deepEqual(wrap('  one two  three', 9), ['  one two', 'three']);
    assert.deepEqual(wrap('日本語', 5), ['日本', '語']);
    assert.deepEqual(wrap('', 5), ['']);
  });
});
