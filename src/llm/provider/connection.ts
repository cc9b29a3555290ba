import { APIError, OpenAI } from 'openai';
import type { Refusal, Unavailable } from '../../../events/index.ts';
import type { ModelRequest } from '../../ports.ts';
import type { ApiKey } from '../keys/apiKey.ts';
import type { Piece } from './answer.ts';
import { chat } from './chat.ts';
import { connectionFailure, createScrubber, httpFailure, streamFailure } from './failures.ts';
import type { Api, ProviderOptions } from './provider.ts';
import { responses } from './responses.ts';

/** The OpenAI client and its ways. The rest of the room knows neither its errors nor its types. */
export type Connection = {
  /** Sends the request; resolves when the response has begun. Rejects with the client's own errors. */
  open(
    request: ModelRequest,
    how: { api: Api; key: ApiKey; signal: AbortSignal },
  ): Promise<OpenStream>;
  /** What an error of `open` or of its events means. Never holds that error: it may quote the key. */
  explain(error: unknown, key: ApiKey): Refusal | Unavailable;
};

type OpenStream = { pieces: AsyncIterable<Piece | null>; requestId: string | null };

const dialects = { chat, responses };

const timerMsMax = 2 ** 31 - 1;

/** A client for one provider. Makes no request by itself. */
export function connect(options: ProviderOptions): Connection {
  const { name, baseUrl = 'https://api.openai.com/v1' } = options;
  const client = new OpenAI({
    baseURL: baseUrl,
    // The key goes with each request, so the client, which prints what it has, has none.
    apiKey: 'none',
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
    async open(request, { api, key, signal }) {
      const dialect = dialects[api];
      const secret = key.reveal();
      const headers = { authorization: secret === '' ? null : `Bearer ${secret}` };
      const { data, request_id: requestId } = await dialect.open(client, request, options, {
        headers,
        signal,
      });
      const scrub = createScrubber(secret);
      const pieces = read(data, dialect.read, scrub);
      return { pieces, requestId: requestId === null ? null : scrub(requestId) };
    },
    explain(error, key) {
      if (!isApiError(error)) return connectionFailure(name, error);
      const scrub = createScrubber(key.reveal());
      const { status, headers, code } = error;
      const text = scrub(error.message);
      const requestId = scrub(error.requestID ?? '') || null;
      if (status !== undefined && headers !== undefined)
        return httpFailure(name, { status, headers, code, text, requestId });
      return error.error === undefined
        ? connectionFailure(name, error)
        : streamFailure(name, { code: code ?? null, text }, requestId);
    },
  };
}

async function* read(
  events: AsyncIterable<unknown>,
  asPiece: (event: unknown) => Piece | null,
  scrub: (text: string) => string,
): AsyncGenerator<Piece | null, void, undefined> {
  for await (const event of events) {
    const piece = asPiece(event);
    const { failure } = piece ?? {};
    yield failure ? { failure: { ...failure, text: scrub(failure.text) } } : piece;
  }
}

// A guard, because `instanceof` would turn the type parameters of the class into any.
function isApiError(error: unknown): error is APIError {
  return error instanceof APIError;
}
