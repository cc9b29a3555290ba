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
