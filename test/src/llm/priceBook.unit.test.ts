import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { costMicroUsd, modelPrice, Refusal } from '../../../events/index.ts';
import type { BillingTerms, Usage } from '../../../events/index.ts';
import { createPriceBook } from '../../../src/llm/index.ts';
import shippedPrices from '../../../src/llm/prices.json' with { type: 'json' };
import type { ModelRequest } from '../../../src/ports.ts';

const standard: BillingTerms = { serviceTier: 'standard', region: null };
const flex: BillingTerms = { serviceTier: 'flex', region: null };
const priority: BillingTerms = { serviceTier: 'priority', region: null };
const million = 1_000_000;
const paid = { input: '0.50', output: '1.50' };
const request: ModelRequest = {
  model: 'gpt-5-mini',
  messages: [{ role: 'user', content: 'Review this, please.' }],
  maxTokens: 1000,
};

/** What a model charges for a million tokens of one kind. */
function perMillion(model: string, terms: BillingTerms, part: Partial<Usage>): number | null {
  const none = { inputTokens: 0, cachedInputTokens: 0, cacheWriteTokens: 0, outputTokens: 0 };
  const usage = { ...none, reasoningTokens: 0, ...part };
  const short = { ...createPriceBook({}, terms).price(model), longAboveTokens: null };
  return costMicroUsd(short, usage, terms);
}
const fresh = { inputTokens: million };
const cached = { inputTokens: million, cachedInputTokens: million };
const written = { inputTokens: million, cacheWriteTokens: million };
const output = { outputTokens: million };

describe('the shipped prices', () => {
  it('are what OpenAI publishes, to the micro-dollar', () => {
    assert.equal(perMillion('gpt-4', standard, fresh), 30_000_000);
    assert.equal(perMillion('gpt-4-turbo', standard, output), 30_000_000);
    assert.equal(perMillion('gpt-4o-mini', standard, cached), 75_000);
    assert.equal(perMillion('gpt-5-nano', flex, cached), 2500);
    assert.equal(perMillion('gpt-5-mini', priority, output), 3_600_000);
    assert.equal(perMillion('gpt-5.4', standard, fresh), 2_500_000);
    assert.equal(perMillion('gpt-5.6', standard, written), 6_250_000);
    assert.equal(perMillion('gpt-5.5-pro', standard, output), 180_000_000);
  });

  it('have the published priority price of gpt-5.5, and none of gpt-5-nano', () => {
    assert.equal(perMillion('gpt-5.5', priority, fresh), 12_500_000);
    assert.equal(perMillion('gpt-5.5', priority, output), 75_000_000);
    assert.equal(createPriceBook({}, priority).price('gpt-5-nano').tiers.priority, undefined);
  });

  it('charge a long context more in every tier that is sold', () => {
    const { tiers, longAboveTokens } = createPriceBook({}, standard).price('gpt-5.4');
    assert.equal(longAboveTokens, 272_000);
    assert.deepEqual(
      [tiers.flex, tiers.standard, tiers.priority].map((tier) => tier?.long?.output),
      [11_250_000, 22_500_000, 45_000_000],
    );
  });

  it('are dearer in a region for the models that say so, and the same for the others', () => {
    const eu: BillingTerms = { serviceTier: 'standard', region: 'eu' };
    assert.equal(perMillion('gpt-5.4', eu, fresh), 2_750_000);
    assert.equal(perMillion('gpt-5', eu, fresh), 1_250_000);
  });

  it('mark the models that only the Responses API has', () => {
    const models = createPriceBook({}, standard).entries();
    const only = models.filter(({ api }) => api === 'responses').map(({ model }) => model);
    assert.ok(only.includes('gpt-5-pro') && only.includes('gpt-5.3-codex'));
    assert.ok(!only.includes('gpt-5.4'));
  });

  it('fit the record of the ledger, each under its name, in order', () => {
    const entries = createPriceBook({}, standard).entries();
    assert.deepEqual(
      entries.map(({ model }) => model),
      Object.keys(shippedPrices.models).toSorted(),
    );
    for (const { price, effectiveFrom, maxInputTokens, maxOutputTokens } of entries) {
      assert.deepEqual(modelPrice.parse(price), price);
      assert.match(effectiveFrom ?? '', /^\d{4}-\d\d-\d\d$/);
      assert.ok((maxInputTokens ?? 0) > 0 && (maxOutputTokens ?? 0) > 0);
    }
  });
});

describe('a quote', () => {
  const book = createPriceBook({ free: { free: true } }, standard);

  it('is for the bound of the prompt and every token of the answer', () => {
    const { terms, costMicroUsd: cost, priceBook, price } = book.quote(request);
    assert.deepEqual(terms, { ...standard, maxTokens: 1000, promptTokens: terms.promptTokens });
    assert.ok(terms.promptTokens >= 5);
    assert.equal(cost, Math.ceil(terms.promptTokens * 0.25) + 2000);
    assert.equal(priceBook, book.hash);
    assert.deepEqual(price, book.price('gpt-5-mini'));
  });

  it('goes by the service tier and the region of the book', () => {
    const dear = createPriceBook({}, { serviceTier: 'priority', region: 'us' });
    const { terms, costMicroUsd: cost } = dear.quote({ ...request, model: 'gpt-5.4' });
    assert.equal(cost, Math.ceil((terms.promptTokens * 5 + 30_000) * 1.1));
    assert.deepEqual([terms.serviceTier, terms.region], ['priority', 'us']);
  });

  it('holds for a prompt that all has to be written to the cache', () => {
    const { terms, costMicroUsd: cost } = book.quote({ ...request, model: 'gpt-5.6' });
    assert.equal(cost, Math.ceil(terms.promptTokens * 6.25) + 30_000);
  });

  it('is 0 for a free model in any tier, and still counts its prompt', () => {
    for (const terms of [flex, standard, priority]) {
      const quote = createPriceBook({ free: { free: true } }, terms).quote({
        ...request,
        model: 'free',
      });
      assert.equal(quote.costMicroUsd, 0);
      assert.ok(quote.price.free && quote.terms.promptTokens >= 'Review this, please.'.length);
    }
  });

  it('is refused for more tokens than the model can write', () => {
    assert.throws(() => book.quote({ ...request, maxTokens: 128_001 }), {
      code: 'ARGUMENT_INVALID',
      message: 'gpt-5-mini writes at most 128000 tokens, not 128001',
    });
  });

  it('is refused in a service tier that the model is not sold in, with a way out', () => {
    assert.throws(
      () => createPriceBook({}, flex).quote({ ...request, model: 'gpt-4o' }),
      (error) =>
        error instanceof Refusal &&
        error.code === 'ARGUMENT_INVALID' &&
        /"gpt-4o" .* tier flex, only in standard and priority: .*llm\.serviceTier/.test(
          error.message,
        ),
    );
  });
});

describe('a model without a price', () => {
  const book = createPriceBook({}, standard);
  for (const model of ['llama4:8b', 'gpt-4o-2024-05-13', 'constructor', '__proto__'])
    it(`is refused as '${model}' with the way to add one`, () => {
      assert.equal(book.has(model), false);
      for (const ask of [() => book.price(model), () => book.quote({ ...request, model })])
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

describe('an override', () => {
  it('adds a model, or stands for all that is known of it', () => {
    const book = createPriceBook({ mine: paid, 'gpt-5.4': paid }, standard);
    assert.ok(book.has('mine'));
    assert.deepEqual(book.price('gpt-5.4'), book.price('mine'));
    assert.equal(book.price('gpt-5.4').longAboveTokens, null);
  });

  it('counts on no discount that it does not name', () => {
    const { base } = createPriceBook({ mine: paid }, standard).price('mine').tiers.standard;
    assert.deepEqual(base, {
      input: 500_000,
      cachedInput: 500_000,
      cacheWrite: 500_000,
      output: 1_500_000,
      reasoning: 1_500_000,
    });
  });

  it('is read exactly where floating point would not be', () => {
    const dear = { input: '999999.999999', cachedInput: '0.000001', output: '999999.999999' };
    const { base } = createPriceBook({ dear }, standard).price('dear').tiers.standard;
    assert.deepEqual([base.input, base.cachedInput], [999_999_999_999, 1]);
  });

  it('that makes no sense is refused with its name and everything that is wrong', () => {
    const mine = { input: '2', cachedInput: '3', output: '1' };
    assert.throws(
      () => createPriceBook({ mine }, standard),
      (error) =>
        error instanceof Refusal &&
        error.code === 'ARGUMENT_INVALID' &&
        /^the price of "mine" cannot be used: .*cached input.*; .*output/.test(error.message),
    );
  });
});

describe('a price with several dates', () => {
  const mine = [
    { ...paid, effectiveFrom: '2026-03-01' },
    { ...paid, input: '0.25', effectiveFrom: '2026-06-01' },
  ];
  const inputOn = (date?: string): number =>
    createPriceBook({ mine }, standard, date === undefined ? undefined : Date.parse(date)).price(
      'mine',
    ).tiers.standard.base.input;

  it('changes at midnight UTC of the day', () => {
    assert.equal(inputOn('2026-05-31T23:59:59.999Z'), 500_000);
    assert.equal(inputOn('2026-06-01T00:00:00.000Z'), 250_000);
  });

  it('is the last when nobody says which day it is', () => {
    assert.equal(inputOn(), 250_000);
  });

  it('is the first for the time before, of which nothing better is known', () => {
    assert.equal(inputOn('2020-01-01'), 500_000);
  });

  it('ends the promotion of gpt-5.6-sol the day after it was promised', () => {
    const on = (date: string) => createPriceBook({}, standard, Date.parse(date));
    const input = (date: string) => on(date).price('gpt-5.6-sol').tiers.standard.base.input;
    assert.deepEqual(
      ['2026-08-20', '2026-08-21', '2026-11-21', '2026-11-22'].map(input),
      [5_000_000, 4_000_000, 4_000_000, 5_000_000],
    );
    assert.notEqual(on('2026-08-21').hash, on('2026-11-22').hash);
  });
});

describe('the hash of the book', () => {
  const { hash, version } = createPriceBook({}, standard);

  it('is the same for the same prices, whatever the terms', () => {
    assert.equal(createPriceBook({}, priority).hash, hash);
    assert.equal(createPriceBook(shippedPrices.models, standard).hash, hash);
    assert.match(hash, /^[0-9a-f]{64}$/);
    assert.equal(version, shippedPrices.version);
  });

  it('does not depend on the order of overrides', () => {
    const free = { free: true };
    assert.equal(
      createPriceBook({ a: free, b: paid }, standard).hash,
      createPriceBook({ b: paid, a: free }, standard).hash,
    );
  });

  it('changes with anything that a quote depends on', () => {
    const changed = [
      { paid },
      { 'gpt-4o': paid },
      { paid: { ...paid, output: '1.51' } },
      { paid: { ...paid, reasoning: '1.51' } },
      { paid: { ...paid, flex: paid } },
      { paid: { ...paid, upliftPct: { eu: 10 } } },
      { paid: { ...paid, encoding: 'o200k' } },
      { paid: { ...paid, maxOutputTokens: 10 } },
      { paid: { free: true } },
    ];
    const hashes = changed.map((overrides) => createPriceBook(overrides, standard).hash);
    assert.equal(new Set([hash, ...hashes]).size, changed.length + 1);
  });
});

it('a prompt that may be longer than what a model takes is refused before it is sent', () => {
  const book = createPriceBook({}, { serviceTier: 'standard', region: null });
  const content = 'All work and no play. '.repeat(2000);
  const asked = { model: 'gpt-4', messages: [{ role: 'user' as const, content }], maxTokens: 1 };
  assert.throws(() => book.quote(asked), { code: 'PROMPT_TOO_LARGE' });
});
