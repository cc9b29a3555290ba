import { z } from 'zod';
import type { Unavailable, Usage } from '../../events/index.ts';
import type { ModelAnswer, ModelRequest } from '../ports.ts';
import { unavailable } from './failures.ts';

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
});

/** Longest token of o200k. A text over it times maxTokens comes from a server that ignores the limit. */
const tokenCharsMax = 128;

/** Puts a streamed answer together and knows when it is whole. */
export class StreamedAnswer {
  requestId: string | null = null;
  readonly #provider: string;
  readonly #textLengthMax: number;
  #model: string;
  #text = '';
  #refused = false;
  #finishReason: string | null = null;
  #usage: Usage | null = null;

  constructor(provider: string, request: ModelRequest) {
    this.#provider = provider;
    this.#model = request.model;
    this.#textLengthMax = request.maxTokens * tokenCharsMax;
  }

  /** Takes the next chunk and returns the text it brought. Throws MODEL_UNAVAILABLE on nonsense. */
  add(chunk: unknown): string {
    const { success, data } = chunkShape.safeParse(chunk);
    if (!success) throw this.#broken('sent something that is not a chat completion chunk');
    const choice = data.choices?.[0];
    const text = choice?.delta?.content ?? choice?.delta?.refusal ?? '';
    this.#text += text;
    if (this.#text.length > this.#textLengthMax)
      throw this.#broken('sent more text than the limit of tokens allows');
    this.#refused ||= typeof choice?.delta?.refusal === 'string';
    this.#model = data.model ?? this.#model;
    this.#finishReason = choice?.finish_reason ?? this.#finishReason;
    // Some servers report usage as it grows: what comes before the end is not the bill.
    if (this.#finishReason !== null && (data.usage ?? null) !== null)
      this.#usage = readUsage(data.usage);
    return text;
  }

  /** The answer. A stream that ended without saying why is a failure, never a short answer. */
  finish(latencyMs: number): ModelAnswer {
    if (this.#finishReason === null) throw this.#broken('ended the answer before it was complete');
    return {
      text: this.#text,
      model: this.#model,
      finishReason: this.#refused ? 'refusal' : this.#finishReason,
      usage: this.#usage,
      latencyMs,
      requestId: this.requestId,
    };
  }

  #broken(what: string): Unavailable {
    return unavailable(this.#provider, what, { billable: true, requestId: this.requestId });
  }
}

// Over any model's window by far, and small enough to stay exact in money.
const tokens = z.int().min(0).max(1e9);

const usageShape = z.object({
  prompt_tokens: tokens,
  completion_tokens: tokens,
  total_tokens: tokens.nullish(),
  prompt_tokens_details: z.object({ cached_tokens: tokens.nullish() }).nullish(),
  completion_tokens_details: z.object({ reasoning_tokens: tokens.nullish() }).nullish(),
});

/** Null for numbers that cannot be: then the hold is charged, which is never too little. */
function readUsage(raw: unknown): Usage | null {
  const { success, data } = usageShape.safeParse(raw);
  if (!success) return null;
  const inputTokens = data.prompt_tokens;
  const cachedInputTokens = data.prompt_tokens_details?.cached_tokens ?? 0;
  const reasoningTokens = data.completion_tokens_details?.reasoning_tokens ?? 0;
  // xAI leaves reasoning out of completion_tokens, bills it, and has it in the total.
  const outputTokens = Math.max(data.completion_tokens, (data.total_tokens ?? 0) - inputTokens);
  return cachedInputTokens > inputTokens || reasoningTokens > outputTokens
    ? null
    : { inputTokens, cachedInputTokens, outputTokens, reasoningTokens };
}
