import {
  agentAddress,
  budgetAddress,
  sha256Hex,
  threadAddress,
  type EventOf,
  type ModelPrice,
} from '../../events/index.ts';
import type { CallDeps } from '../../src/llm/calls/deps.ts';
import { createCalls } from '../../src/llm/calls/index.ts';
import type {
  CallOption,
  ModelAnswer,
  ModelGateway,
  ModelRequest,
  PaidTurn,
} from '../../src/ports.ts';
import { testPrice } from './scriptedGateway.ts';
import { openTestNode, plainTexts, withTempDir, type TestNode } from './testNode.ts';

/** Calls on a real node, without a review around them. A token of any kind costs a micro-dollar. */

const project = 'shop';
export const budget = budgetAddress(project);
const agent = agentAddress('ann', 'reviewer', project);
export const never = new AbortController().signal;
/** Of the prompt, in every request here. */
export const promptTokens = 50;

export type Attempting = (
  request: ModelRequest,
  how: Parameters<Awaited<ReturnType<ModelGateway['admit']>>['attempt']>[0],
  number: number,
) => Promise<ModelAnswer>;

export type BenchGateway = ModelGateway & {
  readonly seen: ModelRequest[];
  /** Slots that were given out and not given back or used. */
  readonly slotsOut: () => number;
};

/** A gateway whose attempts are given; it prices every model alike, and has a place for everybody. */
export function benchGateway(attempt: Attempting, over: Partial<ModelGateway> = {}): BenchGateway {
  const seen: ModelRequest[] = [];
  let slotsOut = 0;
  return {
    seen,
    slotsOut: () => slotsOut,
    quote: (request) => quoteOf(request, testPrice),
    retry: (fn) => fn(1),
    fallbacks: () => [],
    admit: async (request, { signal }) => {
      signal.throwIfAborted();
      slotsOut++;
      let isOut = true;
      return {
        attempt: (how) => {
          seen.push(request);
          return attempt(request, how, seen.length);
        },
        release: () => {
          if (isOut) slotsOut--;
          isOut = false;
        },
      };
    },
    ...over,
  };
}

export function quoteOf(
  { maxTokens }: ModelRequest,
  price: ModelPrice,
): ReturnType<ModelGateway['quote']> {
  const perToken = price.tiers.standard.base.input / 1_000_000;
  return {
    provider: 'bench',
    priceBook: 'ab'.repeat(32),
    price,
    terms: { promptTokens, maxTokens, serviceTier: 'standard', region: null },
    costMicroUsd: (promptTokens + maxTokens) * perToken,
  };
}

/** An answer that has used the whole prompt and that many tokens. */
export function answer(
  text: string,
  outputTokens: number,
  over: Partial<ModelAnswer> = {},
): ModelAnswer {
  const cache = { cachedInputTokens: 0, cacheWriteTokens: 0 };
  return {
    text,
    model: 'm-1',
    finishReason: 'stop',
    usage: { inputTokens: promptTokens, ...cache, outputTokens, reasoningTokens: 0 },
    serviceTier: null,
    latencyMs: 1,
    requestId: null,
    ...over,
  };
}

export function option(maxTokens: number, model = 'm', choice = 'tier.standard'): CallOption {
  return { request: { model, maxTokens, messages: [{ role: 'user', content: 'Look.' }] }, choice };
}

export class Bench {
  readonly node: TestNode;

  constructor(node: TestNode) {
    this.node = node;
  }

  /** With a ledger, caps by scope, and one agent. */
  async prepare(caps: Readonly<Record<string, number>>): Promise<void> {
    const { host } = this.node;
    const open = { type: 'open', project } as const;
    await host.handle({ kind: 'budget', actor: budget, commandId: 'open', command: open });
    for (const [scope, limitMicroUsd] of Object.entries(caps)) await this.cap(scope, limitMicroUsd);
    const said = { name: 'ann', project, role: 'reviewer', roleHash: sha256Hex('reviewer') };
    await host.handle({
      kind: 'agent',
      actor: agent,
      commandId: 'register',
      command: { type: 'register', ...said, capabilities: [], tier: 'standard' },
    });
  }

  async cap(scope: string, limitMicroUsd: number): Promise<void> {
    const command = { type: 'setLimit', scope, limitMicroUsd, by: 'ann' } as const;
    const commandId = `cap ${scope} ${limitMicroUsd}`;
    await this.node.host.handle({ kind: 'budget', actor: budget, commandId, command });
  }

  calls(gateway: ModelGateway, over: Partial<CallDeps> = {}) {
    const { host, store, clock } = this.node;
    const paid = { actors: host, vault: store.vault, clock, gateway, redactor: plainTexts };
    return createCalls({ ...paid, holdMs: 60_000, labels: {}, ...over });
  }

  /** A turn that is under way. */
  async turn(turn: string, task = 'pr-1'): Promise<PaidTurn> {
    const thread = threadAddress(project, task);
    await this.node.host.handle({
      kind: 'agent',
      actor: agent,
      commandId: `${turn}/start`,
      command: { type: 'startTurn', turn, thread, kind: 'review', round: 0 },
    });
    return { turn, agent, thread, budget };
  }

  async ledger() {
    const state = await this.node.host.state('budget', budget);
    if (!state) throw new TypeError('no ledger');
    return state.context;
  }

  async money(): Promise<EventOf<'budget'>[]> {
    const events: EventOf<'budget'>[] = [];
    for await (const { event } of this.node.host.events('budget', budget)) events.push(event);
    return events;
  }

  async said(): Promise<EventOf<'agent'>[]> {
    const events: EventOf<'agent'>[] = [];
    for await (const { event } of this.node.host.events('agent', agent)) events.push(event);
    return events;
  }
}

/** A test on a bench with these caps. */
export function withBench(
  caps: Readonly<Record<string, number>>,
  use: (bench: Bench) => Promise<void>,
): () => Promise<void> {
  return () =>
    withTempDir(async (dir) => {
      const node = await openTestNode(dir);
      try {
        const bench = new Bench(node);
        await bench.prepare(caps);
        await use(bench);
      } finally {
        await node.drop();
      }
    });
}
