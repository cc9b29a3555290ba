import { leftIn, refusalOf, type Ledger } from '../../../actors/index.ts';
import type { Recorded } from '../../../events/index.ts';
import type { Actors, Clock } from '../../ports.ts';
import { uuidV7 } from '../../shared/ids.ts';

/** Money that is wanted: the worst case of a call, in micro-dollars, in all of these scopes at once. */
export type Want = {
  readonly budget: string;
  readonly scopes: readonly string[];
  readonly amountMicroUsd: number;
};

/** A place among those who wait, kept from the first wait on until it is left. */
export type Place = {
  /**
   * Resolves when the caps have room, or would not have it even with nobody else there: then asking the
   * ledger gives the answer. Throws the signal's reason.
   */
  wait(want: Want, signal: AbortSignal): Promise<void>;
  leave(): void;
};

type Entry = {
  want: Want;
  /** waits; called for money that is there, and is kept for it; called to hear that there is none. */
  state: 'waits' | 'fits' | 'never fits';
  call: () => void;
};

/** How often the holds in the way are looked through for those that have expired, in milliseconds. */
const expiryMs = 1000;

/**
 * Those who wait for money, in the order in which they came. Who shares a scope with an earlier one that has
 * no room there waits behind it, and what is there for one who was called is not given to another before it
 * comes for it: else many small calls would keep a large one out for ever.
 */
export class WaitingRoom {
  readonly #actors: Actors;
  readonly #clock: Clock;
  readonly #entries = new Set<Entry>();
  #unsubscribe: (() => void) | null = null;
  #timer: NodeJS.Timeout | undefined;
  #isLooking = false;
  #lookAgain = false;

  constructor({ actors, clock }: { readonly actors: Actors; readonly clock: Clock }) {
    this.#actors = actors;
    this.#clock = clock;
  }

  /** True when somebody waits already, so that whoever comes now has to look whether it is behind. */
  get isEmpty(): boolean {
    return this.#entries.size === 0;
  }

  place(): Place {
    const entry: Entry = {
      want: { budget: '', scopes: [], amountMicroUsd: 0 },
      state: 'waits',
      call: () => undefined,
    };
    return {
      wait: (want, signal) => this.#wait(entry, want, signal),
      leave: () => this.#leave(entry),
    };
  }

  async #wait(entry: Entry, want: Want, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const stop = (): void => reject(signal.reason);
    Object.assign(entry, { want, state: 'waits', call: resolve });
    signal.addEventListener('abort', stop);
    this.#entries.add(entry);
    this.#unsubscribe ??= this.#actors.subscribe((events) => {
      if (events.some(mayMakeRoom)) this.#look();
    });
    this.#timer ??= setInterval(() => {
      // Whoever asks the ledger next is told what is wrong with it.
      this.#expire().catch(() => undefined);
    }, expiryMs);
    this.#look();
    try {
      await promise;
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  #leave(entry: Entry): void {
    if (!this.#entries.delete(entry)) return;
    if (!this.isEmpty) return this.#look();
    this.#unsubscribe?.();
    this.#unsubscribe = null;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  // One look at a time: what happens meanwhile is seen by the next.
  #look(): void {
    this.#lookAgain = true;
    if (this.#isLooking) return;
    this.#isLooking = true;
    void this.#lookWhileNew();
  }

  async #lookWhileNew(): Promise<void> {
    try {
      while (this.#lookAgain) {
        this.#lookAgain = false;
        for (const budget of this.#budgets) this.#callNext(budget, await this.#ledger(budget));
      }
    } catch {
      for (const { call } of this.#entries) call();
    } finally {
      this.#isLooking = false;
    }
  }

  /** Calls everybody for whom there is room, or would not be even with nobody else there. */
  #callNext(budget: string, ledger: Ledger | undefined): void {
    const queue = [...this.#entries].filter(({ want }) => want.budget === budget);
    if (!ledger) return queue.forEach(({ call }) => call());
    // Held, and as good as held.
    const held = { ...ledger.held };
    const taken: Ledger = { ...ledger, held };
    const take = ({ want }: Entry): void => {
      for (const scope of want.scopes) held[scope] = (held[scope] ?? 0) + want.amountMicroUsd;
    };
    for (const entry of queue) if (entry.state === 'fits') take(entry);
    const full = new Set<string>();
    for (const entry of queue) {
      const { scopes, amountMicroUsd } = entry.want;
      if (entry.state !== 'waits' || scopes.some((scope) => full.has(scope))) continue;
      const refusal = refusalOf(taken, scopes, amountMicroUsd);
      if (refusal === 'transient') {
        for (const scope of scopes)
          if ((leftIn(taken, [scope]) ?? Infinity) < amountMicroUsd) full.add(scope);
        continue;
      }
      entry.state = refusal === null ? 'fits' : 'never fits';
      if (refusal === null) take(entry);
      entry.call();
    }
  }

  // A hold whose process died has nobody to end it but those who wait for its money.
  async #expire(): Promise<void> {
    const nowMs = this.#clock.nowMs();
    for (const budget of this.#budgets) {
      const holds = Object.values((await this.#ledger(budget))?.holds ?? {});
      if (!holds.some(({ expiresAt }) => Date.parse(expiresAt) <= nowMs)) continue;
      const commandId = uuidV7(nowMs);
      const command = { type: 'expire' } as const;
      await this.#actors.handle({ kind: 'budget', actor: budget, commandId, command });
    }
  }

  get #budgets(): Set<string> {
    return new Set([...this.#entries].map(({ want }) => want.budget));
  }

  async #ledger(budget: string): Promise<Ledger | undefined> {
    return (await this.#actors.state('budget', budget))?.context;
  }
}

function mayMakeRoom({ event: { type } }: Recorded): boolean {
  return type.startsWith('budget.') && type !== 'budget.held' && type !== 'budget.refused';
}
