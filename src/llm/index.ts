export { createGateway } from './gateway.ts';
export { createPriceBook } from './priceBook.ts';
export { createProvider } from './provider.ts';
export { createRetry } from './retry.ts';
