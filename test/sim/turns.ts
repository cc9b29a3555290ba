import { Dice } from '../support/dice.ts';

// Kept from before the timers of the simulation take its place.
const soon = setImmediate;

type Waiting = { readonly name: string; readonly go: () => void };

/**
 * Decides who goes on next. Everything that a process waits for outside of itself is asked for here, and
 * happens when its turn is drawn: the same seed draws the same order, but where files answer in another one,
 * two that wait under one name may change places.
 */
export class Turns {
  readonly #dice: Dice;
  #waiting: Waiting[] = [];
  /** Who has come since the last draw. */
  #fresh: Waiting[] = [];
  /** Turns drawn so far. */
  drawn = 0;

  constructor(seed: number) {
    this.#dice = new Dice(seed, 'turns');
  }

  /** Resolves when it is this one's turn; never, once its process is dead. */
  next(name: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#fresh.push({ name, go: resolve });
    return promise;
  }

  /** How many wait. */
  get waiting(): number {
    return this.#waiting.length + this.#fresh.length;
  }

  /** Lets one of those who wait go on, and runs until everybody waits again. */
  async draw(): Promise<void> {
    // Files answer in an order of their own; among those who came together, names decide.
    this.#waiting.push(
      ...this.#fresh.toSorted((a, b) => Number(a.name > b.name) - Number(a.name < b.name)),
    );
    this.#fresh = [];
    const at = this.#dice.whole(0, this.#waiting.length - 1);
    const [chosen] = this.#waiting.splice(at, 1);
    if (!chosen) throw new TypeError('nobody waits');
    this.drawn++;
    chosen.go();
    await quiet();
  }

  /** Nobody of those who wait goes on any more: their process is dead. */
  forget(): void {
    this.#fresh = [];
    this.#waiting = [];
  }
}

/** Waits until the process does nothing any more by itself: no promise is left to run, no file is in use. */
export async function quiet(): Promise<void> {
  // A file that is done with may be followed by the next one only a moment later.
  for (let idle = 0; idle < idleRounds; idle++) {
    await new Promise<void>((resolve) => void soon(resolve));
    const busy = process.getActiveResourcesInfo().some((name) => /^FSReq|CloseReq$/.test(name));
    if (busy) idle = -1;
  }
}

const idleRounds = 3;
