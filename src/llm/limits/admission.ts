import { bulkhead, type BulkheadPolicy } from 'cockatiel';
import { Unavailable, type Refusal } from '../../../events/index.ts';
import type { Clock } from '../../ports.ts';
import type { ApiKey } from '../keys/apiKey.ts';
import { KeyPool, type KeySource } from '../keys/keyPool.ts';
import { Allowance, type RateLimits } from './allowance.ts';
import { Breaker } from './breaker.ts';
import { FairQueue } from './fairQueue.ts';
import { refusedKey } from './refusedKey.ts';

export type Limits = RateLimits & {
  /** Calls at a time, over all keys and models of a server. */
  readonly concurrency: number;
};

/** What a call may use of a server's limits. */
type Claim = { readonly model: string; readonly tokens: number };

type Waiting = Claim & {
  readonly resolve: (permit: Permit) => void;
  readonly reject: (reason: unknown) => void;
};

/** A key to make one call with, and a place among the calls at a time. */
export type Permit = {
  readonly key: ApiKey;
  /** Makes the call; what its failure means for keys and limits is learned, and said in what is thrown. */
  run<T extends { readonly usage: { inputTokens: number; outputTokens: number } | null }>(
    call: () => Promise<T>,
  ): Promise<T>;
  /** Gives back what was not used. */
  release(): void;
};

// A timer of more than 31 bits fires at once.
const timerMsMax = 2 ** 31 - 1;

/** The door of one server: who may call it next, and with which key. */
export class Admission {
  readonly #limits: Limits;
  readonly #clock: Clock;
  readonly #pool: KeyPool;
  readonly #breaker: Breaker;
  readonly #places: BulkheadPolicy;
  readonly #queue = new FairQueue<Waiting>();
  readonly #allowances = new WeakMap<ApiKey, Map<string, Allowance>>();
  /** A call is out that tries whether the server is back. */
  #isProbing = false;
  #timer: NodeJS.Timeout | undefined;
  #wakeMs = Infinity;

  /** Refusal ARGUMENT_INVALID for keys that cannot be used. */
  constructor(server: string, keys: KeySource, limits: Limits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
    this.#pool = new KeyPool(keys, server, clock);
    this.#places = bulkhead(limits.concurrency, 0);
    this.#breaker = new Breaker(server, (broken) => {
      for (const { reject } of this.#queue.drain()) reject(broken);
      this.#serve();
    });
  }

  /**
   * Waits for a place, a key and its limits; in turn with other threads. Throws MODEL_UNAVAILABLE, not
   * billable, while the server is left alone; the Refusal of the last key when none is left.
   */
  async enter(claim: Claim, thread: string, signal: AbortSignal): Promise<Permit> {
    signal.throwIfAborted();
    const { broken } = this.#breaker;
    if (broken) throw broken;
    const { promise, resolve, reject } = Promise.withResolvers<Permit>();
    const waiting: Waiting = { ...claim, resolve, reject };
    const leave = (): void => {
      this.#queue.remove(waiting);
      reject(signal.reason);
      this.#serve();
    };
    signal.addEventListener('abort', leave, { once: true });
    this.#queue.push(claim.model, thread, waiting);
    this.#serve();
    try {
      const permit = await promise;
      if (signal.aborted) permit.release();
      signal.throwIfAborted();
      return permit;
    } finally {
      signal.removeEventListener('abort', leave);
    }
  }

  #serve(): void {
    this.#wakeMs = Infinity;
    this.#queue.serve((waiting) => this.#take(waiting));
    clearTimeout(this.#timer);
    if (this.#queue.isEmpty || this.#wakeMs === Infinity) return;
    const leftMs = Math.max(1, Math.ceil(this.#wakeMs - this.#clock.nowMs()));
    const lookMs = this.#pool.lookAgainMs ?? timerMsMax;
    this.#timer = setTimeout(() => this.#serve(), Math.min(leftMs, lookMs));
  }

  /** False when the one who waits has to go on waiting. */
  #take({ model, tokens, resolve, reject }: Waiting): boolean {
    if (this.#places.executionSlots === 0) return false;
    if (!this.#breaker.isClosed && this.#isProbing) return false;
    const nowMs = this.#clock.nowMs();
    try {
      for (const key of this.#pool.usable(model)) {
        const readyMs = this.#allowance(key, model).readyAtMs(tokens, nowMs);
        if (readyMs <= nowMs) {
          resolve(this.#permit(key, { model, tokens }));
          return true;
        }
        this.#wakeMs = Math.min(this.#wakeMs, readyMs);
      }
      return false;
    } catch (error) {
      reject(error);
      return true;
    }
  }

  #permit(key: ApiKey, { model, tokens }: Claim): Permit {
    const allowance = this.#allowance(key, model);
    allowance.take(tokens, this.#clock.nowMs());
    this.#pool.used(key);
    const leave = this.#occupy();
    return {
      key,
      run: async (call) => {
        let isSent = false;
        try {
          const result = await this.#breaker.run(() => {
            isSent = true;
            return call();
          });
          const { usage } = result;
          const used = usage && usage.inputTokens + usage.outputTokens;
          allowance.settle(tokens, used, this.#clock.nowMs());
          return result;
        } catch (error) {
          if (!isSent) allowance.giveBack(tokens, this.#clock.nowMs());
          throw this.#learn(error, key, model);
        } finally {
          leave();
        }
      },
      release: () => {
        allowance.giveBack(tokens, this.#clock.nowMs());
        leave();
      },
    };
  }

  /** Takes a place; returns what leaves it and lets the next one in. */
  #occupy(): () => void {
    const probes = !this.#breaker.isClosed;
    if (probes) this.#isProbing = true;
    const stay = Promise.withResolvers<void>();
    const left = async (): Promise<void> => {
      await this.#places.execute(() => stay.promise);
      if (probes) this.#isProbing = false;
      this.#serve();
    };
    void left();
    return stay.resolve;
  }

  /** What a failure means for the key; returns what it means for the caller. */
  #learn(error: unknown, key: ApiKey, model: string): unknown {
    const nowMs = this.#clock.nowMs();
    const refused = refusedKey(error);
    if (refused) {
      const { reason, isForAll } = refused;
      const othersLeft = this.#pool.quarantine(key, reason, model, isForAll);
      return othersLeft ? again(reason, `${reason.message}; another key is tried`, 0) : reason;
    }
    if (!(error instanceof Unavailable) || error.data['status'] !== 429) return error;
    const { retryAfterMs } = error.data;
    const allowance = this.#allowance(key, model);
    allowance.backOff(typeof retryAfterMs === 'number' ? retryAfterMs : null, nowMs);
    return again(error, error.message, Math.ceil(this.#freeAtMs(key, model, nowMs) - nowMs));
  }

  /** When some key may be used again that a 429 was for; in doubt, the given one. */
  #freeAtMs(key: ApiKey, model: string, nowMs: number): number {
    let keys: readonly ApiKey[];
    try {
      keys = this.#pool.usable(model);
    } catch {
      // What is wrong with the keys is for the next who wants one, and not what ended this call.
      keys = [key];
    }
    return Math.min(...keys.map((each) => this.#allowance(each, model).blockedUntilMs(nowMs)));
  }

  #allowance(key: ApiKey, model: string): Allowance {
    const byModel = this.#allowances.get(key) ?? new Map<string, Allowance>();
    this.#allowances.set(key, byModel);
    const allowance = byModel.get(model) ?? new Allowance(this.#limits, this.#clock.nowMs());
    byModel.set(model, allowance);
    return allowance;
  }
}

function again(
  { data }: Refusal | Unavailable,
  message: string,
  retryAfterMs: number,
): Unavailable {
  return new Unavailable('MODEL_UNAVAILABLE', message, {
    data: { billable: false, ...data, retryAfterMs },
  });
}
