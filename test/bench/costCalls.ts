import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { OpenAI } from 'openai';
import { agentAddress, budgetAddress, threadAddress } from '../../events/index.ts';
import { createCalls, createGateway, createPriceBook, createRetry } from '../../src/llm/index.ts';
import type { ModelGateway, ModelRequest, PaidTurn } from '../../src/ports.ts';
import { openTestNode, plainTexts, withTempDir, type TestNode } from '../support/testNode.ts';
import { startServer } from './costServer.ts';
import { compare, timed, type Figure, type Size } from './harness.ts';

const callsFull = 120;
const promptBytes = [1000, 40_000] as const;
const terms = { serviceTier: 'standard', region: null } as const;
const model = 'gpt-5-mini';
const never = new AbortController().signal;
export const prices = createPriceBook({}, terms);

/** So many letters of the source of bzzz: a tokenizer that remembers pieces finds few of them twice. */
export function sourceCode(length: number): string {
  const root = join(import.meta.dirname, '../../src');
  let text = '';
  for (const file of globSync('**/*.ts', { cwd: root }).toSorted()) {
    if (text.length >= length) break;
    text += readFileSync(join(root, file), 'utf8');
  }
  return text.slice(0, length);
}

export function requestOf(bytes: number): ModelRequest {
  return { model, messages: [{ role: 'user', content: sourceCode(bytes) }], maxTokens: 2000 };
}

/**
 * A call through the gateway, and one with all that is recorded of it, against the bare client. The target
 * is 1.3 times its time.
 */
export async function callFigures(size: Size): Promise<Figure[]> {
  const server = await startServer();
  const gateway = gatewayTo(server.baseUrl);
  const bare = bareClient(server.baseUrl);
  const count = size.of(callsFull);
  const figures: Figure[] = [];
  for (const bytes of promptBytes) {
    const request = requestOf(bytes);
    const bareCalls = () => each(count, () => bare(request));
    const prompt = `${bytes / 1000} kB`;
    figures.push(
      await compare(
        size,
        { name: `gateway, prompt of ${prompt}`, unit: 'ms', target: { ratio: 0.77 } },
        { ours: () => each(count, () => ask(gateway, request)), bare: bareCalls },
      ),
      await withTempDir(async (dir) => {
        const node = await openTestNode(dir);
        const call = await payer(node, gateway);
        const samples = { ours: () => each(count, () => call(request)), bare: bareCalls };
        const name = `call, held and recorded, of ${prompt}`;
        const figure = await compare(size, { name, unit: 'ms' }, samples);
        await node.close();
        return figure;
      }),
    );
  }
  await server.stop();
  return figures;
}

/** Mean time of one, in ms, when each waits for the one before. `work` returns what it took, or nothing. */
async function each(count: number, work: () => Promise<number | void>): Promise<number> {
  let tookMs = 0;
  for (let nth = 0; nth < count; nth++) {
    let ownMs: number | void = undefined;
    const wholeMs = await timed(async () => (ownMs = await work()));
    tookMs += ownMs ?? wholeMs;
  }
  return tookMs / count;
}

function gatewayTo(baseUrl: string): ModelGateway {
  return createGateway({
    server: {
      name: 'fake',
      baseUrl,
      keys: { key: 'none' },
      api: 'chat',
      limits: { requestsPerMinute: null, tokensPerMinute: null, concurrency: 64 },
      idleTimeoutMs: 60_000,
      prices,
    },
    retry: createRetry({ maxAttempts: 1, baseDelayMs: 1, maxDelayMs: 1 }),
  });
}

/** Another object with the same prompt: what is remembered of one helps with no other. */
export function anew(request: ModelRequest): ModelRequest {
  return { ...request, messages: [...request.messages] };
}

async function ask(gateway: ModelGateway, asked: ModelRequest): Promise<void> {
  const request = anew(asked);
  gateway.quote(request);
  const slot = await gateway.admit(request, { thread: 't', signal: never });
  const { text } = await slot.attempt({ signal: never });
  if (text === '') throw new TypeError('no answer');
}

function bareClient(baseURL: string): (request: ModelRequest) => Promise<void> {
  const client = new OpenAI({ baseURL, apiKey: 'none', maxRetries: 0 });
  return async ({ messages, maxTokens }) => {
    const stream = await client.chat.completions.create({
      model,
      messages: messages.map(({ role, content }) => ({ role, content })),
      max_completion_tokens: maxTokens,
      stream: true,
      stream_options: { include_usage: true },
    });
    let text = '';
    for await (const { choices } of stream) text += choices[0]?.delta.content ?? '';
    if (text === '') throw new TypeError('no answer');
  };
}

/** Calls on the budget of a project, each in a turn of its own; the turn is not counted. */
async function payer({ host, store, clock }: TestNode, gateway: ModelGateway) {
  const agent = agentAddress('ann', 'reviewer', 'shop');
  const thread = threadAddress('shop', 'pr-1');
  const budget = budgetAddress('shop');
  const tell = { kind: 'budget', actor: budget } as const;
  await host.handle({ ...tell, commandId: 'open', command: { type: 'open', project: 'shop' } });
  const limit = { type: 'setLimit', scope: 'day', limitMicroUsd: 1e12, by: 'dana' } as const;
  await host.handle({ ...tell, commandId: 'limit', command: limit });
  const facts = { name: 'ann', project: 'shop', role: 'reviewer', tier: 'standard' } as const;
  await host.handle({
    kind: 'agent',
    actor: agent,
    commandId: 'register',
    command: { type: 'register', ...facts, roleHash: 'ab'.repeat(32), capabilities: [] },
  });
  const world = { actors: host, vault: store.vault, clock, gateway, redactor: plainTexts };
  const calls = createCalls({ ...world, holdMs: 60_000, labels: {} });
  let turns = 0;
  return async (request: ModelRequest): Promise<number> => {
    const turn = `review/0/pr-${++turns}`;
    const start = { type: 'startTurn', turn, thread, kind: 'review', round: 0 } as const;
    const conclude = { type: 'conclude', turn, statements: [] } as const;
    const to = { kind: 'agent', actor: agent } as const;
    await host.handle({ ...to, commandId: `${turn}/start`, command: start });
    const paid: PaidTurn = { turn, agent, thread, budget };
    const option = { request: anew(request), choice: 'tier.standard' };
    const tookMs = await timed(() => calls.call(paid, [option], (text) => text, never));
    await host.handle({ ...to, commandId: `${turn}/conclude`, command: conclude });
    return tookMs;
  };
}
