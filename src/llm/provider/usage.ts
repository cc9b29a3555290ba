import { z } from 'zod';
import type { ServiceTier, Usage } from '../../../events/index.ts';

// Over any model's window by far, and small enough to stay exact in money.
const tokens = z.int().min(0).max(1e9);

const promptDetails = z
  .object({
    cached_tokens: tokens.nullish(),
    // OpenAI and OpenRouter; then servers in front of Anthropic's models, by two names.
    cache_write_tokens: tokens.nullish(),
    cache_creation_tokens: tokens.nullish(),
    cache_creation_input_tokens: tokens.nullish(),
  })
  .nullish();
const outputDetails = z.object({ reasoning_tokens: tokens.nullish() }).nullish();

/** Usage as Chat Completions reports it. */
const chatUsage = z.object({
  prompt_tokens: tokens,
  completion_tokens: tokens,
  total_tokens: tokens.nullish(),
  prompt_tokens_details: promptDetails,
  completion_tokens_details: outputDetails,
  // DeepSeek's name for the cached ones; LiteLLM's for those written.
  prompt_cache_hit_tokens: tokens.nullish(),
  cache_creation_input_tokens: tokens.nullish(),
});

/** Usage as the Responses API reports it. */
const responsesUsage = z.object({
  input_tokens: tokens,
  output_tokens: tokens,
  total_tokens: tokens.nullish(),
  input_tokens_details: promptDetails,
  output_tokens_details: outputDetails,
});

/** Null for numbers that cannot be: then the hold is charged, which is never too little. */
export function readChatUsage(raw: unknown): Usage | null {
  const { data } = chatUsage.safeParse(raw);
  if (!data) return null;
  const { prompt_tokens_details: prompt, completion_tokens_details: output } = data;
  return checked({
    input: data.prompt_tokens,
    output: data.completion_tokens,
    total: data.total_tokens,
    cached: prompt?.cached_tokens ?? data.prompt_cache_hit_tokens,
    cacheWrite: writtenTo(prompt) ?? data.cache_creation_input_tokens,
    reasoning: output?.reasoning_tokens,
  });
}

/** As above. */
export function readResponsesUsage(raw: unknown): Usage | null {
  const { data } = responsesUsage.safeParse(raw);
  if (!data) return null;
  const { input_tokens_details: prompt, output_tokens_details: output } = data;
  return checked({
    input: data.input_tokens,
    output: data.output_tokens,
    total: data.total_tokens,
    cached: prompt?.cached_tokens,
    cacheWrite: writtenTo(prompt),
    reasoning: output?.reasoning_tokens,
  });
}

function writtenTo(details: z.infer<typeof promptDetails>): number | null {
  return (
    details?.cache_write_tokens ??
    details?.cache_creation_tokens ??
    details?.cache_creation_input_tokens ??
    null
  );
}

type Reported = { input: number; output: number } & Partial<
  Record<'total' | 'cached' | 'cacheWrite' | 'reasoning', number | null | undefined>
>;

function checked({ input, output, total, cached, cacheWrite, reasoning }: Reported): Usage | null {
  const usage = {
    inputTokens: input,
    cachedInputTokens: cached ?? 0,
    cacheWriteTokens: cacheWrite ?? null,
    // xAI leaves reasoning out of completion_tokens, bills it, and has it in the total.
    outputTokens: Math.max(output, (total ?? 0) - input),
    reasoningTokens: reasoning ?? 0,
  };
  const throughCache = usage.cachedInputTokens + (usage.cacheWriteTokens ?? 0);
  return throughCache > input || usage.reasoningTokens > usage.outputTokens ? null : usage;
}

/** The tier a provider says it has billed, in our words; null for what has no price here. */
export function readServiceTier(reported: string | null | undefined): ServiceTier | null {
  return tiers.get(reported ?? '') ?? null;
}

// OpenAI calls standard `default`, and has called priority `fast`.
const tiers = new Map<string, ServiceTier>([
  ['default', 'standard'],
  ['standard', 'standard'],
  ['flex', 'flex'],
  ['priority', 'priority'],
  ['fast', 'priority'],
]);
