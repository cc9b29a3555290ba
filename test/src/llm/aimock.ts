import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { createServer, isChatCompletionBody, type Fixture } from '@copilotkit/aimock';
import type { GatewayParts, Server } from '../../../src/llm/gateway.ts';
import { createGateway, createPriceBook, createRetry } from '../../../src/llm/index.ts';
import type { ModelGateway, ModelRequest, Slot } from '../../../src/ports.ts';

type Options = NonNullable<Parameters<typeof createServer>[1]>;

/** A server on loopback that speaks the protocols of providers, written by people who do not know bzzz. */
export type Aimock = {
  readonly url: string;
  /** How a request is answered: by the first rule that matches it. */
  on(match: Fixture['match'], response: Fixture['response'], how?: Partial<Fixture>): void;
  /** What arrived, oldest first; a request of the Responses API in the words of Chat Completions. */
  arrived(): ReturnType<typeof entriesOf>;
};

/** Runs until the test is over. */
export async function aimockFor(t: TestContext, options: Options = {}): Promise<Aimock> {
  const fixtures: Fixture[] = [];
  const started = await createServer(fixtures, { host: '127.0.0.1', ...options, port: 0 });
  t.after(async () => {
    const { server } = started;
    const closed = once(server, 'close');
    server.close();
    // The client opens a connection in advance now and then, which a server waits for seconds to close.
    server.closeAllConnections();
    await closed;
  });
  return {
    url: started.url,
    on: (match, response, how = {}) => void fixtures.push({ match, response, ...how }),
    arrived: () => entriesOf(started),
  };
}

function entriesOf({ journal }: Awaited<ReturnType<typeof createServer>>) {
  return journal.getAll().map(({ body, path, response }) => ({
    path,
    status: response.status,
    body: isChatCompletionBody(body) ? body : null,
  }));
}

/** Under which of its addresses the server is asked: two APIs of OpenAI, and that of OpenRouter. */
export const ways = {
  chat: { api: 'chat', root: '/v1', path: '/v1/chat/completions' },
  responses: { api: 'responses', root: '/v1', path: '/v1/responses' },
  openRouter: { api: 'chat', root: '/api/v1', path: '/api/v1/chat/completions' },
} as const;

export type Way = keyof typeof ways;

export const model = 'gpt-5-mini';

export const prices = createPriceBook({}, { serviceTier: 'standard', region: null });

/** A gateway that retries at once, as long as the server does not ask it to wait. */
export function gatewayTo(
  mock: Aimock,
  way: Way = 'chat',
  over: Partial<Server> = {},
  parts: Partial<GatewayParts> = {},
): ModelGateway {
  const { api, root } = ways[way];
  const server: Server = {
    name: 'aimock',
    baseUrl: `${mock.url}${root}`,
    keys: { key: ['key', 'of', 'ours'].join('-') },
    api,
    limits: { requestsPerMinute: null, tokensPerMinute: null, concurrency: 64 },
    idleTimeoutMs: 30_000,
    prices,
    ...over,
  };
  const retry = createRetry({ maxAttempts: 4, baseDelayMs: 1, maxDelayMs: 5 });
  return createGateway({ server, retry, ...parts });
}

export function requestOf(content: string, over: Partial<ModelRequest> = {}): ModelRequest {
  return { model, messages: [{ role: 'user', content }], maxTokens: 1000, ...over };
}

type How = Partial<Parameters<Slot['attempt']>[0]>;

/** A slot, and the attempt that it is good for. */
export async function ask(gateway: ModelGateway, request: ModelRequest, how: How = {}) {
  const { signal = new AbortController().signal, onText } = how;
  const slot = await gateway.admit(request, { thread: 't', signal });
  return slot.attempt({ signal, onText });
}
