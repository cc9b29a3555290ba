import type { OpenAI } from 'openai';
import type { ResponseCreateParamsStreaming } from 'openai/resources/responses/responses';
import { z } from 'zod';
import type { ModelRequest } from '../../ports.ts';
import type { Piece } from './answer.ts';
import type { Dialect, DialectOptions } from './dialect.ts';
import { wireTier } from './dialect.ts';
import type { StreamFailure } from './failures.ts';
import { readResponsesUsage, readServiceTier } from './usage.ts';

/** The Responses API: some models speak nothing else. */
export const responses: Dialect = {
  open: (client: OpenAI, request, options, sending) =>
    client.responses.create(bodyOf(request, options), sending).withResponse(),
  read(event) {
    const { data } = usedEvent.safeParse(event);
    if (data) return pieceOf(data);
    return otherEvent.safeParse(event).success ? {} : null;
  },
};

/** How the API words that it gives up; in an event of its own, or within the response. */
const failure = z.object({ code: z.string().nullish(), message: z.string().nullish() });

const response = z.object({
  status: z.string().nullish(),
  model: z.string().optional(),
  usage: z.unknown().optional(),
  service_tier: z.string().nullish(),
  error: failure.nullish(),
  incomplete_details: z.object({ reason: z.string().nullish() }).nullish(),
});
const whole = z.object({ response });

const text = z.object({ delta: z.string() });

/** The events that are used, as far as they are; whatever else comes is passed over. */
const usedEvent = z.discriminatedUnion('type', [
  text.extend({ type: z.literal('response.output_text.delta') }),
  text.extend({ type: z.literal('response.refusal.delta') }),
  whole.extend({ type: z.literal('response.completed') }),
  whole.extend({ type: z.literal('response.incomplete') }),
  whole.extend({ type: z.literal('response.failed') }),
  failure.extend({ type: z.literal('error') }),
]);
type UsedEvent = z.infer<typeof usedEvent>;

const usedTypes = new Set<string>(usedEvent.options.map(({ shape }) => shape.type.value));
const otherEvent = z.object({ type: z.string().refine((type) => !usedTypes.has(type)) });

function pieceOf(event: UsedEvent): Piece {
  switch (event.type) {
    case 'response.output_text.delta':
      return { text: event.delta };
    case 'response.refusal.delta':
      return { text: event.delta, isRefusal: true };
    case 'response.completed':
    case 'response.incomplete':
    case 'response.failed':
      return endOf(event.type.replace('response.', ''), event.response);
    case 'error':
      return { failure: failureOf(event) };
  }
}

function endOf(said: string, ended: z.infer<typeof response>): Piece {
  const { model, usage, service_tier: tier, error, incomplete_details: details } = ended;
  // Some servers call every end completed, and say in the status alone what it was.
  const status = said === 'completed' ? (ended.status ?? said) : said;
  if (status === 'failed') return { failure: failureOf(error ?? {}) };
  return {
    model,
    finishReason: finishReasonOf(status, details?.reason ?? 'max_output_tokens'),
    usage: (usage ?? null) === null ? undefined : readResponsesUsage(usage),
    serviceTier: readServiceTier(tier),
  };
}

function finishReasonOf(status: string, reason: string): string {
  if (status === 'completed') return 'stop';
  if (status !== 'incomplete') return status;
  return reason === 'max_output_tokens' ? 'length' : reason;
}

function failureOf({ code, message }: z.infer<typeof failure>): StreamFailure {
  return { code: code ?? null, text: message ?? 'no reason given' };
}

/** The API takes no seed, so none is sent. */
function bodyOf(request: ModelRequest, options: DialectOptions): ResponseCreateParamsStreaming {
  const { model, messages, maxTokens, schema } = request;
  return {
    model,
    // JSON can carry half a surrogate pair, UTF-8 cannot: some servers fail on it.
    input: messages.map(({ role, content }) => ({ role, content: content.toWellFormed() })),
    stream: true,
    // The provider would keep the prompt and the answer for a month.
    store: false,
    max_output_tokens: maxTokens,
    ...wireTier(options),
    ...(schema !== undefined && {
      text: { format: { type: 'json_schema', ...schema, strict: true } },
    }),
  };
}
