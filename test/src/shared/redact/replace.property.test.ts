import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { findSensitive } from '../../../../src/shared/redact/find.ts';
import {
  emptyMap,
  findPlaceholders,
  replaceSensitive,
  restoreSensitive,
  type RestoreMap,
} from '../../../../src/shared/redact/index.ts';
import { everyPlace } from './contexts.ts';
import { loadCorpus } from './corpus.ts';

const options = { personalData: true, ipAddresses: true };
const tag = 'k3vq7a';
const known = [...loadCorpus('positive', 'p'), ...loadCorpus('negative', 'p')].map(
  ({ text }) => text,
);

const placeholder = fc
  .tuple(
    fc.constantFrom('jwt', 'secret', 'literal', 'email'),
    fc.nat(4),
    fc.constantFrom(`:${tag}`, ':x', ''),
  )
  .map(([kind, number, end]) => `[REDACTED:${kind}:${number}${end}]`);
const piece = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...known) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary' }) },
  { weight: 2, arbitrary: placeholder },
  { weight: 1, arbitrary: fc.constantFrom('\n', '\r\n', ' ', '"', '+', '\0', '[REDACTED:', ']') },
  // Half of a known text: what a line looks like where it was cut.
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom(...known), fc.nat(200))
      .map(([text, at]) => text.slice(at % text.length)),
  },
);
const texts = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(''));
const maps = fc
  .array(texts, { maxLength: 3 })
  .map((earlier) =>
    earlier.reduce<RestoreMap>(
      (map, text) => replaceSensitive(text, map, options).map,
      emptyMap(tag),
    ),
  );

describe('replacing what is sensitive', () => {
  it('can be undone for any text, whatever the map already holds', () => {
    fc.assert(
      fc.property(texts, maps, (text, map) => {
        // A placeholder of the map itself stands for its value, so it is not restored as it was.
        fc.pre(
          findPlaceholders(text).every((each) => restoreSensitive(each.text, map) === each.text),
        );
        const replaced = replaceSensitive(text, map, options);
        assert.equal(restoreSensitive(replaced.text, replaced.map), text);
      }),
      { numRuns: 600 },
    );
  });

  it('changes nothing the second time', () => {
    fc.assert(
      fc.property(texts, maps, (text, map) => {
        const once = replaceSensitive(text, map, options);
        const twice = replaceSensitive(once.text, once.map, options);
        assert.equal(twice.text, once.text);
        assert.equal(twice.map, once.map);
      }),
      { numRuns: 600 },
    );
  });

  it('keeps every line a line', () => {
    fc.assert(
      fc.property(texts, maps, (text, map) => {
        const replaced = replaceSensitive(text, map, options).text;
        assert.deepEqual(replaced.match(/[\r\n]/g), text.match(/[\r\n]/g));
      }),
      { numRuns: 300 },
    );
  });

  it('finds parts in order, apart from each other and within the text', () => {
    fc.assert(
      fc.property(texts, (text) => {
        let at = 0;
        for (const { from, to } of findSensitive(text, options)) {
          assert.ok(from >= at && to > from && to <= text.length, `${from}-${to} after ${at}`);
          at = to;
        }
      }),
      { numRuns: 300 },
    );
  });

  it('leaves no secret of any kind in any context', (t) => {
    const places = ['a', 'b', 'c'].flatMap(everyPlace);
    const survived = places.filter(({ secret, text }) =>
      replaceSensitive(text, emptyMap(tag), options).text.includes(secret),
    );
    t.diagnostic(`${survived.length} of ${places.length} survived`);
    assert.deepEqual(
      survived.slice(0, 20).map(({ text }) => text),
      [],
    );
  });
});
