import { TokenBucket } from './tokenBucket.ts';

/** What an account may do, per key and model; null for what nobody limits. */
export type RateLimits = {
  readonly requestsPerMinute: number | null;
  readonly tokensPerMinute: number | null;
};

const backOffMsMin = 1000;
const backOffMsMax = 60_000;

/** What one key may still do with one model: our own limits, and the time that a 429 asked for. */
export class Allowance {
  readonly #requests: TokenBucket | null;
  readonly #tokens: TokenBucket | null;
  #blockedUntilMs = -Infinity;
  #strikes = 0;

  constructor({ requestsPerMinute, tokensPerMinute }: RateLimits, nowMs: number) {
    this.#requests = requestsPerMinute === null ? null : new TokenBucket(requestsPerMinute, nowMs);
    this.#tokens = tokensPerMinute === null ? null : new TokenBucket(tokensPerMinute, nowMs);
  }

  /** When a request of so many tokens may be sent: `nowMs` if now. */
  readyAtMs(tokens: number, nowMs: number): number {
    return Math.max(
      this.blockedUntilMs(nowMs),
      this.#requests?.readyAtMs(1, nowMs) ?? nowMs,
      this.#tokens?.readyAtMs(tokens, nowMs) ?? nowMs,
    );
  }

  /** When the provider may be asked again after a 429: `nowMs` if now. */
  blockedUntilMs(nowMs: number): number {
    return Math.max(nowMs, this.#blockedUntilMs);
  }

  take(tokens: number, nowMs: number): void {
    this.#requests?.take(1, nowMs);
    this.#tokens?.take(tokens, nowMs);
  }

  /** For a request that was not sent. */
  giveBack(tokens: number, nowMs: number): void {
    this.#requests?.take(-1, nowMs);
    this.#tokens?.take(-tokens, nowMs);
  }

  /** For a request that was answered: `taken` becomes what was used, and nothing is wrong any more. */
  settle(taken: number, used: number | null, nowMs: number): void {
    this.#tokens?.take((used ?? taken) - taken, nowMs);
    this.#strikes = 0;
  }

  /**
   * For a 429: nothing is sent for as long as it names, or for a time that doubles with each in a row.
   * Those that come while it lasts, of requests sent before, do not double it.
   */
  backOff(retryAfterMs: number | null, nowMs: number): void {
    const isFirst = this.#blockedUntilMs <= nowMs;
    const ownMs = Math.min(backOffMsMax, backOffMsMin * 2 ** this.#strikes);
    if (retryAfterMs === null && !isFirst) return;
    if (isFirst) this.#strikes += 1;
    this.#blockedUntilMs = Math.max(this.#blockedUntilMs, nowMs + (retryAfterMs ?? ownMs));
  }
}
