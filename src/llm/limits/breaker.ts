import {
  BrokenCircuitError,
  circuitBreaker,
  CircuitState,
  ConsecutiveBreaker,
  handleWhen,
} from 'cockatiel';
import { Refusal, Unavailable } from '../../../events/index.ts';
import { unavailable } from '../provider/failures.ts';

/** In a row, over all calls to a server: more than one call and its retries make. */
const failuresMax = 10;
/** Short, because whoever reviews waits for it; a call in five seconds hurts no server. */
const pauseMs = 5000;
/** For one that comes while another call tries whether the server is back. */
const probeMs = 1000;

/**
 * Keeps calls from a server that does not answer: after so many failures in a row nothing is sent for a
 * while, then one call tries. Failures are those of the server, never an answer that we do not like.
 */
export class Breaker {
  readonly #server: string;
  #openUntilMs = 0;
  readonly #policy = circuitBreaker(
    handleWhen((error: unknown) => this.#isFailure(error)),
    { halfOpenAfter: pauseMs, breaker: new ConsecutiveBreaker(failuresMax) },
  );

  /** `onBreak` is called each time the breaker opens. */
  constructor(server: string, onBreak: (broken: Unavailable) => void) {
    this.#server = server;
    this.#policy.onBreak(() => {
      // The clock that cockatiel goes by.
      this.#openUntilMs = Date.now() + pauseMs;
      onBreak(this.#error(pauseMs));
    });
  }

  /** Any number of calls may be sent. Otherwise one at a time, to try, once `broken` is null. */
  get isClosed(): boolean {
    return this.#policy.state === CircuitState.Closed;
  }

  /** Why nothing may be sent at the moment; null when something may. */
  get broken(): Unavailable | null {
    const leftMs = this.#openUntilMs - Date.now();
    return this.#policy.state === CircuitState.Open && leftMs > 0 ? this.#error(leftMs) : null;
  }

  /** Runs a call and learns from how it ends. MODEL_UNAVAILABLE, not billable, if it may not be sent. */
  async run<T>(call: () => Promise<T>): Promise<T> {
    // cockatiel would wait for the other call to end, whatever becomes of this one's caller.
    if (this.#policy.state === CircuitState.HalfOpen) throw this.#error(probeMs);
    try {
      return await this.#policy.execute(call);
    } catch (error) {
      throw error instanceof BrokenCircuitError ? (this.broken ?? this.#error(probeMs)) : error;
    }
  }

  #isFailure(error: unknown): boolean {
    const status = statusOf(error);
    // Whoever tries whether the server is back, and gives up before it has answered, has not found out.
    if (this.#policy.state === CircuitState.HalfOpen) return status === null || status >= 500;
    return error instanceof Unavailable && (status === null || status === 408 || status >= 500);
  }

  #error(retryAfterMs: number): Unavailable {
    const what = `has failed ${failuresMax} times in a row and is left alone for a while`;
    return unavailable(this.#server, what, { billable: false, retryAfterMs });
  }
}

/** Of the response; null when there was none. */
function statusOf(error: unknown): number | null {
  if (!(error instanceof Unavailable || error instanceof Refusal)) return null;
  const { status } = error.data;
  return typeof status === 'number' ? status : null;
}
