import { ExponentialBackoff } from 'cockatiel';
import { Unavailable } from '../../events/index.ts';
import { wait } from '../shared/abort.ts';

type RetryOptions = {
  /** The first attempt included. */
  maxAttempts: number;
  baseDelayMs: number;
  /** Bounds the waits we choose; a wait that the provider names is honoured at any length. */
  maxDelayMs: number;
};

/** Runs `fn` with the number of the attempt, from 1 on, until it succeeds or must not go on. */
export type Retry = <T>(fn: (attempt: number) => Promise<T>, signal: AbortSignal) => Promise<T>;

/**
 * Retries MODEL_UNAVAILABLE and nothing else, at most maxAttempts times; then, or on any other error,
 * throws that error. Waits what the failure asks for (but a rate limit is waited out by `admit`), 0 included, or exponentially with decorrelated
 * jitter. Throws the signal's reason as soon as it aborts.
 *
 * The loop is ours because cockatiel's RetryPolicy sleeps through an abort; its backoff is used.
 */
export function createRetry({ maxAttempts, baseDelayMs, maxDelayMs }: RetryOptions): Retry {
  const backoffs = new ExponentialBackoff({ initialDelay: baseDelayMs, maxDelay: maxDelayMs });
  return async (fn, signal) => {
    let backoff = backoffs.next();
    for (let attempt = 1; ; attempt += 1) {
      signal.throwIfAborted();
      try {
        return await fn(attempt);
      } catch (error) {
        if (attempt >= maxAttempts || !isTransient(error)) throw error;
        await wait(retryAfterMs(error) ?? backoff.duration, signal);
        backoff = backoff.next(undefined);
      }
    }
  };
}

function isTransient(error: unknown): error is Unavailable {
  return error instanceof Unavailable && error.code === 'MODEL_UNAVAILABLE';
}

// After a 429 it is the door of the provider that waits: a key that is free sooner, or new, is used then.
function retryAfterMs({ data }: Unavailable): number | null {
  if (data['status'] === 429) return 0;
  return typeof data['retryAfterMs'] === 'number' ? data['retryAfterMs'] : null;
}
