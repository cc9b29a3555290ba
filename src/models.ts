import type { Config } from './config/index.ts';
import { createGateway, createPriceBook, createProvider, createRetry } from './llm/index.ts';
import { offlineModelId, startOfflineModel } from './offline/index.ts';
import type { ModelGateway } from './ports.ts';
import type { Tier } from './shared/prompt/index.ts';

/** The name under which answers of the offline model are recorded, so that nobody takes them for a model's. */
export const offlineProvider = 'offline model';

export type Models = {
  readonly gateway: ModelGateway;
  readonly byTier: Readonly<Record<Tier, string>>;
  close(): Promise<void>;
};

const retryBaseDelayMs = 500;
const retryDelayMsMax = 30_000;

/**
 * The way to the models that the configuration names: a provider with an OpenAI-compatible API, or the
 * offline model, which speaks the same protocol on the loopback interface.
 */
export async function openModels({ llm }: Pick<Config, 'llm'>): Promise<Models> {
  const retry = createRetry({
    maxAttempts: llm.attemptsMax,
    baseDelayMs: retryBaseDelayMs,
    maxDelayMs: retryDelayMsMax,
  });
  const { idleTimeoutMs } = llm;
  if (llm.provider === 'openai') {
    const provider = createProvider({
      name: llm.baseUrl ? new URL(llm.baseUrl).host : 'openai',
      apiKey: llm.apiKey ?? '',
      idleTimeoutMs,
      ...(llm.baseUrl && { baseUrl: llm.baseUrl }),
    });
    const prices = createPriceBook(llm.prices);
    const gateway = createGateway({ provider, prices, retry });
    return { gateway, byTier: llm.models, close: async () => undefined };
  }
  const server = await startOfflineModel();
  const { baseUrl, apiKey } = server;
  const provider = createProvider({ name: offlineProvider, baseUrl, apiKey, idleTimeoutMs });
  const prices = createPriceBook({ ...llm.prices, [offlineModelId]: { free: true } });
  return {
    gateway: createGateway({ provider, prices, retry }),
    byTier: { economy: offlineModelId, standard: offlineModelId, premium: offlineModelId },
    close: () => server.close(),
  };
}
