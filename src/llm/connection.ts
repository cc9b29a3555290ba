import { APIError, OpenAI } from 'openai';
import type { ChatCompletionCreateParamsStreaming } from 'openai/resources/chat/completions';
import type { Refusal, Unavailable } from '../../events/index.ts';
import type { ModelRequest } from '../ports.ts';
import { connectionFailure, createScrubber, httpFailure, unavailable } from './failures.ts';
import type { ProviderOptions } from './provider.ts';

/** The OpenAI client and its ways. The rest of the room knows neither its errors nor its types. */
export type Connection = {
  /** Sends the request; resolves when the response has begun. Rejects with the client's own errors. */
  open(request: ModelRequest, signal: AbortSignal): Promise<OpenStream>;
  /** What an error of `open` or of its chunks means. Never holds that error: it may quote the key. */
  explain(error: unknown): Refusal | Unavailable;
};

type OpenStream = { chunks: AsyncIterable<unknown>; requestId: string | null };

const timerMsMax = 2 ** 31 - 1;

/** A client for one provider. Makes no request by itself. */
export function connect(options: ProviderOptions): Connection {
  const { name, apiKey, baseUrl = 'https://api.openai.com/v1' } = options;
  const scrub = createScrubber(apiKey);
  const client = new OpenAI({
    baseURL: baseUrl,
    apiKey: apiKey === '' ? 'none' : apiKey,
    ...(apiKey === '' && { defaultHeaders: { authorization: null } }),
    // The client would fill these from the environment, and send them to any base URL.
    adminAPIKey: null,
    organization: null,
    project: null,
    logLevel: 'off',
    // Each attempt is ours to hold money for and to record, and the watchdog is ours too.
    maxRetries: 0,
    timeout: timerMsMax,
  });
  return {
    async open(request, signal) {
      const body = bodyOf(request, options);
      const { data, request_id: requestId } = await client.chat.completions
        .create(body, { signal })
        .withResponse();
      return { chunks: data, requestId };
    },
    explain(error) {
      if (!isApiError(error)) return connectionFailure(name, error);
      const { status, headers, code } = error;
      const text = scrub(error.message);
      const requestId = scrub(error.requestID ?? '') || null;
      if (status !== undefined && headers !== undefined)
        return httpFailure(name, { status, headers, code, text, requestId });
      return error.error === undefined
        ? connectionFailure(name, error)
        : unavailable(name, `broke off with an error: ${text}`, { billable: true, requestId });
    },
  };
}

// A guard, because `instanceof` would turn the type parameters of the class into any.
function isApiError(error: unknown): error is APIError {
  return error instanceof APIError;
}

function bodyOf(
  request: ModelRequest,
  options: ProviderOptions,
): ChatCompletionCreateParamsStreaming {
  const { model, messages, maxTokens, schema, seed } = request;
  const { legacyMaxTokens = false, standardTier = options.baseUrl === undefined } = options;
  return {
    model,
    // JSON can carry half a surrogate pair, UTF-8 cannot: some servers fail on it.
    messages: messages.map(({ role, content }) => ({ role, content: content.toWellFormed() })),
    stream: true,
    stream_options: { include_usage: true },
    // oxlint-disable-next-line typescript/no-deprecated -- servers that know no other
    ...(legacyMaxTokens ? { max_tokens: maxTokens } : { max_completion_tokens: maxTokens }),
    ...(standardTier && { service_tier: 'default' }),
    // oxlint-disable-next-line typescript/no-deprecated -- by OpenAI; local servers keep it
    ...(seed !== undefined && { seed }),
    ...(schema !== undefined && {
      response_format: { type: 'json_schema', json_schema: { ...schema, strict: true } },
    }),
  };
}
