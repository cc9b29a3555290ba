import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { costMicroUsd, serviceTier } from '../../../events/index.ts';
import { createPriceBook } from '../../../src/llm/index.ts';
import shippedPrices from '../../../src/llm/prices.json' with { type: 'json' };

const part = fc.nat(100);
const scenario = fc.record({
  model: fc.constantFrom(...Object.keys(shippedPrices.models)),
  tier: fc.constantFrom(...serviceTier.options),
  region: fc.constantFrom(null, 'eu', 'us', 'mars'),
  content: fc.string({ maxLength: 300 }),
  long: fc.boolean(),
  maxTokens: fc.integer({ min: 1, max: 4096 }),
  used: fc.record({
    input: part,
    cached: part,
    written: fc.option(part),
    output: part,
    thought: part,
  }),
});

describe('a quote', () => {
  it('is never below what a usage within it costs, in any tier, region and length that is sold', () => {
    const share = (whole: number, percent: number): number => Math.floor((whole * percent) / 100);
    fc.assert(
      fc.property(scenario, ({ model, tier, region, content, long, maxTokens, used }) => {
        const terms = { serviceTier: tier, region };
        const book = createPriceBook({}, terms);
        const price = book.price(model);
        fc.pre(price.tiers[tier] !== undefined);
        const text = long ? `${content} ${'1,'.repeat(140_000)}` : content;
        const { maxInputTokens } = book.entries().find((entry) => entry.model === model) ?? {};
        fc.pre(!long || (maxInputTokens ?? Infinity) - maxTokens > 300_000);
        fc.pre(maxTokens < (maxInputTokens ?? Infinity) / 2);
        const messages = [{ role: 'user' as const, content: text }];
        const quote = book.quote({ model, messages, maxTokens });
        const inputTokens = share(quote.terms.promptTokens, used.input);
        const cachedInputTokens = share(inputTokens, used.cached);
        const outputTokens = share(maxTokens, used.output);
        const cost = costMicroUsd(
          price,
          {
            inputTokens,
            cachedInputTokens,
            cacheWriteTokens:
              used.written === null ? null : share(inputTokens - cachedInputTokens, used.written),
            outputTokens,
            reasoningTokens: share(outputTokens, used.thought),
          },
          terms,
        );
        assert.ok(cost !== null && cost <= quote.costMicroUsd, `${cost} > ${quote.costMicroUsd}`);
      }),
      { numRuns: 100 },
    );
  });
});
