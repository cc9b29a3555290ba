import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bookWith, createPriceBook, lintPriceBook } from '../../../src/llm/index.ts';
import shippedPrices from '../../../src/llm/prices.json' with { type: 'json' };

/** A model with everything that a price can have. */
const good = {
  input: '2',
  cachedInput: '0.20',
  cacheWrite: '2.50',
  output: '12',
  reasoning: '14',
  longContext: {
    aboveInputTokens: 1000,
    input: '4',
    cachedInput: '0.40',
    cacheWrite: '5',
    output: '18',
    reasoning: '20',
  },
  maxInputTokens: 10_000,
  maxOutputTokens: 1000,
  encoding: 'o200k',
};
const { aboveInputTokens: _threshold, ...longRates } = good.longContext;
const tier = {
  input: good.input,
  cachedInput: good.cachedInput,
  cacheWrite: good.cacheWrite,
  output: good.output,
  reasoning: good.reasoning,
  longContext: longRates,
};
const dated = (effectiveFrom: string) => ({ ...good, effectiveFrom });

/** The rules that a model breaks, each once. */
function rulesBroken(entry: unknown): string[] {
  const problems = lintPriceBook(bookWith({ 'my-model': entry }));
  for (const { model, message } of problems) {
    assert.equal(model, 'my-model');
    assert.match(message, /^\S.{5,}$/);
  }
  return [...new Set(problems.map(({ rule }) => rule))];
}

describe('the lint of a price book', () => {
  it('finds nothing in the shipped one', () => {
    assert.deepEqual(lintPriceBook(shippedPrices), []);
    assert.ok(Object.keys(shippedPrices.models).length >= 33);
  });

  const fine: Record<string, unknown> = {
    'a price with everything': { ...good, flex: tier, priority: tier },
    'two numbers': { input: '0.50', output: '1.50' },
    'a free model': { free: true },
    'several dates': [dated('2026-01-01'), dated('2026-02-01')],
  };
  for (const [what, entry] of Object.entries(fine))
    it(`finds nothing in ${what}`, () => {
      assert.deepEqual(rulesBroken(entry), []);
      assert.doesNotThrow(() =>
        createPriceBook({ mine: entry }, { serviceTier: 'standard', region: null }),
      );
    });

  const slips: Record<string, [rule: string, entry: unknown]> = {
    'a price of 0': ['zero', { input: '0', output: '0' }],
    'a discount to 0': ['zero', { ...good, cachedInput: '0.00' }],
    'cached input dearer than input': [
      'cachedInput',
      { input: '2', cachedInput: '2.01', output: '3' },
    ],
    'a cheap cache write': ['cacheWrite', { ...good, cacheWrite: '1.99' }],
    'a tier that forgets its cache write': [
      'cacheWrite',
      { ...good, priority: { ...tier, input: '4', cacheWrite: undefined } },
    ],
    'output cheaper than input': ['output', { input: '2', output: '1' }],
    'reasoning cheaper than output': ['reasoning', { ...good, reasoning: '11.99' }],
    'a cheaper long context': [
      'longContext',
      { ...good, longContext: { ...good.longContext, cachedInput: '0.19' } },
    ],
    'a tier without a long context': [
      'longContext',
      { ...good, flex: { ...tier, longContext: undefined } },
    ],
    'a tier alone with a long context': [
      'longContext',
      { ...good, longContext: undefined, flex: tier },
    ],
    'flex dearer than standard': ['tierOrder', { ...good, flex: { ...tier, output: '12.01' } }],
    'flex without the discount of standard': [
      'tierOrder',
      { input: '2', cachedInput: '1', output: '4', flex: { input: '1.5', output: '3' } },
    ],
    'priority cheaper than standard': [
      'tierOrder',
      { ...good, priority: { ...tier, cachedInput: '0.19' } },
    ],
    'a cheap long context of priority': [
      'tierOrder',
      { ...good, priority: { ...tier, longContext: { ...longRates, output: '17' } } },
    ],
    'dates in the wrong order': ['dates', [dated('2026-02-01'), dated('2026-01-01')]],
    'a date twice': ['dates', [dated('2026-02-01'), dated('2026-02-01')]],
    'a missing date': ['dates', [dated('2026-02-01'), good]],
    'a day that is not': ['shape', dated('2026-02-30')],
    'no entry': ['shape', []],
    'a limit of 0': ['maxTokens', { ...good, maxInputTokens: 0 }],
    'half a token': ['maxTokens', { ...good, maxOutputTokens: 0.5 }],
    'a number instead of a decimal text': ['shape', { input: 0.5, output: 1.5 }],
    'a price below a micro-dollar': ['shape', { ...good, input: '0.0000001' }],
    'a negative price': ['shape', { ...good, input: '-1' }],
    'a missing half': ['shape', { input: '1' }],
    'a misspelt field': ['unknownField', { ...good, cached: '0.1' }],
    'a misspelt field of a tier': ['unknownField', { ...good, flex: { ...tier, cached: '0.1' } }],
    'a batch price': ['unknownField', { ...good, batch: tier }],
    'free: false': ['shape', { free: false }],
    'free and a price': ['unknownField', { free: true, input: '1' }],
    'an unknown tokenizer': ['shape', { ...good, encoding: 'p50k' }],
    nothing: ['shape', null],
  };
  for (const [what, [rule, entry]] of Object.entries(slips))
    it(`finds ${what}, and the book refuses it`, () => {
      assert.deepEqual(rulesBroken(entry), [rule]);
      assert.throws(
        () => createPriceBook({ mine: entry }, { serviceTier: 'standard', region: null }),
        { code: 'ARGUMENT_INVALID', message: /^the price of "mine" cannot be used: .+$/ },
      );
    });

  it('finds what is wrong with the book itself', () => {
    const { version: _, ...unversioned } = shippedPrices;
    const books = [null, unversioned, { ...shippedPrices, unit: 'USD per token' }];
    for (const book of books)
      assert.deepEqual(
        lintPriceBook(book).map(({ model, rule }) => [model, rule]),
        [[null, 'shape']],
      );
    assert.deepEqual(
      lintPriceBook({ ...shippedPrices, currency: 'EUR' }).map(({ rule }) => rule),
      ['unknownField'],
    );
  });
});

/** Errors of model_prices_and_context_window.json, from which a part of the book was read. */
describe('an error that a real table has had', () => {
  const nano = shippedPrices.models['gpt-5-nano'];

  it('is found: gpt-5-nano with a priority price of input 50 times too high, and none of output', () => {
    assert.deepEqual(rulesBroken({ ...nano, priority: { input: '2.50' } }), ['shape']);
    assert.deepEqual(rulesBroken({ ...nano, priority: { input: '2.50', output: '0.80' } }), [
      'output',
    ]);
  });

  it('is not found when it is plausible: gpt-5.5 with a priority price 20 % too low', () => {
    // No rule can know that 10 and 60 are not 12.50 and 75; a test of the shipped prices pins them.
    const { priority, ...rest } = shippedPrices.models['gpt-5.5'];
    const cheap = { ...priority, input: '10', cachedInput: '1', output: '60' };
    assert.deepEqual(rulesBroken({ ...rest, priority: cheap }), []);
  });
});
