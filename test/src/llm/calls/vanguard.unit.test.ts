import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ModelPrice } from '../../../../events/index.ts';
import { Vanguard } from '../../../../src/llm/calls/vanguard.ts';
import type { ModelRequest } from '../../../../src/ports.ts';
import { never, quoteOf } from '../../../support/callsBench.ts';
import { testPrice } from '../../../support/scriptedGateway.ts';

const dear = { input: 4e6, cachedInput: 1e6, cacheWrite: 4e6, output: 8e6, reasoning: 8e6 };
const cached: ModelPrice = { ...testPrice, tiers: { standard: { base: dear, long: null } } };

function ask(tail: string, { model = 'm', promptTokens = 2000, price = cached } = {}) {
  const content = `${'The same change. '.repeat(200)}${tail}`;
  const request: ModelRequest = { model, maxTokens: 10, messages: [{ role: 'user', content }] };
  const quote = quoteOf(request, price);
  return [request, { ...quote, terms: { ...quote.terms, promptTokens } }] as const;
}

async function isLet(entry: Promise<unknown>): Promise<boolean> {
  const soon = new Promise((resolve) => setTimeout(() => resolve('waits'), 20));
  return (await Promise.race([entry, soon])) !== 'waits';
}

describe('calls with the same beginning', () => {
  it('wait for the first word of one of them, and for no other after that', async () => {
    const vanguard = new Vanguard();
    const begun = await vanguard.enter(...ask('as the architect'), never);
    const second = vanguard.enter(...ask('as the reviewer'), never);
    assert.equal(await isLet(second), false);
    begun();
    assert.equal(await isLet(second), true);
    assert.equal(await isLet(vanguard.enter(...ask('as another'), never)), true);
  });

  for (const [what, other] of [
    ['another model', ask('x', { model: 'n' })],
    ['a prompt too short to be cached', ask('x', { promptTokens: 1000 })],
    ['a model whose cached input costs the same', ask('x', { price: testPrice })],
  ] as const) {
    it(`do not wait with ${what}`, async () => {
      const vanguard = new Vanguard();
      await vanguard.enter(...ask('as the architect'), never);
      assert.equal(await isLet(vanguard.enter(...other, never)), true);
    });
  }

  it('stop waiting when their signal says so', async () => {
    const vanguard = new Vanguard();
    await vanguard.enter(...ask('as the architect'), never);
    const stop = new AbortController();
    const second = vanguard.enter(...ask('as the reviewer'), stop.signal);
    stop.abort(new Error('enough'));
    await assert.rejects(second, /enough/);
  });
});
