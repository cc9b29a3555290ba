import { createHash } from 'node:crypto';
import { z } from 'zod';
import { answerSchemas, type AnswerName } from '../shared/prompt/index.ts';

/**
 * The part of OpenAI's chat completions protocol that the offline model speaks. Names and shapes as in
 * the API reference ("Chat Completions", "Streaming", "Error codes").
 */

/** Name under which the offline model is asked for and answers. */
export const offlineModelId = 'bzzz-offline';
/** Changes whenever the same prompt may get another answer. */
const fingerprint = 'bzzz_offline_rules_1';

const part = z.object({ type: z.literal('text'), text: z.string() });
const content = z
  .union([z.string(), z.array(part)])
  .transform((value) =>
    typeof value === 'string' ? value : value.map(({ text }) => text).join(''),
  );

const answerName = z.custom<AnswerName>(
  (value) => typeof value === 'string' && Object.hasOwn(answerSchemas, value),
  'the offline model knows the schemas of a review only',
);

export const chatRequest = z.object({
  model: z.string(),
  messages: z.array(z.object({ role: z.string(), content })).min(1),
  n: z.literal(1).nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.object({ include_usage: z.boolean().optional() }).nullish(),
  max_completion_tokens: z.int().min(1).nullish(),
  max_tokens: z.int().min(1).nullish(),
  response_format: z
    .discriminatedUnion('type', [
      z.object({ type: z.literal('text') }),
      z.object({
        type: z.literal('json_schema'),
        json_schema: z.object({ name: answerName }),
      }),
    ])
    .nullish(),
});
export type ChatRequest = z.infer<typeof chatRequest>;

/** A refusal as the protocol words it. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
  readonly status: number;
  readonly code: string | null;
  readonly param: string | null;
  constructor(status: number, code: string | null, message: string, param: string | null = null) {
    super(message);
    this.status = status;
    this.code = code;
    this.param = param;
  }
  get body(): object {
    const type = this.status >= 500 ? 'server_error' : 'invalid_request_error';
    return { error: { message: this.message, type, param: this.param, code: this.code } };
  }
}

/** An answer, cut to what the request allows, with what it counts for. */
export type Completion = {
  id: string;
  created: number;
  content: string;
  finishReason: 'stop' | 'length';
  usage: Usage;
};
type Usage = {
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
  prompt_tokens_details: { cached_tokens: number };
  completion_tokens_details: { reasoning_tokens: number };
};

/**
 * Counted tokens of a text: a quarter of its UTF-8 bytes, rounded up. An estimate that depends on the
 * text alone, and never above its bytes, which is what a bound on real tokenizers allows too.
 */
export function estimateTokens(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / bytesPerToken);
}
const bytesPerToken = 4;

/** The most tokens the answer to a request may have. */
export function tokensMaxOf(request: ChatRequest): number {
  return request.max_completion_tokens ?? request.max_tokens ?? Infinity;
}

/** Completes a request with an answer. The id depends on both alone. */
export function complete(request: ChatRequest, answer: string, created: number): Completion {
  const limit = tokensMaxOf(request);
  const fits = estimateTokens(answer) <= limit;
  const text = fits ? answer : cutToBytes(answer, limit * bytesPerToken);
  const prompt = estimateTokens(request.messages.map((message) => message.content).join(''));
  const completion = estimateTokens(text);
  const digest = createHash('sha256')
    .update(JSON.stringify([request, text]))
    .digest('hex');
  return {
    id: `chatcmpl-${digest.slice(0, 29)}`,
    created,
    content: text,
    finishReason: fits ? 'stop' : 'length',
    usage: {
      prompt_tokens: prompt,
      completion_tokens: completion,
      total_tokens: prompt + completion,
      prompt_tokens_details: { cached_tokens: 0 },
      completion_tokens_details: { reasoning_tokens: 0 },
    },
  };
}

function cutToBytes(text: string, bytes: number): string {
  let kept = text.slice(0, bytes);
  while (Buffer.byteLength(kept) > bytes) kept = kept.slice(0, -1);
  return kept.toWellFormed() === kept ? kept : kept.slice(0, -1);
}

/** The body of an answer that is not streamed. */
export function completionBody({
  id,
  created,
  content: text,
  finishReason,
  usage,
}: Completion): object {
  const message = { role: 'assistant', content: text, refusal: null };
  const choice = { index: 0, message, logprobs: null, finish_reason: finishReason };
  const head = { id, object: 'chat.completion', created, model: offlineModelId };
  return { ...head, choices: [choice], usage, system_fingerprint: fingerprint };
}

/** Characters of the answer in one streamed chunk. */
const chunkChars = 256;

/** The server-sent events of a streamed answer, one string for each, the closing mark included. */
export function* completionEvents(completion: Completion, withUsage: boolean): Generator<string> {
  const { id, created, content: text, finishReason, usage } = completion;
  const head = { id, object: 'chat.completion.chunk', created, model: offlineModelId };
  const chunk = (delta: object, finish: string | null): string =>
    event({
      ...head,
      system_fingerprint: fingerprint,
      choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
      ...(withUsage && { usage: null }),
    });
  yield chunk({ role: 'assistant', content: '', refusal: null }, null);
  for (let from = 0; from < text.length; from += chunkChars)
    yield chunk({ content: text.slice(from, from + chunkChars) }, null);
  yield chunk({}, finishReason);
  if (withUsage) yield event({ ...head, system_fingerprint: fingerprint, choices: [], usage });
  yield 'data: [DONE]\n\n';
}

function event(data: object): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}

/** The one entry of the list of models. */
export const modelEntry = { id: offlineModelId, object: 'model', created: 0, owned_by: 'bzzz' };
