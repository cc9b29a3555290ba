import { Refusal } from '../../events/index.ts';
import { projections, type Projection } from '../../projections/index.ts';
import { abortable, ask, snapshot } from './ask.ts';
import type { Db, Engine, ReadEngine } from './database.ts';
import { forgetDropped } from './forgetDropped.ts';
import { openPostgres, readPostgres } from './postgres.ts';
import { viewProblem } from './problem.ts';
import { listAgents, showAgent } from './queries/agents.ts';
import { budget, openHolds } from './queries/budgets.ts';
import { costSummary } from './queries/costs.ts';
import { listErasures } from './queries/erasures.ts';
import { listEscalations } from './queries/escalations.ts';
import { forecast } from './queries/forecasts.ts';
import { listLogs } from './queries/logs.ts';
import { listThreads, showThread } from './queries/threads.ts';
import { Runner, type RunnerInit } from './runner.ts';
import { setUp } from './schema.ts';
import { openSqlite, readSqlite } from './sqlite.ts';
import { viewStatus } from './status.ts';
import type { ViewReader, Views } from './types.ts';

/** Where the views are: `sqlite:PATH`, or `postgres://USER:PASSWORD@HOST/DATABASE`. */
type At = { readonly url: string };

/**
 * Opens the views for asking and keeping up, or with `readOnly` for asking only. Throws Refusal
 * ARGUMENT_INVALID for another kind of URL, Unavailable VIEWS_UNAVAILABLE if the database is not there.
 */
export async function openViews(init: At & { readonly readOnly: true }): Promise<ViewReader>;
export async function openViews(init: At & { readonly readOnly?: false }): Promise<Views>;
export async function openViews({
  url,
  readOnly = false,
}: At & { readonly readOnly?: boolean }): Promise<ViewReader> {
  return await (readOnly ? openReader(url) : openWriter(url, { projections }));
}

async function openReader(url: string): Promise<ViewReader> {
  const { scheme, place, name } = parse(url);
  return await guard(name, async () => {
    const engine = scheme === 'sqlite' ? readSqlite(place) : readPostgres(place, name);
    try {
      await snapshot(engine, (db) => db.selectFrom('builds').select('id').limit(1).execute());
    } catch (error) {
      await engine.reader.destroy();
      throw error;
    }
    return { ...questions(engine, projections), close: () => engine.reader.destroy() };
  });
}

/** Opens a database with these projections in it. */
export async function openWriter(url: string, init: RunnerInit): Promise<Views> {
  const { scheme, place, name } = parse(url);
  return await guard(name, async () => {
    const engine = scheme === 'sqlite' ? openSqlite(place) : openPostgres(place, name);
    const close = async (): Promise<void> => {
      await engine.reader.destroy();
      await engine.writer.destroy();
    };
    try {
      await setUp(engine);
    } catch (error) {
      await close();
      throw error;
    }
    return { ...questions(engine, init.projections), ...work(engine, init), close };
  });
}

function work(
  engine: Engine,
  init: RunnerInit,
): Pick<Views, 'catchUp' | 'rebuild' | 'verify' | 'purge'> {
  const runner = new Runner(engine, init);
  return {
    catchUp: (reader, options) => guard(engine.name, () => runner.catchUp(reader, options)),
    rebuild: (reader, options) => guard(engine.name, () => runner.rebuild(reader, options)),
    verify: (reader, options) => guard(engine.name, () => runner.verify(reader, options)),
    purge: (reader, options) =>
      guard(engine.name, async () => {
        await runner.rebuild(reader, options);
        await forgetDropped(engine);
      }),
  };
}

function questions(engine: ReadEngine, all: readonly Projection[]): Omit<ViewReader, 'close'> {
  const answer = <T>(question: (db: Db) => Promise<T>, signal?: AbortSignal): Promise<T> =>
    guard(engine.name, () => abortable(ask(engine, all, question), signal));
  return {
    listThreads: (filter = {}, signal) => answer((db) => listThreads(db, filter), signal),
    showThread: (address, signal) => answer((db) => showThread(db, address), signal),
    listAgents: (pattern, signal) => answer((db) => listAgents(db, pattern), signal),
    showAgent: (address, signal) => answer((db) => showAgent(db, address), signal),
    costSummary: (filter, signal) => answer((db) => costSummary(db, filter), signal),
    forecast: (filter, signal) => answer((db) => forecast(db, filter), signal),
    budget: (project, nowMs, signal) => answer((db) => budget(db, project, nowMs), signal),
    openHolds: (project, signal) => answer((db) => openHolds(db, project), signal),
    listEscalations: (filter = {}, signal) => answer((db) => listEscalations(db, filter), signal),
    listErasures: (filter = {}, signal) => answer((db) => listErasures(db, filter), signal),
    listLogs: (signal) => answer(listLogs, signal),
    status: (reader, signal) =>
      guard(engine.name, () => abortable(viewStatus(engine, all, reader), signal)),
  };
}

async function guard<T>(database: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw viewProblem(error, database);
  }
}

type Parsed = {
  readonly scheme: 'sqlite' | 'postgres';
  readonly place: string;
  /** Without user, password and options. */
  readonly name: string;
};

function parse(url: string): Parsed {
  const [, path] = /^sqlite:(.+)$/.exec(url) ?? [];
  if (path !== undefined) return { scheme: 'sqlite', place: path, name: path };
  const [, server] = /^postgres(?:ql)?:[/][/](?:[^/]*@)?([^?]+)/.exec(url) ?? [];
  if (server !== undefined) return { scheme: 'postgres', place: url, name: `postgres://${server}` };
  throw new Refusal(
    'ARGUMENT_INVALID',
    'the views need a URL of the form sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE',
  );
}
