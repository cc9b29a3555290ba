import { mock } from 'node:test';
import { createDataDir, dataDir } from '../../src/log/dataDir.ts';
import { Dice } from '../support/dice.ts';
import { steppingClock, withTempDir } from '../support/testNode.ts';
import { Disk } from './disk.ts';
import { Life, node, type Task, type World } from './life.ts';
import { Oracle } from './oracle.ts';
import { Provider } from './provider.ts';
import { quiet, Turns } from './turns.ts';

export type SimOptions = {
  readonly seed: number;
  /** Turns to draw before the weather clears and everything is brought to its end. */
  readonly steps: number;
  readonly onProgress?: (done: Simulated) => void;
  /** Another disk than an honest one. */
  readonly disk?: Disk;
};

/** What a simulation went through; a promise that was broken is thrown instead. */
export type Simulated = {
  readonly steps: number;
  readonly kills: number;
  readonly powerCuts: number;
  /** Processes that ended because the disk failed them. */
  readonly troubles: number;
  readonly reviews: number;
  readonly calls: number;
  /** Acknowledged events that are held against the disk. */
  readonly promises: number;
};

/** Percent of turns before which the process dies. */
const deathPct = 0.25;
const storm = { writePct: 0.15, syncPct: 0.15 };
const calm = { writePct: 0, syncPct: 0 };
/** Time goes by at once in a simulation, but not without end: by then somebody should have spoken. */
const patienceMs = 48 * 3_600_000;
const hourMs = 3_600_000;

/**
 * Lets several reviews with all their actors run in one process whose every wait, disk error and death follows
 * from the seed, until it has drawn that many turns; after each death the promises are checked and a new
 * process goes on. Then all is brought to its end and checked again.
 */
export function simulate(options: SimOptions): Promise<Simulated> {
  return withTempDir(async (root) => {
    mock.timers.enable();
    try {
      const simulation = new Simulation(root, options);
      await simulation.run();
      return simulation.sum;
    } finally {
      mock.timers.reset();
    }
  });
}

type Ending = { readonly error: Error | null };

class Simulation {
  readonly #options: SimOptions;
  readonly #dice: Dice;
  readonly #clock = steppingClock();
  readonly #world: World;
  #tasks: Task[] = [];
  #reviews = 0;
  #kills = 0;
  #powerCuts = 0;
  #troubles = 0;

  constructor(root: string, options: SimOptions) {
    const { seed } = options;
    this.#options = options;
    this.#dice = new Dice(seed, 'fate');
    const { disk = new Disk(seed) } = options;
    this.#world = {
      disk,
      dir: dataDir(root),
      clock: this.#clock,
      turns: new Turns(seed),
      provider: new Provider(seed),
      oracle: new Oracle(disk, node),
      dice: new Dice(seed, 'person'),
    };
  }

  get sum(): Simulated {
    const { turns, provider, oracle } = this.#world;
    return {
      steps: turns.drawn,
      kills: this.#kills,
      powerCuts: this.#powerCuts,
      troubles: this.#troubles,
      reviews: this.#reviews,
      calls: provider.attempts,
      promises: oracle.promises,
    };
  }

  async run(): Promise<void> {
    const { dir, oracle, provider } = this.#world;
    await createDataDir(dir);
    do {
      if (this.#tasks.length === 0) this.#wish();
      await this.#live();
      await oracle.check();
      this.#options.onProgress?.(this.sum);
    } while (this.#tasks.length > 0 || !this.#isCalm);
    oracle.checkEnd(provider.billed);
  }

  get #isCalm(): boolean {
    return this.#world.turns.drawn >= this.#options.steps;
  }

  #wish(): void {
    const count = this.#dice.whole(1, 3);
    for (let nth = 0; nth < count; nth++) {
      const capMicroUsd = this.#dice.whole(200, 2500);
      this.#tasks.push({ name: `pr-${++this.#reviews}`, capMicroUsd });
    }
  }

  /** One process, until it ends or dies. */
  async #live(): Promise<void> {
    const { turns, disk, provider } = this.#world;
    const life = new Life(this.#world);
    let ending: Ending | null = null;
    life.run(this.#tasks).then(
      () => (ending = { error: null }),
      (error: unknown) => (ending = { error: asError(error) }),
    );
    await quiet();
    let waitedMs = 0;
    while (endingOf(() => ending) === null) {
      disk.weather = this.#isCalm ? calm : storm;
      provider.troublePct = this.#isCalm ? 0 : 8;
      if (!this.#isCalm && this.#dice.chance(deathPct)) return this.#die(life);
      if (turns.waiting > 0) {
        if (this.#dice.chance(1)) await this.#pass(this.#dice.whole(1, 30_000));
        await turns.draw();
        waitedMs = 0;
        continue;
      }
      if (waitedMs > patienceMs) throw new Error('everybody waits, and nobody for anything');
      await this.#pass(hourMs);
      waitedMs += hourMs;
    }
    life.end();
    const error = endingOf(() => ending)?.error;
    if (!error) this.#tasks = [];
    else if (isTrouble(error)) this.#troubles++;
    else throw error;
  }

  #die(life: Life): void {
    life.end();
    if (this.#dice.chance(50)) this.#kills++;
    else {
      this.#powerCuts++;
      this.#world.disk.cutPower();
    }
  }

  async #pass(ms: number): Promise<void> {
    this.#clock.skip(ms);
    mock.timers.tick(ms);
    await quiet();
  }
}

// What a callback assigns, the compiler takes for never assigned.
function endingOf(read: () => Ending | null): Ending | null {
  return read();
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

/** The disk failed, however the news came. */
function isTrouble(error: Error): boolean {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if (/^(?:EIO|ENOSPC)\b/.test(at.message)) return true;
    if ('code' in at && at.code === 'STORAGE_FAILED') return true;
  }
  return false;
}
