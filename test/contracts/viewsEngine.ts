import { projections } from '../../projections/index.ts';
import { openWriter } from '../../src/views/open.ts';
import type { ReadEngine } from '../../src/views/database.ts';
import type { RunnerInit } from '../../src/views/runner.ts';
import type { Views } from '../../src/views/index.ts';

/** A database engine that views can be kept in. */
export type ViewsEngine = {
  readonly name: string;
  /** How often a property is tried. */
  readonly runs: number;
  /** URL of an empty database. */
  freshUrl(): Promise<string>;
  /** Runs SQL behind the back of the views. */
  query(url: string, sql: string): Promise<Record<string, unknown>[]>;
  /** The same database for reading, as a process of its own has it. */
  reader(url: string): ReadEngine;
  /** SQL that lists the tables, in a column `name`. */
  readonly tables: string;
};

/** Opens views with small batches, so that there is something between two of them. */
export async function openSmall(url: string, init: Partial<RunnerInit> = {}): Promise<Views> {
  return await openWriter(url, { projections, batchEvents: 7, ...init });
}

/** What a table is called in its first build. */
export function firstBuildOf(table: string): string {
  const owner = projections.find(({ tables }) => tables.some(({ name }) => name === table));
  return `${table}_v${owner?.version}_1`;
}

/** Runs `use` with views in an empty database. */
export async function withViews(
  engine: ViewsEngine,
  use: (views: Views, url: string) => Promise<void>,
): Promise<void> {
  const url = await engine.freshUrl();
  const views = await openSmall(url);
  try {
    await use(views, url);
  } finally {
    await views.close();
  }
}

/** All rows of the given tables, as readers see them. */
export async function rowsOf(
  engine: ViewsEngine,
  url: string,
  tables: Iterable<string>,
): Promise<Map<string, Record<string, unknown>[]>> {
  const found = new Map<string, Record<string, unknown>[]>();
  for (const name of tables) found.set(name, await engine.query(url, `select * from ${name}`));
  return found;
}
