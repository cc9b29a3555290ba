import type { OpenAI } from 'openai';
import type { ChatCompletionCreateParamsStreaming } from 'openai/resources/chat/completions';
import { z } from 'zod';
import type { ModelRequest } from '../../ports.ts';
import type { Dialect, DialectOptions } from './dialect.ts';
import { wireTier } from './dialect.ts';
import { readChatUsage, readServiceTier } from './usage.ts';

/** Chat Completions: what nearly every server speaks. */
export const chat: Dialect = {
  open: (client: OpenAI, request, options, sending) =>
    client.chat.completions.create(bodyOf(request, options), sending).withResponse(),
  read(event) {
    const { data } = chunkShape.safeParse(event);
    if (!data) return null;
    const choice = data.choices?.[0];
    const { content, refusal } = choice?.delta ?? {};
    return {
      text: content ?? refusal ?? undefined,
      isRefusal: typeof refusal === 'string',
      model: data.model,
      finishReason: choice?.finish_reason ?? undefined,
      usage: (data.usage ?? null) === null ? undefined : readChatUsage(data.usage),
      serviceTier: readServiceTier(data.service_tier),
    };
  },
};

/** One event of a streamed chat completion, as far as it is used. */
const chunkShape = z.object({
  model: z.string().optional(),
  choices: z
    .array(
      z.object({
        delta: z
          .object({ content: z.string().nullish(), refusal: z.string().nullish() })
          .optional(),
        finish_reason: z.string().nullish(),
      }),
    )
    .optional(),
  usage: z.unknown().optional(),
  service_tier: z.string().nullish(),
});

function bodyOf(
  request: ModelRequest,
  options: DialectOptions,
): ChatCompletionCreateParamsStreaming {
  const { model, messages, maxTokens, schema, seed } = request;
  return {
    model,
    // JSON can carry half a surrogate pair, UTF-8 cannot: some servers fail on it.
    messages: messages.map(({ role, content }) => ({ role, content: content.toWellFormed() })),
    stream: true,
    stream_options: { include_usage: true },
    // oxlint-disable-next-line typescript/no-deprecated -- servers that know no other
    ...(options.legacyMaxTokens ? { max_tokens: maxTokens } : { max_completion_tokens: maxTokens }),
    ...wireTier(options),
    // oxlint-disable-next-line typescript/no-deprecated -- by OpenAI; local servers keep it
    ...(seed !== undefined && { seed }),
    ...(schema !== undefined && {
      response_format: { type: 'json_schema', json_schema: { ...schema, strict: true } },
    }),
  };
}
