import { Refusal, Unavailable } from '../../events/index.ts';
import type { Projection } from '../../projections/index.ts';
import type { LogReader } from '../ports.ts';
import { abortable } from './ask.ts';
import { advance, batchEventsDefault, type LogLength } from './advance.ts';
import type { Target } from './batch.ts';
import {
  activate,
  createBuild,
  drop,
  loadBuilds,
  restructure,
  Superseded,
  type Build,
} from './builds.ts';
import type { Engine } from './database.ts';
import { History } from './history.ts';
import type { SomeViews, Verification, WorkOptions } from './types.ts';
import { compareBuilds } from './verify.ts';

/** How often a verification waits for another process that reads new events into the views. */
const attemptsMax = 5;

export type RunnerInit = {
  readonly projections: readonly Projection[];
  /** Events per transaction. */
  readonly batchEvents?: number;
};

/** Keeps projections in a database up with the logs, one piece of work at a time; see Views. */
export class Runner {
  readonly #engine: Engine;
  readonly #projections: readonly Projection[];
  readonly #batchEvents: number;
  readonly #history = new History();
  #known: ReadonlyMap<string, Build> = new Map();
  #last: Promise<unknown> = Promise.resolve();

  constructor(engine: Engine, { projections, batchEvents = batchEventsDefault }: RunnerInit) {
    this.#engine = engine;
    this.#projections = projections;
    this.#batchEvents = batchEvents;
  }

  async catchUp(reader: LogReader, options: WorkOptions = {}): Promise<number> {
    return await this.#alone(
      options.signal,
      async () => (await this.#catchUp(reader, options)).events,
    );
  }

  async rebuild(reader: LogReader, options: SomeViews = {}): Promise<number> {
    return await this.#alone(options.signal, () =>
      this.#withShadows(this.#select(options.names), async (shadows) => {
        const logs = await reader.logs();
        const events = await this.#advance(reader, shadows, logs, options);
        await this.#activate(shadows);
        return events;
      }),
    );
  }

  async verify(reader: LogReader, options: SomeViews = {}): Promise<Verification> {
    return await this.#alone(options.signal, () =>
      this.#withShadows(this.#select(options.names), async (shadows) => {
        let events = 0;
        for (let attempt = 1; attempt <= attemptsMax; attempt++) {
          const { logs } = await this.#catchUp(reader, { signal: options.signal });
          events += await this.#advance(reader, shadows, logs, options);
          const found = await compareBuilds(this.#engine, shadows);
          // Null: another process has read more events in between.
          if (found) return { events, ...found };
        }
        throw busy();
      }),
    );
  }

  async #catchUp(
    reader: LogReader,
    options: WorkOptions,
  ): Promise<{ events: number; logs: readonly LogLength[] }> {
    for (;;) {
      try {
        options.signal?.throwIfAborted();
        const targets = await this.#current();
        const logs = await reader.logs();
        const builds = targets.map(({ build }) => build);
        await this.#history.require(reader, builds, logs, options.signal);
        const events = await this.#advance(reader, targets, logs, options);
        const fresh = targets.filter(({ build }) => build.state === 'building');
        if (fresh.length > 0) await this.#activate(fresh);
        return { events, logs };
      } catch (error) {
        // Somebody else got further, so this comes to an end.
        if (!(error instanceof Superseded)) throw error;
      }
    }
  }

  /** The build of each projection that is gone on with; made where there is none of this version. */
  async #current(): Promise<Target[]> {
    const { writer, dialect } = this.#engine;
    this.#known = await loadBuilds(writer, this.#known);
    if (this.#targets().length < this.#projections.length) {
      await restructure(this.#engine, async (db) => {
        // Another process may have made them while this one waited.
        this.#known = await loadBuilds(db, this.#known);
        const made = new Set(this.#targets().map(({ projection }) => projection));
        for (const projection of this.#projections)
          if (!made.has(projection)) await createBuild(db, dialect, projection, 'building');
      });
      this.#known = await loadBuilds(writer, this.#known);
    }
    return this.#targets();
  }

  #targets(): Target[] {
    const builds = [...this.#known.values()];
    return this.#projections.flatMap((projection) => {
      const build = currentOf(builds, projection);
      return build ? [{ build, projection }] : [];
    });
  }

  #select(names: readonly string[] | undefined): Projection[] {
    const known = this.#projections.map(({ name }) => name);
    const unknown = names?.find((name) => !known.includes(name));
    if (unknown !== undefined)
      throw new Refusal(
        'ARGUMENT_INVALID',
        `there is no view ${JSON.stringify(unknown)}; there are ${known.join(', ')}`,
      );
    return this.#projections.filter(({ name }) => names?.includes(name) ?? true);
  }

  async #withShadows<T>(
    projections: readonly Projection[],
    work: (shadows: readonly Target[]) => Promise<T>,
  ): Promise<T> {
    const names = new Set(projections.map(({ name }) => name));
    const shadows = await restructure(this.#engine, async (db) => {
      // Those of a process that was killed, or of one that is told so by the loss.
      for (const build of (await loadBuilds(db)).values())
        if (build.state === 'shadow' && names.has(build.projection)) await drop(db, build);
      const made: Target[] = [];
      for (const projection of projections) {
        const build = await createBuild(db, this.#engine.dialect, projection, 'shadow');
        made.push({ build, projection });
      }
      return made;
    });
    try {
      return await work(shadows);
    } catch (error) {
      throw error instanceof Superseded ? busy(error) : error;
    } finally {
      await this.#dropShadows(shadows.map(({ build }) => build.id));
    }
  }

  async #dropShadows(ids: readonly string[]): Promise<void> {
    await restructure(this.#engine, async (db) => {
      for (const build of (await loadBuilds(db)).values())
        if (build.state === 'shadow' && ids.includes(build.id)) await drop(db, build);
    });
  }

  async #activate(targets: readonly Target[]): Promise<void> {
    await restructure(this.#engine, async (db) => {
      for (const { build, projection } of targets) await activate(db, build, projection);
    });
  }

  async #advance(
    reader: LogReader,
    targets: readonly Target[],
    logs: readonly LogLength[],
    { signal, onProgress }: WorkOptions,
  ): Promise<number> {
    const batchEvents = this.#batchEvents;
    const engine = this.#engine;
    return await advance({ engine, reader, targets, logs, batchEvents, signal, onProgress });
  }

  async #alone<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    const before = this.#last;
    const mine = abortable(before, signal).then(work);
    this.#last = Promise.allSettled([before, mine]);
    return await mine;
  }
}

function currentOf(builds: readonly Build[], { name, version }: Projection): Build | undefined {
  const own = builds.filter(({ projection }) => projection === name);
  const active = own.find(({ state }) => state === 'active');
  if (active && active.version > version)
    throw new Unavailable(
      'VIEWS_UNAVAILABLE',
      `the view ${name} was built by a newer bzzz; update this one, or run \`bzzz views rebuild\` to go back`,
    );
  if (active?.version === version) return active;
  return own.find((build) => build.state === 'building' && build.version === version);
}

function busy(cause?: unknown): Unavailable {
  return new Unavailable(
    'VIEWS_UNAVAILABLE',
    'another bzzz process keeps changing the same views; let it finish, then try again',
    { cause },
  );
}
