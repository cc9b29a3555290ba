export { createGateway } from './gateway.ts';
export { bookWith, createPriceBook } from './priceBook.ts';
export { lintPriceBook } from './prices/lint.ts';
export { tokenBound } from './tokens.ts';
export { createRetry } from './retry.ts';
export { createCalls } from './calls/index.ts';
export type { Arriving } from './calls/index.ts';
