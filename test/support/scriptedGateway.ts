import type { ModelPrice, Usage } from '../../events/index.ts';
import type { ModelAnswer, ModelGateway, ModelRequest } from '../../src/ports.ts';

/** What the model of a role says in a turn, as the JSON value of its answer. */
export type Script = (role: string, turn: string, request: ModelRequest) => unknown;

export type ScriptedGateway = ModelGateway & {
  /** Every request that reached the model, in order. */
  readonly seen: ModelRequest[];
};

const usage: Usage = {
  inputTokens: 20,
  cachedInputTokens: 0,
  cacheWriteTokens: null,
  outputTokens: 20,
  reasoningTokens: 0,
};

const dollar = 1_000_000;
const rates = {
  input: dollar,
  cachedInput: dollar,
  cacheWrite: dollar,
  output: dollar,
  reasoning: dollar,
};

/** A dollar for 1M tokens of any kind: a micro-dollar each. */
export const testPrice: ModelPrice = {
  free: false,
  longAboveTokens: null,
  tiers: { standard: { base: rates, long: null } },
  upliftPct: {},
};

/** A model whose answers are a function of the prompt: no network, no waiting. A call costs 40 of 100 held. */
export function scriptedGateway(script: Script): ScriptedGateway {
  const seen: ModelRequest[] = [];
  return {
    seen,
    quote: () => ({
      provider: 'scripted',
      priceBook: 'ab'.repeat(32),
      price: testPrice,
      terms: { promptTokens: 50, maxTokens: 50, serviceTier: 'standard', region: null },
      costMicroUsd: 100,
    }),
    retry: (fn) => fn(1),
    fallbacks: () => [],
    admit: async (request) => ({
      release: () => undefined,
      attempt: async (): Promise<ModelAnswer> => {
        seen.push(request);
        const role = /^Role: (\S+)/m.exec(request.messages[1]?.content ?? '')?.[1] ?? '';
        const text = JSON.stringify(script(role, request.schema?.name ?? '', request));
        const whole = { finishReason: 'stop', usage, serviceTier: null, requestId: null };
        return { text, model: 'm-1', latencyMs: 1, ...whole };
      },
    }),
  };
}
