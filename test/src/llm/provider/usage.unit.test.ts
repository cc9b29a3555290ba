import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readChatUsage, readResponsesUsage } from '../../../../src/llm/provider/usage.ts';

/** The same report in the words of both APIs. */
function bothOf(report: {
  input: unknown;
  output: unknown;
  total?: unknown;
  prompt?: object | null;
  completion?: object | null;
}) {
  const { input, output, total, prompt, completion } = report;
  return {
    chat: readChatUsage({
      prompt_tokens: input,
      completion_tokens: output,
      total_tokens: total,
      prompt_tokens_details: prompt,
      completion_tokens_details: completion,
    }),
    responses: readResponsesUsage({
      input_tokens: input,
      output_tokens: output,
      total_tokens: total,
      input_tokens_details: prompt,
      output_tokens_details: completion,
    }),
  };
}

describe('the usage of an answer', () => {
  const impossible: Record<string, Parameters<typeof bothOf>[0]> = {
    'a negative number': { input: -1, output: 1 },
    'a fraction': { input: 1.5, output: 1 },
    'a text': { input: '10', output: 1 },
    'a missing half': { input: 10, output: undefined },
    'an absurd amount': { input: 10, output: 1e15 },
    'more from the cache than came in': { input: 10, output: 1, prompt: { cached_tokens: 11 } },
    'more through the cache than came in': {
      input: 10,
      output: 1,
      prompt: { cached_tokens: 6, cache_write_tokens: 5 },
    },
    'more thought than was written': { input: 10, output: 1, completion: { reasoning_tokens: 2 } },
    'a fraction from the cache': { input: 10, output: 1, prompt: { cached_tokens: 0.5 } },
  };
  for (const [what, report] of Object.entries(impossible))
    it(`is null for ${what}`, () =>
      assert.deepEqual(bothOf(report), { chat: null, responses: null }));

  for (const nothing of [null, 42, 'none', [], {}])
    it(`is null for ${JSON.stringify(nothing)}`, () => {
      assert.equal(readChatUsage(nothing), null);
      assert.equal(readResponsesUsage(nothing), null);
    });

  it('counts reasoning that the provider has in the total only', () => {
    const usage = {
      inputTokens: 10_120,
      cachedInputTokens: 0,
      cacheWriteTokens: null,
      outputTokens: 4308,
      reasoningTokens: 2809,
    };
    const report = {
      input: 10_120,
      output: 1499,
      total: 14_428,
      completion: { reasoning_tokens: 2809 },
    };
    assert.deepEqual(bothOf(report), { chat: usage, responses: usage });
  });

  for (const name of ['cache_write_tokens', 'cache_creation_tokens', 'cache_creation_input_tokens'])
    it(`knows what was written to the cache as ${name}`, () => {
      const { chat, responses } = bothOf({
        input: 10,
        output: 1,
        prompt: { cached_tokens: 3, [name]: 7 },
      });
      assert.equal(chat?.cacheWriteTokens, 7);
      assert.equal(responses?.cacheWriteTokens, 7);
    });

  it('does not take silence about the cache for nothing written', () => {
    assert.equal(bothOf({ input: 10, output: 1, prompt: null }).chat?.cacheWriteTokens, null);
    const told = bothOf({ input: 10, output: 1, prompt: { cache_write_tokens: 0 } });
    assert.equal(told.responses?.cacheWriteTokens, 0);
  });

  it('knows cached tokens by the name that DeepSeek has for them', () => {
    const raw = { prompt_tokens: 10, completion_tokens: 1, prompt_cache_hit_tokens: 4 };
    assert.equal(readChatUsage(raw)?.cachedInputTokens, 4);
  });
});
