import { Refusal } from '../../events/index.ts';
import type { Clock, ModelGateway, ModelRequest, Quote, Slot } from '../ports.ts';
import type { KeySource } from './keys/keyPool.ts';
import { Admission, type Limits, type Permit } from './limits/admission.ts';
import { createProvider, type Api, type ProviderOptions } from './provider/provider.ts';
import type { Retry } from './retry.ts';

/** As much of a price book as the gateway goes by. */
type Prices = {
  has(model: string): boolean;
  quote(request: ModelRequest): Omit<Quote, 'provider'>;
  /** `api` is responses for models that are not offered over Chat Completions. */
  entries(): readonly { readonly model: string; readonly api: Api }[];
};

/** A server that models are asked at, what may be asked of it, and what it costs. */
export type Server = ProviderOptions & {
  readonly keys: KeySource;
  /** In which API it is asked; models that know one only are asked in that. */
  readonly api: Api;
  readonly limits: Limits;
  readonly prices: Prices;
};

export type GatewayParts = {
  /** For every model that no other server has. */
  readonly server: Server;
  /** Further servers, and the models that are asked there. */
  readonly others?: readonly (Server & { readonly models: readonly string[] })[];
  readonly retry: Retry;
  /** Models to ask instead, by model, in order. */
  readonly fallbacks?: Readonly<Record<string, readonly string[]>>;
  /** Times of waits and limits. Only its differences matter, so the default never jumps. */
  readonly clock?: Clock;
};

const monotonicClock: Clock = { nowMs: () => Math.floor(performance.now()) };

/**
 * The way to the models. All waiting is in `admit`; a slot makes one request. Refusal ARGUMENT_INVALID for
 * servers and keys that cannot be used, MODEL_UNKNOWN for a fallback without a price.
 */
export function createGateway(parts: GatewayParts): ModelGateway {
  const { retry, fallbacks = {}, clock = monotonicClock } = parts;
  const routes = routesOf(parts, clock);
  const main = openRoute(parts.server, clock);
  const routeOf = (model: string): Route => routes.get(model) ?? main;
  checkFallbacks(fallbacks, routeOf);
  return {
    quote: (request) => routeOf(request.model).quote(request),
    async admit(request, { thread, signal }) {
      const { quote, enter, attempt } = routeOf(request.model);
      // Nobody is asked for a price that nobody knows, whatever the caller has checked.
      const { promptTokens, maxTokens } = quote(request).terms;
      const claim = { model: request.model, tokens: promptTokens + maxTokens };
      return slotOf(await enter(claim, thread, signal), (permit, how) =>
        permit.run(() => attempt(request, { ...how, key: permit.key })),
      );
    },
    retry,
    fallbacks: (model) => (Object.hasOwn(fallbacks, model) ? fallbacks[model] : null) ?? [],
  };
}

type Route = ReturnType<typeof openRoute>;

function openRoute(server: Server, clock: Clock) {
  const { name, keys, limits, prices } = server;
  const provider = createProvider(server);
  const responsesOnly = new Set(
    prices.entries().flatMap(({ model, api }) => (api === 'responses' ? [model] : [])),
  );
  const quotes = new WeakMap<ModelRequest, Quote>();
  const admission = new Admission(name, keys, limits, clock);
  type How = Omit<Parameters<typeof provider.attempt>[1], 'api'>;
  return {
    name,
    prices,
    quote: (request: ModelRequest): Quote => {
      // Asked for the money and again for a place in the queue.
      const quote = quotes.get(request) ?? { provider: name, ...prices.quote(request) };
      quotes.set(request, quote);
      return quote;
    },
    enter: admission.enter.bind(admission),
    attempt: (request: ModelRequest, how: How) => {
      const api = responsesOnly.has(request.model) ? 'responses' : server.api;
      return provider.attempt(request, { ...how, api });
    },
  };
}

function routesOf({ server, others = [] }: GatewayParts, clock: Clock): Map<string, Route> {
  const routes = new Map<string, Route>();
  for (const { models, ...other } of others) {
    const route = openRoute(other, clock);
    if (other.name === server.name)
      throw invalid(`two servers are called ${server.name}: rename one in llm.providers`);
    for (const model of models) {
      const first = routes.get(model);
      if (first && first !== route)
        throw invalid(
          `the model "${model}" is at ${first.name} and at ${route.name}: leave it to one of them in llm.providers`,
        );
      routes.set(model, route);
    }
  }
  return routes;
}

function checkFallbacks(
  fallbacks: Readonly<Record<string, readonly string[]>>,
  routeOf: (model: string) => Route,
): void {
  for (const [model, instead] of Object.entries(fallbacks)) {
    if (instead.includes(model) || new Set(instead).size < instead.length)
      throw invalid(`llm.fallbacks of "${model}" names a model twice, or the model itself`);
    const unknown = instead.find((name) => !routeOf(name).prices.has(name));
    if (unknown !== undefined)
      throw new Refusal(
        'MODEL_UNKNOWN',
        `no price is known for "${unknown}", which llm.fallbacks names for "${model}": add one to llm.prices, or take it out`,
        { data: { model: unknown } },
      );
  }
}

type Attempt = (permit: Permit, how: Parameters<Slot['attempt']>[0]) => ReturnType<Slot['attempt']>;

/** Good for one attempt, or for none. */
function slotOf(permit: Permit, attempt: Attempt): Slot {
  let isSpent = false;
  const release = (): void => {
    if (isSpent) return;
    isSpent = true;
    permit.release();
  };
  return {
    async attempt(how) {
      if (isSpent) throw new TypeError('a slot is good for one attempt');
      if (how.signal.aborted) release();
      how.signal.throwIfAborted();
      isSpent = true;
      return attempt(permit, how);
    },
    release,
  };
}

function invalid(message: string): Refusal {
  return new Refusal('ARGUMENT_INVALID', message);
}
