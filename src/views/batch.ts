import type { Projection } from '../../projections/index.ts';
import type { EventType, Recorded } from '../../events/index.ts';
import type { LogReader } from '../ports.ts';
import { claim, positionOf, tableName, type Build, type Checkpoint } from './builds.ts';
import type { Db, Engine } from './database.ts';
import { PendingRows } from './pendingRows.ts';

/** A build, and the projection that fills it. */
export type Target = { readonly build: Build; readonly projection: Projection };

/** Checkpoints per statement: far below the number of parameters that a statement may have. */
const checkpointsPerStatement = 1000;

type Filling = Target & {
  /** Position of the build in the log under way: what comes before is in it already. */
  from: number;
  readonly tables: ReadonlyMap<string, PendingRows>;
};

/** Events on their way into builds: what they do to the rows, until it is committed. */
export class Batch {
  readonly #engine: Engine;
  readonly #fillings: readonly Filling[];
  readonly #byType = new Map<EventType, Filling[]>();
  /** Length of each log in the batch, once the batch is in. */
  readonly #reached = new Map<string, number>();
  #events = 0;

  constructor(engine: Engine, targets: readonly Target[]) {
    this.#engine = engine;
    this.#fillings = targets.map(({ build, projection }) => ({
      build,
      projection,
      from: 0,
      tables: new Map(
        projection.tables.map((def) => [
          def.name,
          new PendingRows(engine.dialect, tableName(build, def.name), def),
        ]),
      ),
    }));
    for (const filling of this.#fillings)
      for (const type of filling.projection.handles)
        this.#byType.set(type, [...(this.#byType.get(type) ?? []), filling]);
  }

  /** Events added since the last commit. */
  get events(): number {
    return this.#events;
  }

  /** What follows comes from this log. */
  startLog(log: string): void {
    for (const filling of this.#fillings) {
      filling.from = positionOf(filling.build, log);
      for (const rows of filling.tables.values()) rows.startLog(log);
    }
  }

  /** Adds the next event of the log under way. */
  add(recorded: Recorded): void {
    const { stream, seq } = recorded.meta;
    this.#reached.set(stream, seq + 1);
    this.#events += 1;
    for (const { from, projection, tables } of this.#byType.get(recorded.event.type) ?? []) {
      if (seq < from) continue;
      for (const op of projection.project(recorded)) {
        const rows = tables.get(op.table);
        if (!rows) throw new TypeError(`${projection.name} has no table ${op.table}`);
        rows.apply(op);
      }
    }
  }

  /**
   * Writes rows and checkpoints in one transaction. Throws Superseded, and writes nothing, if another
   * process has written to one of the builds.
   */
  async commit(reader: LogReader): Promise<void> {
    if (this.#events === 0) return;
    const reached = await Promise.all(
      [...this.#reached].map(async ([log, position]) => {
        const { root } = await reader.head(log, position);
        return [log, { position, root }] as const;
      }),
    );
    const advanced = this.#fillings.map(({ build, tables }) => ({
      build,
      tables,
      checkpoints: reached.filter(([log, { position }]) => position > positionOf(build, log)),
    }));
    await this.#engine.writer.transaction().execute(async (db) => {
      for (const { build, tables, checkpoints } of advanced) {
        if (checkpoints.length === 0) continue;
        await claim(db, build);
        await writeCheckpoints(db, build, checkpoints);
        for (const rows of tables.values()) await rows.write(db);
      }
    });
    for (const { build, checkpoints } of advanced) {
      if (checkpoints.length > 0) build.revision += 1;
      for (const [log, checkpoint] of checkpoints) build.checkpoints.set(log, checkpoint);
    }
    this.#reached.clear();
    this.#events = 0;
  }
}

async function writeCheckpoints(
  db: Db,
  build: Build,
  checkpoints: readonly (readonly [string, Checkpoint])[],
): Promise<void> {
  for (let at = 0; at < checkpoints.length; at += checkpointsPerStatement) {
    const rows = checkpoints.slice(at, at + checkpointsPerStatement);
    await db
      .insertInto('checkpoints')
      .values(rows.map(([log, checkpoint]) => ({ build: build.id, log, ...checkpoint })))
      .onConflict((conflict) =>
        conflict.columns(['build', 'log']).doUpdateSet((eb) => ({
          position: eb.ref('excluded.position'),
          root: eb.ref('excluded.root'),
        })),
      )
      .execute();
  }
}
