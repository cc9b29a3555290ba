import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  chatShape,
  fallSilent,
  hangUp,
  linesOf,
  responsesShape,
  type Api,
  type Body,
} from './fakeWire.ts';

/** How the server answers one request. Without anything: at once, completely, with usage. */
export type Step = {
  /** Waits before the headers, in ms. */
  delayMs?: number;
  /** Any other than 200 answers with `body` and no stream. */
  status?: number;
  headers?: Record<string, string>;
  /** Sent as it is, text or JSON, instead of a stream. */
  body?: unknown;
  /** The answer, cut into chunks after each blank; or the chunks themselves. */
  text?: string | readonly string[];
  /** Waits after each chunk, in ms. */
  chunkDelayMs?: number;
  /** Null leaves the reason out, as if the server had lost its thread. */
  finishReason?: string | null;
  /** Null omits it; anything else is reported as it is, right or wrong. */
  usage?: unknown;
  /** Reported with each piece of text before the end, as servers do that count as they go. */
  usageOnTheWay?: unknown;
  /** The tier that the server says it has billed. */
  serviceTier?: string;
  /** What goes wrong, and after how many chunks of text; after none, headers have not been sent yet. */
  fault?: { kind: Fault; afterChunks?: number; message?: string };
};

/**
 * silence: sends no more and stays connected. drop: cuts the connection. end: ends the response early but
 * politely. error: an error object in the stream. badJson and badShape: a chunk that is not JSON, or JSON
 * that is not a chunk.
 */
export type Fault = 'silence' | 'drop' | 'end' | 'error' | 'badJson' | 'badShape';

/** A request as it arrived. */
export type Seen = {
  api: Api;
  headers: IncomingHttpHeaders;
  /** In the words of Chat Completions, whichever API was used. */
  body: Body;
  /** As it came. */
  raw: unknown;
};
/** Chooses the step for a request; `index` counts requests from 0. */
export type Respond = (request: Seen, index: number) => Step | Promise<Step>;

/**
 * An OpenAI-compatible server on loopback with scripted behaviour. Steps that were queued come first, in
 * order; then `respond` decides.
 *
 *     await using fake = await FakeProvider.start(() => ({ text: 'Hello' }));
 */
export class FakeProvider implements AsyncDisposable {
  /** Every request so far, oldest first. */
  readonly seen: Seen[] = [];
  /** Responses that the client gave up on before they were complete. */
  abandoned = 0;
  readonly #queue: Step[] = [];
  readonly #respond: Respond;
  readonly #closing = new AbortController();
  readonly #server = createServer((request, response) => {
    this.#answer(request, response).catch((error: unknown) => response.destroy(asError(error)));
  });

  private constructor(respond: Respond) {
    this.#respond = respond;
  }

  static async start(respond: Respond = () => ({})): Promise<FakeProvider> {
    const fake = new FakeProvider(respond);
    fake.#server.listen(0, '127.0.0.1');
    await once(fake.#server, 'listening');
    return fake;
  }

  /** What a client takes as its base URL. */
  get baseUrl(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('not listening');
    return `http://127.0.0.1:${address.port}/v1`;
  }

  /** Scripts the next requests, one step each. */
  enqueue(...steps: readonly Step[]): void {
    this.#queue.push(...steps);
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('close', () => (this.abandoned += response.writableFinished ? 0 : 1));
    const parts: Buffer[] = [];
    for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
    const { url = '', headers } = request;
    const api = apis.get(url);
    const raw: unknown = JSON.parse(Buffer.concat(parts).toString());
    const body = api && (api === 'responses' ? responsesShape : chatShape).safeParse(raw);
    if (!api || !body?.success) {
      response.writeHead(body ? 400 : 404, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ error: { message: body?.error?.message ?? 'no such path' } }));
      return;
    }
    const seen: Seen = { api, headers, body: body.data, raw };
    const index = this.seen.push(seen) - 1;
    const step = this.#queue.shift() ?? (await this.#respond(seen, index));
    await this.#pause(step.delayMs);
    if (!response.destroyed) await this.#play(step, seen, index, response);
  }

  async #play(step: Step, seen: Seen, index: number, response: ServerResponse): Promise<void> {
    const { status = 200, body, headers } = step;
    const isStream = status === 200 && body === undefined;
    response.writeHead(status, {
      'content-type': isStream ? 'text/event-stream' : 'application/json',
      'x-request-id': `req_${index}`,
      ...headers,
    });
    if (!isStream) {
      const content = body ?? { error: { message: 'the fake was told to refuse', code: null } };
      response.end(typeof content === 'string' ? content : JSON.stringify(content));
      return;
    }
    for (const line of linesOf(step, seen)) {
      if (response.destroyed) return;
      if (line === hangUp) return void response.destroy();
      if (line === fallSilent) return;
      response.write(`${line}\n\n`);
      await this.#pause(step.chunkDelayMs);
    }
    response.end();
  }

  async #pause(ms: number | undefined): Promise<void> {
    if (ms !== undefined)
      await sleep(ms, undefined, { signal: this.#closing.signal }).catch(() => {});
  }
}

const apis: ReadonlyMap<string, Api> = new Map([
  ['/v1/chat/completions', 'chat'],
  ['/v1/responses', 'responses'],
]);

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
