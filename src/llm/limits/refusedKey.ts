import { Refusal } from '../../../events/index.ts';

/**
 * Is this a refusal of the key and not of the request? 401: the key is wrong. 402, and a 429 that waiting
 * does not cure: nobody pays for it any more. 403: it may not use this model, but perhaps others.
 */
export function refusedKey(error: unknown): { reason: Refusal; isForAll: boolean } | null {
  if (!(error instanceof Refusal) || error.code !== 'MODEL_REJECTED') return null;
  const { status } = error.data;
  if (status === 401 || status === 402 || status === 429) return { reason: error, isForAll: true };
  return status === 403 ? { reason: error, isForAll: false } : null;
}
