import { sha256Hex } from '../../../events/index.ts';
import type { ModelRequest, Quote } from '../../ports.ts';
import { orAbort } from '../../shared/abort.ts';

/** OpenAI's least prompt that is cached, in tokens (guide to prompt caching). */
const cachedTokensMin = 1024;
/** That many tokens have at least as many bytes, so the beginning that is compared is within them. */
const comparedLength = 1024;
/** How long a provider keeps what it has cached, at least; then somebody leads again. */
const warmMs = 4 * 60_000;
/** Nobody waits longer for a leader than a slow first word takes. */
const followMs = 20_000;

type Lead = { readonly begun: Promise<void>; readonly sinceMs: number };

const nothing = (): void => undefined;

/**
 * Lets one call go first where others begin with the same prompt: once it is answered, the provider serves
 * the common beginning from its cache, at a part of the price; calls that start together would all pay in
 * full. Only for models that sell cached input cheaper, and prompts that are long enough.
 */
export class Vanguard {
  readonly #leads = new Map<string, Lead>();

  /** Waits for the leader, if there is one; returns what to call once the first word has come, or none will. */
  async enter(request: ModelRequest, quote: Quote, signal: AbortSignal): Promise<() => void> {
    if (!isWorthIt(quote)) return nothing;
    const key = keyOf(request, quote);
    const lead = this.#leads.get(key);
    const nowMs = performance.now();
    if (lead && nowMs - lead.sinceMs < warmMs) {
      const enough = AbortSignal.any([signal, AbortSignal.timeout(followMs)]);
      await orAbort(lead.begun, enough).catch(() => signal.throwIfAborted());
      return nothing;
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#leads.set(key, { begun: promise, sinceMs: nowMs });
    this.#forget(nowMs);
    return resolve;
  }

  #forget(nowMs: number): void {
    for (const [key, { sinceMs }] of this.#leads)
      if (nowMs - sinceMs >= warmMs) this.#leads.delete(key);
  }
}

function isWorthIt({ price, terms }: Quote): boolean {
  const rates = price.tiers[terms.serviceTier]?.base;
  return (
    terms.promptTokens >= cachedTokensMin &&
    rates !== undefined &&
    rates.cachedInput < Math.max(rates.input, rates.cacheWrite)
  );
}

// The schema is the very beginning of what a provider caches.
function keyOf({ model, schema, messages }: ModelRequest, { provider }: Quote): string {
  const beginning = messages.map(({ content }) => content).join('\n');
  return sha256Hex(
    JSON.stringify([provider, model, schema?.name, beginning.slice(0, comparedLength)]),
  );
}
