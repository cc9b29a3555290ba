import { Refusal } from '../events/index.ts';
import type { Config } from './config/index.ts';
import { createGateway, createPriceBook, createRetry } from './llm/index.ts';
import { offlineModelId, startOfflineModel } from './offline/index.ts';
import type { ModelGateway } from './ports.ts';
import type { Tier } from './shared/prompt/index.ts';

/** The name under which answers of the offline model are recorded, so that nobody takes them for a model's. */
export const offlineProvider = 'offline model';

export type Models = {
  readonly gateway: ModelGateway;
  /** For display. */
  readonly prices: ReturnType<typeof createPriceBook>;
  readonly byTier: Readonly<Record<Tier, string>>;
  close(): Promise<void>;
};

type Surroundings = { readonly env?: NodeJS.ProcessEnv; readonly nowMs?: number };

type Llm = Config['llm'];

const retryBaseDelayMs = 500;
const retryDelayMsMax = 30_000;

/** What everybody is billed who is not OpenAI: they have one tier and no regions. */
const plainTerms = { serviceTier: 'standard', region: null } as const;

/**
 * The way to the models that the configuration names: providers with an OpenAI-compatible API, or the
 * offline model, which speaks the same protocol on the loopback interface. `env` has the keys of further
 * providers; `nowMs` says which of several dated prices are in force. Refusal ARGUMENT_INVALID or MODEL_UNKNOWN for what can never work.
 */
export async function openModels(
  { llm }: Pick<Config, 'llm'>,
  { env = process.env, nowMs = Date.now() }: Surroundings = {},
): Promise<Models> {
  if (llm.provider === 'offline') return openOffline(llm, nowMs);
  const terms = { serviceTier: llm.serviceTier, region: llm.region };
  const prices = createPriceBook(llm.prices, terms, nowMs);
  const gateway = createGateway({
    server: { ...mainServer(llm), prices },
    others: otherServers(llm, env, nowMs),
    retry: retryFor(llm),
    fallbacks: llm.fallbacks,
  });
  return { gateway, prices, byTier: llm.models, close: async () => undefined };
}

async function openOffline(llm: Llm, nowMs: number): Promise<Models> {
  // Before the server listens: what cannot be priced must not leave it behind.
  const free = { ...llm.prices, [offlineModelId]: { free: true } };
  const prices = createPriceBook(free, plainTerms, nowMs);
  const model = await startOfflineModel();
  const { baseUrl, apiKey } = model;
  const gateway = createGateway({
    server: {
      name: offlineProvider,
      baseUrl,
      keys: { key: apiKey },
      api: 'chat',
      limits: { requestsPerMinute: null, tokensPerMinute: null, concurrency: 64 },
      idleTimeoutMs: llm.idleTimeoutMs,
      prices,
    },
    retry: retryFor(llm),
  });
  const byTier = { economy: offlineModelId, standard: offlineModelId, premium: offlineModelId };
  return { gateway, prices, byTier, close: () => model.close() };
}

function mainServer(llm: Llm) {
  const { apiKey, keysFile, api, limits, idleTimeoutMs, region } = llm;
  const regionUrl = region && `https://${region}.api.openai.com/v1`;
  const baseUrl = llm.baseUrl ?? regionUrl;
  const { host } = new URL(baseUrl ?? 'https://api.openai.com');
  // Asked for where the field is known, so that no setting of the account makes a call dearer than its hold.
  const asksForTier = host.endsWith('.openai.com') || llm.serviceTier !== 'standard';
  return {
    name: llm.baseUrl === null ? 'openai' : host,
    ...(baseUrl !== null && { baseUrl }),
    ...(asksForTier && { serviceTier: llm.serviceTier }),
    keys: keysFile === null ? { key: apiKey ?? '' } : { file: keysFile },
    api,
    limits,
    idleTimeoutMs,
  };
}

function otherServers(
  { providers, limits, idleTimeoutMs, prices }: Llm,
  env: NodeJS.ProcessEnv,
  nowMs: number,
) {
  const book = createPriceBook(prices, plainTerms, nowMs);
  return Object.entries(providers).map(([name, { apiKeyEnv, keysFile, ...provider }]) => ({
    name,
    ...provider,
    keys: keysFile === null ? { key: keyIn(env, apiKeyEnv) } : { file: keysFile },
    limits,
    idleTimeoutMs,
    prices: book,
  }));
}

function keyIn(env: NodeJS.ProcessEnv, variable: string | null): string {
  if (variable === null) return '';
  const key = env[variable];
  if (key) return key;
  throw new Refusal(
    'ARGUMENT_INVALID',
    `the environment has no ${variable}, which llm.providers names as an API key: set it, or say null for a server that asks for none`,
  );
}

function retryFor({ attemptsMax }: Llm) {
  return createRetry({
    maxAttempts: attemptsMax,
    baseDelayMs: retryBaseDelayMs,
    maxDelayMs: retryDelayMsMax,
  });
}
