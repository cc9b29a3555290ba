import type { ModelGateway } from '../ports.ts';
import type { PriceBook } from './priceBook.ts';
import type { Provider } from './provider.ts';
import type { Retry } from './retry.ts';

type GatewayParts = { provider: Provider; prices: PriceBook; retry: Retry };

/**
 * The way to a model, put together. Holding money before an attempt, settling and recording after it is
 * the caller's part, once for each attempt.
 */
export function createGateway({ provider, prices, retry }: GatewayParts): ModelGateway {
  return {
    providerName: provider.name,
    priceBook: { version: prices.version, hash: prices.hash },
    worstCase: (request) => prices.worstCase(request),
    cost: (model, usage) => prices.cost(model, usage),
    attempt: async (request, options) => {
      // Nobody is called for a price that nobody knows, whatever the caller has checked.
      prices.require(request.model);
      return provider.attempt(request, options);
    },
    retry,
  };
}
