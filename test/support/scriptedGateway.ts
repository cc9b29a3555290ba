import type { ModelAnswer, ModelGateway, ModelRequest } from '../../src/ports.ts';

/** What the model of a role says in a turn, as the JSON value of its answer. */
export type Script = (role: string, turn: string, request: ModelRequest) => unknown;

export type ScriptedGateway = ModelGateway & {
  /** Every request that reached the model, in order. */
  readonly seen: ModelRequest[];
};

const usage = { inputTokens: 100, cachedInputTokens: 0, outputTokens: 50, reasoningTokens: 0 };

/** A model whose answers are a function of the prompt: no network, no waiting. A call costs 40 of 100 held. */
export function scriptedGateway(script: Script): ScriptedGateway {
  const seen: ModelRequest[] = [];
  return {
    seen,
    providerName: 'scripted',
    priceBook: { version: 'test', hash: 'ab'.repeat(32) },
    worstCase: () => ({ promptTokens: 100, maxTokens: 100, costMicroUsd: 100 }),
    cost: () => 40,
    retry: (fn) => fn(1),
    attempt: async (request): Promise<ModelAnswer> => {
      seen.push(request);
      const role = /^Role: (\S+)/.exec(request.messages[0]?.content ?? '')?.[1] ?? '';
      const text = JSON.stringify(script(role, request.schema?.name ?? '', request));
      return { text, model: 'm-1', finishReason: 'stop', usage, latencyMs: 1, requestId: null };
    },
  };
}
