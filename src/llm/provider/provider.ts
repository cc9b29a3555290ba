import { Refusal } from '../../../events/index.ts';
import type { ModelAnswer, ModelRequest, Slot } from '../../ports.ts';
import type { ApiKey } from '../keys/apiKey.ts';
import { StreamedAnswer, type Piece } from './answer.ts';
import type { Connection } from './connection.ts';
import type { DialectOptions } from './dialect.ts';
import { unavailable } from './failures.ts';

/** The two ways in which the OpenAI protocol asks a model. */
export type Api = 'chat' | 'responses';

export type ProviderOptions = DialectOptions & {
  /** How messages and records call it. */
  readonly name: string;
  /** Root of an API that speaks the OpenAI protocol, up to and with `/v1`; OpenAI's own if absent. */
  readonly baseUrl?: string;
  /**
   * Longest silence, before the first event (so: time to think) and between two. Keep-alive comments do
   * not break it. Over 300 000 the HTTP client of Node.js gives up first.
   */
  readonly idleTimeoutMs: number;
};

type AttemptOptions = Parameters<Slot['attempt']>[0] & {
  readonly api: Api;
  readonly key: ApiKey;
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

/** A provider on the OpenAI wire format. Refusal ARGUMENT_INVALID for a bad base URL. */
export function createProvider(options: ProviderOptions): Provider {
  const { name, idleTimeoutMs } = options;
  checkUrl(options);
  let connection: Promise<Connection> | undefined;
  return {
    name,
    async attempt(request, how) {
      const { signal, onText } = how;
      signal.throwIfAborted();
      // Loading the client takes 140 ms: commands that call no model do not pay for it.
      connection ??= import('./connection.ts').then(({ connect }) => connect(options));
      const ready = await connection;
      const answer = new StreamedAnswer(name, request);
      const watchdog = new Watchdog(name, idleTimeoutMs);
      const startedMs = performance.now();
      try {
        for await (const piece of receive(ready, request, how, answer, watchdog)) {
          const text = answer.add(piece);
          if (text !== '') onText?.(text);
        }
        return answer.finish(Math.round(performance.now() - startedMs));
      } finally {
        watchdog.stop();
      }
    },
  };
}

/** The events of a response. Whatever goes wrong with them is thrown as what it means to us. */
async function* receive(
  connection: Connection,
  request: ModelRequest,
  { api, key, signal }: AttemptOptions,
  answer: StreamedAnswer,
  watchdog: Watchdog,
): AsyncGenerator<Piece | null, void, undefined> {
  const stop = AbortSignal.any([signal, watchdog.signal]);
  try {
    const { pieces, requestId } = await connection.open(request, { api, key, signal: stop });
    answer.requestId = requestId;
    for await (const piece of pieces) {
      watchdog.reset();
      yield piece;
    }
  } catch (error) {
    stop.throwIfAborted();
    throw connection.explain(error, key);
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

function checkUrl({ name, baseUrl }: ProviderOptions): void {
  if (baseUrl === undefined) return;
  const url = URL.parse(baseUrl);
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '')
    throw new Refusal(
      'ARGUMENT_INVALID',
      `the base URL of ${name} must be like http://localhost:11434/v1, without a user or password`,
    );
}
