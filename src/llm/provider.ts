import { Refusal } from '../../events/index.ts';
import type { ModelAnswer, ModelRequest } from '../ports.ts';
import { StreamedAnswer } from './answer.ts';
import type { Connection } from './connection.ts';
import { unavailable } from './failures.ts';

export type ProviderOptions = {
  /** How messages and records call it. */
  name: string;
  /** Root of an API that speaks Chat Completions, up to and with `/v1`; OpenAI's own if absent. */
  baseUrl?: string;
  /** Empty for a server that asks for none. */
  apiKey: string;
  /**
   * Longest silence, before the first chunk (so: time to think) and between two. Keep-alive comments do
   * not break it. Over 300 000 the HTTP client of Node.js gives up first.
   */
  idleTimeoutMs: number;
  /** Says `max_tokens` to a server that does not know `max_completion_tokens`. */
  legacyMaxTokens?: boolean;
  /**
   * Asks for the standard service tier, the one the price book has, so that no setting of the account
   * makes a call dearer than its hold. For servers that know the field; on by itself for OpenAI only.
   */
  standardTier?: boolean;
};

type AttemptOptions = {
  signal: AbortSignal;
  /** Called with each piece of text as it arrives. */
  onText?: (text: string) => void;
};

/** A server that answers requests, one attempt at a time: it never retries by itself. */
export type Provider = {
  readonly name: string;
  /**
   * One request, one whole answer. Throws Unavailable MODEL_UNAVAILABLE (`data`: status, retryAfterMs,
   * billable, requestId), Refusal MODEL_REJECTED, or the signal's reason when that ended it; what was
   * aborted after sending may have been billed.
   */
  attempt(request: ModelRequest, options: AttemptOptions): Promise<ModelAnswer>;
};

/** A provider on the OpenAI wire format. Refusal ARGUMENT_INVALID for a bad base URL or key. */
export function createProvider(options: ProviderOptions): Provider {
  const { name, idleTimeoutMs } = options;
  checkOptions(options);
  let connection: Promise<Connection> | undefined;
  return {
    name,
    async attempt(request, { signal, onText }) {
      signal.throwIfAborted();
      // Loading the client takes 140 ms: commands that call no model do not pay for it.
      connection ??= import('./connection.ts').then(({ connect }) => connect(options));
      const ready = await connection;
      const answer = new StreamedAnswer(name, request);
      const watchdog = new Watchdog(name, idleTimeoutMs);
      const startedMs = performance.now();
      try {
        for await (const chunk of receive(ready, request, answer, watchdog, signal)) {
          const text = answer.add(chunk);
          if (text !== '') onText?.(text);
        }
        return answer.finish(Math.round(performance.now() - startedMs));
      } finally {
        watchdog.stop();
      }
    },
  };
}

/** The chunks of a response. Whatever goes wrong with them is thrown as what it means to us. */
async function* receive(
  connection: Connection,
  request: ModelRequest,
  answer: StreamedAnswer,
  watchdog: Watchdog,
  signal: AbortSignal,
): AsyncGenerator<unknown, void, undefined> {
  const stop = AbortSignal.any([signal, watchdog.signal]);
  try {
    const { chunks, requestId } = await connection.open(request, stop);
    answer.requestId = requestId;
    for await (const chunk of chunks) {
      watchdog.reset();
      yield chunk;
    }
  } catch (error) {
    stop.throwIfAborted();
    throw connection.explain(error);
  }
  // The client ends an aborted stream as if it were complete.
  stop.throwIfAborted();
}

/** Ends an attempt that has gone silent: its signal aborts with MODEL_UNAVAILABLE as the reason. */
class Watchdog {
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;

  constructor(provider: string, idleTimeoutMs: number) {
    this.#timer = setTimeout(() => {
      const what = `was silent for ${idleTimeoutMs} ms`;
      this.#controller.abort(unavailable(provider, what, { billable: true }));
    }, idleTimeoutMs);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  reset(): void {
    this.#timer.refresh();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}

function checkOptions({ name, baseUrl, apiKey }: ProviderOptions): void {
  // Said here, because the HTTP client would quote the value in its error.
  if (!/^[\u0021-\u007E]*$/.test(apiKey))
    throw invalid(`the API key of ${name} has a blank or a line break in it: check how it is set`);
  if (baseUrl === undefined) return;
  const url = URL.parse(baseUrl);
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '')
    throw invalid(
      `the base URL of ${name} must be like http://localhost:11434/v1, without a user or password`,
    );
}

function invalid(message: string): Refusal {
  return new Refusal('ARGUMENT_INVALID', message);
}
