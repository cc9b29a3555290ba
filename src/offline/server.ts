import { randomBytes, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createAnswerer, type Answerer } from './answer.ts';
import {
  chatRequest,
  complete,
  completionBody,
  completionEvents,
  estimateTokens,
  modelEntry,
  ProtocolError,
  tokensMaxOf,
} from './protocol.ts';

export type OfflineModel = {
  /** Base URL for an OpenAI client, on the loopback interface. */
  baseUrl: string;
  /** Random for each start, so that other users of the machine cannot use the server. */
  apiKey: string;
  close(): Promise<void>;
};

/** Larger requests are refused with 413. */
const bodyBytesMax = 32 * 1024 * 1024;

/** Starts the offline model on a free port of 127.0.0.1. It stops with `close` or with the signal. */
export async function startOfflineModel({
  signal,
}: { signal?: AbortSignal } = {}): Promise<OfflineModel> {
  signal?.throwIfAborted();
  const apiKey = `bzzz-offline-${randomBytes(24).toString('base64url')}`;
  const answer = createAnswerer();
  const server = createServer((request, response) => {
    void serve(request, response, apiKey, answer);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = (): Promise<void> => stop(server);
  signal?.addEventListener('abort', () => void close(), { once: true });
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  return { baseUrl: `http://127.0.0.1:${port}/v1`, apiKey, close };
}

async function stop(server: Server): Promise<void> {
  if (!server.listening) return;
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  apiKey: string,
  answer: Answerer,
): Promise<void> {
  response.setHeader('x-request-id', `req_${randomBytes(12).toString('hex')}`);
  try {
    authorize(request, apiKey);
    await route(request, response, answer);
  } catch (error) {
    // A client that has gone away needs no answer.
    if (response.headersSent || response.destroyed) return void response.destroy();
    const known =
      error instanceof ProtocolError
        ? error
        : new ProtocolError(500, null, 'The offline model failed; this is a bug in bzzz.');
    sendJson(response, known.status, known.body);
  }
}

function authorize({ headers }: IncomingMessage, apiKey: string): void {
  const given = Buffer.from(headers.authorization ?? '');
  const wanted = Buffer.from(`Bearer ${apiKey}`);
  if (given.length === wanted.length && timingSafeEqual(given, wanted)) return;
  const message = 'Incorrect API key provided: the offline model has a new one in each process.';
  throw new ProtocolError(401, 'invalid_api_key', message);
}

async function route(
  request: IncomingMessage,
  response: ServerResponse,
  answer: Answerer,
): Promise<void> {
  const path = (request.url ?? '').replace(/\?.*$/, '');
  const known: Record<string, () => Promise<void> | void> = {
    'POST /v1/chat/completions': () => chat(request, response, answer),
    'GET /v1/models': () => sendJson(response, 200, { object: 'list', data: [modelEntry] }),
    [`GET /v1/models/${modelEntry.id}`]: () => sendJson(response, 200, modelEntry),
  };
  const handle = known[`${request.method} ${path}`];
  if (handle === undefined)
    throw new ProtocolError(404, 'unknown_url', `Unknown request URL: ${request.method} ${path}.`);
  await handle();
}

async function chat(
  request: IncomingMessage,
  response: ServerResponse,
  answer: Answerer,
): Promise<void> {
  const asked = readRequest(await readBody(request));
  if (asked.model !== modelEntry.id)
    throw new ProtocolError(
      404,
      'model_not_found',
      `The model \`${asked.model}\` does not exist.`,
      'model',
    );
  const format = asked.response_format;
  const turn = format?.type === 'json_schema' ? format.json_schema.name : null;
  const fits = (text: string): boolean => estimateTokens(text) <= tokensMaxOf(asked);
  const text = answer(asked.messages, turn, fits);
  const completion = complete(asked, text, Math.floor(Date.now() / 1000));
  if (asked.stream !== true) return sendJson(response, 200, completionBody(completion));
  const events = completionEvents(completion, asked.stream_options?.include_usage === true);
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  await pipeline(Readable.from(events), response);
}

async function readBody(request: IncomingMessage): Promise<string> {
  const tooLarge = new ProtocolError(
    413,
    null,
    `The request is larger than ${bodyBytesMax} bytes.`,
  );
  // Refused before it is read: once reading has begun the answer cannot be sent any more.
  if (Number(request.headers['content-length'] ?? 0) > bodyBytesMax) throw tooLarge;
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bodyBytesMax) throw tooLarge;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function readRequest(body: string): ReturnType<typeof chatRequest.parse> {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    throw new ProtocolError(400, null, 'We could not parse the JSON body of your request.');
  }
  const parsed = chatRequest.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const param = issue?.path.join('.') ?? '';
  throw new ProtocolError(
    400,
    'invalid_value',
    `${param || 'body'}: ${issue?.message ?? 'invalid'}`,
    param,
  );
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
