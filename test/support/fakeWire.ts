import { z } from 'zod';
import type { Fault, Seen, Step } from './fakeProvider.ts';

/** How the two APIs of the OpenAI protocol put requests and events, as far as a fake of them has to know. */

export type Api = 'chat' | 'responses';

const messages = z.array(z.object({ role: z.string(), content: z.string() }));

/** The fields of a chat completion request that tests look at; a request without them gets a 400. */
export const chatShape = z.object({
  model: z.string(),
  messages,
  stream: z.literal(true),
  stream_options: z.object({ include_usage: z.boolean() }).optional(),
  max_completion_tokens: z.int().min(1).optional(),
  max_tokens: z.int().min(1).optional(),
  response_format: z
    .object({
      type: z.literal('json_schema'),
      json_schema: z.object({ name: z.string(), schema: z.unknown(), strict: z.boolean() }),
    })
    .optional(),
  service_tier: z.string().optional(),
  seed: z.int().optional(),
});
export type Body = z.infer<typeof chatShape>;

const schemaFormat = z.object({
  type: z.literal('json_schema'),
  name: z.string(),
  schema: z.unknown(),
  strict: z.boolean(),
});

/** The same of a request to the Responses API, which always reports usage. */
export const responsesShape = z
  .object({
    model: z.string(),
    input: messages,
    stream: z.literal(true),
    store: z.literal(false),
    max_output_tokens: z.int().min(1),
    text: z.object({ format: schemaFormat }).optional(),
    service_tier: z.string().optional(),
  })
  .transform(({ input, max_output_tokens, text, ...same }): Body => {
    const { format } = text ?? {};
    return {
      ...same,
      messages: input,
      max_completion_tokens: max_output_tokens,
      stream_options: { include_usage: true },
      response_format: format && { type: format.type, json_schema: format },
    };
  });

export const hangUp = Symbol('hang up');
export const fallSilent = Symbol('fall silent');
type Line = string | typeof hangUp | typeof fallSilent;

const overloaded = (message = 'overloaded'): object => ({
  message,
  type: 'server_error',
  code: 'server_error',
});

const lastLines: Readonly<Record<Fault, (api: Api, message?: string) => readonly Line[]>> = {
  silence: () => [fallSilent],
  drop: () => [hangUp],
  end: () => [],
  error: (api, message) =>
    api === 'chat'
      ? [event({ error: overloaded(message) })]
      : [event({ type: 'response.failed', response: { error: overloaded(message) } })],
  badJson: () => ['data: {"choices": ['],
  badShape: () => [event({ type: 'response.completed', choices: 'none' })],
};

/** What is sent, event by event; a symbol ends the conversation in its way. */
export function* linesOf(step: Step, { api, body }: Seen): Generator<Line, void, undefined> {
  const { text = 'Hello from the fake.', fault } = step;
  const pieces = typeof text === 'string' ? text.split(/(?<= )/) : text;
  const sent = fault === undefined ? pieces : pieces.slice(0, fault.afterChunks ?? 0);
  const said = step.usage === undefined ? plausibleUsage(api, body, pieces.length) : step.usage;
  const usage = body.stream_options?.include_usage === true ? said : null;
  const speak = api === 'chat' ? chatLines : responsesLines;
  yield* speak({ step, body, pieces: sent, usage, isWhole: fault === undefined });
  if (fault !== undefined) yield* lastLines[fault.kind](api, fault.message);
}

type Speech = {
  step: Step;
  body: Body;
  pieces: readonly string[];
  usage: unknown;
  /** Nothing goes wrong, so the end is said too. */
  isWhole: boolean;
};

function* chatLines({ step, body, pieces, usage, isWhole }: Speech): Generator<string> {
  const { finishReason = 'stop', usageOnTheWay, serviceTier } = step;
  const base = {
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1,
    model: body.model,
    ...(serviceTier !== undefined && { service_tier: serviceTier }),
  };
  const chunk = (delta: object, reason: string | null, rest: object = {}): string =>
    event({ ...base, choices: [{ index: 0, delta, finish_reason: reason }], ...rest });
  const onTheWay = usageOnTheWay === undefined ? {} : { usage: usageOnTheWay };
  for (const content of pieces) yield chunk({ role: 'assistant', content }, null, onTheWay);
  if (!isWhole) return;
  if (finishReason !== null) yield chunk({}, finishReason);
  if (usage !== null) yield event({ ...base, choices: [], usage });
  yield 'data: [DONE]';
}

function* responsesLines({ step, body, pieces, usage, isWhole }: Speech): Generator<string> {
  const { finishReason = 'stop', usageOnTheWay = null, serviceTier = 'auto' } = step;
  const response = { id: 'resp_1', object: 'response', model: body.model, error: null };
  // Nothing is sent before the headers.
  if (!isWhole && pieces.length === 0) return;
  let sequence = 0;
  const named = (type: string, rest: object): string =>
    `event: ${type}\n${event({ type, sequence_number: sequence++, ...rest })}`;
  const begun = { ...response, status: 'in_progress', usage: usageOnTheWay, service_tier: 'auto' };
  yield named('response.created', { response: begun });
  yield named('response.in_progress', { response: begun });
  const at = { item_id: 'msg_1', output_index: 0, content_index: 0 };
  for (const delta of pieces) yield named('response.output_text.delta', { ...at, delta });
  if (!isWhole || finishReason === null) return;
  const isDone = finishReason === 'stop';
  const status = isDone ? 'completed' : 'incomplete';
  const reason = finishReason === 'length' ? 'max_output_tokens' : finishReason;
  const incomplete_details = isDone ? null : { reason };
  yield named(`response.${status}`, {
    response: { ...response, status, usage, service_tier: serviceTier, incomplete_details },
  });
}

function event(data: object): string {
  return `data: ${JSON.stringify(data)}`;
}

/** One token a word: about what a tokenizer reports for prose, and never more than for anything. */
function plausibleUsage(api: Api, { messages: said }: Body, output: number): object {
  const words = said.flatMap(({ content }) => content.match(/\S+/g) ?? []).length;
  const input = words + 4 * said.length + 3;
  const total = { total_tokens: input + output };
  return api === 'chat'
    ? { prompt_tokens: input, completion_tokens: output, ...total }
    : { input_tokens: input, output_tokens: output, ...total };
}
