import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { Refusal } from '../../../events/index.ts';
import type { Usage } from '../../../events/index.ts';
import { createPriceBook } from '../../../src/llm/index.ts';
import shippedPrices from '../../../src/llm/prices.json' with { type: 'json' };
import type { ModelRequest } from '../../../src/ports.ts';

const usage = (inputTokens: number, cachedInputTokens: number, outputTokens: number): Usage => ({
  inputTokens,
  cachedInputTokens,
  outputTokens,
  reasoningTokens: 0,
});
const million = 1_000_000;
const paid = { input: '0.50', output: '1.50' };

describe('the cost of a usage', () => {
  const book = createPriceBook({
    free: { free: true },
    paid,
    dear: { input: '999999', output: '999999' },
  });

  it('is what the price list says, to the micro-dollar', () => {
    assert.equal(book.cost('gpt-4o', usage(million, 0, 0)), 2_500_000);
    assert.equal(book.cost('gpt-4o', usage(million, million, 0)), 1_250_000);
    assert.equal(book.cost('gpt-4o', usage(0, 0, million)), 10_000_000);
    assert.equal(book.cost('gpt-4o', usage(1000, 600, 200)), 1000 + 750 + 2000);
  });

  it('rounds up, once', () => {
    assert.equal(book.cost('gpt-5-nano', usage(1, 1, 0)), 1);
    assert.equal(book.cost('gpt-5-nano', usage(1, 0, 1)), 1);
    assert.equal(book.cost('gpt-5-nano', usage(0, 0, 0)), 0);
    assert.equal(book.cost('gpt-5-nano', usage(20, 0, 0)), 1);
    assert.equal(book.cost('gpt-5-nano', usage(21, 0, 0)), 2);
  });

  it('has reasoning in the output and not beside it', () => {
    const thinking = { ...usage(10, 0, 500), reasoningTokens: 400 };
    assert.equal(book.cost('gpt-5', thinking), book.cost('gpt-5', usage(10, 0, 500)));
  });

  it('counts on no discount that is not in the book', () => {
    assert.equal(book.cost('paid', usage(million, million, 0)), 500_000);
  });

  it('takes input for written to the cache where that is dearer', () => {
    assert.equal(book.cost('gpt-5.6', usage(100_000, 0, 0)), 625_000);
    assert.equal(book.cost('gpt-5.6', usage(100_000, 100_000, 0)), 50_000);
  });

  it('charges the whole call more once the context is long', () => {
    assert.equal(book.cost('gpt-5.4', usage(272_000, 0, 1000)), 680_000 + 15_000);
    assert.equal(book.cost('gpt-5.4', usage(272_001, 0, 1000)), 1_360_005 + 22_500);
  });

  it('is 0 only for a model that is said to be free', () => {
    assert.equal(book.cost('free', usage(million, 0, million)), 0);
  });

  it('stays exact where floating point would not', () => {
    assert.equal(book.cost('dear', usage(1_000_000_000, 0, 1)), 999_999_000_000_000 + 999_999);
  });
});

describe('the worst case of a request', () => {
  const book = createPriceBook({ free: { free: true } });
  const request: ModelRequest = {
    model: 'gpt-5-mini',
    messages: [{ role: 'user', content: 'Review this, please.' }],
    maxTokens: 1000,
  };

  it('is the bound of the prompt and every token of the answer', () => {
    const worst = book.worstCase(request);
    assert.equal(worst.maxTokens, 1000);
    assert.equal(worst.costMicroUsd, Math.ceil(worst.promptTokens * 0.25) + 2000);
  });

  it('is never below the cost of a usage within its limits', () => {
    const models = Object.keys(shippedPrices.models);
    const scenario = fc.record({
      model: fc.constantFrom(...models),
      content: fc.string({ maxLength: 300 }),
      long: fc.boolean(),
      maxTokens: fc.integer({ min: 1, max: 4096 }),
      parts: fc.tuple(fc.nat(100), fc.nat(100), fc.nat(100)),
    });
    fc.assert(
      fc.property(
        scenario,
        ({ model, content, long, maxTokens, parts: [input, cached, output] }) => {
          const text = long ? `${content} ${'1,'.repeat(140_000)}` : content;
          const worst = book.worstCase({
            model,
            messages: [{ role: 'user', content: text }],
            maxTokens,
          });
          const inputTokens = Math.floor((worst.promptTokens * input) / 100);
          const actual = usage(
            inputTokens,
            Math.floor((inputTokens * cached) / 100),
            Math.floor((maxTokens * output) / 100),
          );
          assert.ok(book.cost(model, actual) <= worst.costMicroUsd);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('costs nothing for a free model and still counts its prompt', () => {
    const worst = book.worstCase({ ...request, model: 'free' });
    assert.equal(worst.costMicroUsd, 0);
    assert.ok(worst.promptTokens >= 'Review this, please.'.length);
  });

  it('refuses more tokens than the model can write', () => {
    assert.throws(() => book.worstCase({ ...request, maxTokens: 128_001 }), {
      code: 'ARGUMENT_INVALID',
      message: 'gpt-5-mini writes at most 128000 tokens, not 128001',
    });
  });
});

describe('a model without a price', () => {
  const book = createPriceBook();
  for (const model of ['llama4:8b', 'gpt-4o-2024-05-13', 'constructor', '__proto__'])
    it(`is refused as '${model}' with the way to add one`, () => {
      for (const ask of [
        () => book.require(model),
        () => book.cost(model, usage(1, 0, 1)),
        () => book.worstCase({ model, messages: [], maxTokens: 1 }),
      ])
        assert.throws(
          ask,
          (error) =>
            error instanceof Refusal &&
            error.code === 'MODEL_UNKNOWN' &&
            error.message.includes(`"${model}": {"input": "0.50", "output": "1.50"}`) &&
            error.message.includes('{"free": true}'),
        );
    });
});

describe('the hash of the book', () => {
  const { hash, version } = createPriceBook();

  it('is the same for the same prices', () => {
    assert.equal(createPriceBook().hash, hash);
    assert.match(hash, /^[0-9a-f]{64}$/);
    assert.equal(version, shippedPrices.version);
  });

  it('does not depend on the order of overrides', () => {
    const free = { free: true };
    assert.equal(
      createPriceBook({ a: free, b: paid }).hash,
      createPriceBook({ b: paid, a: free }).hash,
    );
  });

  it('changes with any price', () => {
    const changed = [
      { paid },
      { 'gpt-4o': paid },
      { paid: { ...paid, output: '1.51' } },
      { paid: { free: true } },
    ];
    const hashes = changed.map((overrides) => createPriceBook(overrides).hash);
    assert.equal(new Set([hash, ...hashes]).size, changed.length + 1);
  });
});

describe('the lint of the book', () => {
  const slips: Record<string, [entry: unknown, complaint: RegExp]> = {
    'a price of 0': [{ input: '0', output: '0' }, /"free": true/],
    'a discount to 0': [{ ...paid, cachedInput: '0.00' }, /"free": true/],
    'a cached price above the input price': [{ ...paid, cachedInput: '0.51' }, /dearer/],
    'output below input': [{ input: '2', output: '1' }, /output cannot be cheaper/],
    'a cheap cache write': [{ ...paid, cacheWrite: '0.4' }, /cache write cannot be cheaper/],
    'a cheaper long context': [
      { ...paid, longContext: { aboveInputTokens: 1000, input: '0.4', output: '2' } },
      /long context cannot be cheaper/,
    ],
    'a number instead of a decimal text': [{ input: 0.5, output: 1.5 }, /malformed/],
    'a sub-micro price': [{ ...paid, input: '0.0000001' }, /"2\.50"/],
    'a negative price': [{ ...paid, input: '-1' }, /"2\.50"/],
    'a missing half': [{ input: '1' }, /output/],
    'a misspelt field': [{ ...paid, cached: '0.1' }, /cached/],
    'free: false': [{ free: false }, /true/],
    'free and a price': [{ free: true, input: '1' }, /input/],
    nothing: [null, /malformed/],
  };
  for (const [what, [entry, complaint]] of Object.entries(slips))
    it(`refuses ${what} and names the model`, () => {
      assert.throws(
        () => createPriceBook({ 'my-model': entry }),
        (error) =>
          error instanceof Refusal &&
          error.code === 'ARGUMENT_INVALID' &&
          error.message.includes('"my-model"') &&
          complaint.test(error.message),
      );
    });

  it('passes the shipped prices, each as an entry of its own', () => {
    assert.ok(Object.keys(shippedPrices.models).length >= 20);
    assert.equal(createPriceBook(shippedPrices.models).hash, createPriceBook().hash);
  });
});
