/** Levels are counted in 60 000ths, of which one comes in each millisecond per unit of the rate: exactly. */
const minuteMs = 60_000;

/** So much per minute, evenly refilled; a bucket that nobody used holds one minute's worth. */
export class TokenBucket {
  readonly #perMinute: number;
  #level: number;
  #atMs: number;

  constructor(perMinute: number, nowMs: number) {
    this.#perMinute = perMinute;
    this.#level = perMinute * minuteMs;
    this.#atMs = nowMs;
  }

  /**
   * When the amount may be taken. More than the bucket holds may be taken from a full one: it leaves a debt,
   * so the rate holds on average, and the largest request is not waited for in vain.
   */
  readyAtMs(amount: number, nowMs: number): number {
    this.#refill(nowMs);
    const missing = Math.min(amount, this.#perMinute) * minuteMs - this.#level;
    return missing <= 0 ? nowMs : nowMs + Math.ceil(missing / this.#perMinute);
  }

  /** Takes the amount, there or not; less than nothing gives back. */
  take(amount: number, nowMs: number): void {
    this.#refill(nowMs);
    this.#fill(-amount * minuteMs);
  }

  #refill(nowMs: number): void {
    this.#fill(Math.max(0, nowMs - this.#atMs) * this.#perMinute);
    this.#atMs = nowMs;
  }

  #fill(by: number): void {
    this.#level = Math.min(this.#perMinute * minuteMs, this.#level + by);
  }
}
