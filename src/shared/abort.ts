import { scheduler } from 'node:timers/promises';

/** Why work was stopped that nobody waits for any more; the reason of its abort signal. */
export class Superseded extends Error {
  override readonly name = 'Superseded';
}

// A timer of more than 31 bits fires at once.
const timerMsMax = 2 ** 31 - 1;

/** Waits any length of time; throws the signal's reason as soon as it aborts. */
export async function wait(delayMs: number, signal: AbortSignal): Promise<void> {
  for (let leftMs = delayMs; leftMs > 0; leftMs -= timerMsMax) {
    await scheduler.wait(Math.min(leftMs, timerMsMax), { signal }).catch(() => {
      throw signal.reason;
    });
  }
}

/** What work resolves to, or the signal's reason as soon as it aborts; the work itself goes on. */
export async function orAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/**
 * A signal that follows another, but lets work that nobody waits for any more go on for a while: what is
 * nearly done is worth its end. `stop` has to be called when the work is over.
 */
export function patient(
  signal: AbortSignal,
  graceMs: number,
): { readonly signal: AbortSignal; readonly stop: () => void } {
  const later = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const follow = (): void => {
    const end = (): void => later.abort(signal.reason);
    if (signal.reason instanceof Superseded) timer = setTimeout(end, graceMs);
    else end();
  };
  if (signal.aborted) follow();
  else signal.addEventListener('abort', follow, { once: true });
  return {
    signal: later.signal,
    stop: () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', follow);
    },
  };
}
