import type { Projection } from '../../projections/index.ts';
import type { LogReader } from '../ports.ts';
import { snapshot } from './ask.ts';
import { loadBuilds, positionOf, type Build } from './builds.ts';
import type { ReadEngine } from './database.ts';
import type { ViewStatus } from './types.ts';

/** Where every build stands against the logs, and which views are missing. */
export async function viewStatus(
  engine: ReadEngine,
  projections: readonly Projection[],
  reader: LogReader,
): Promise<ViewStatus[]> {
  const logs = await reader.logs();
  const builds = [...(await snapshot(engine, (db) => loadBuilds(db))).values()];
  return projections.flatMap(({ name, version }) => {
    const own = builds.filter(({ projection }) => projection === name);
    if (own.length === 0) return [describe(name, null, 'missing', logs)];
    return own.map((build) => {
      const outdated = build.state === 'active' && build.version !== version;
      return describe(name, build, outdated ? 'outdated' : build.state, logs);
    });
  });
}

function describe(
  projection: string,
  build: Build | null,
  state: ViewStatus['state'],
  lengths: Awaited<ReturnType<LogReader['logs']>>,
): ViewStatus {
  const logs = lengths.map(({ log, actor, kind, length }) => {
    const position = build ? positionOf(build, log) : 0;
    return { log, actor, kind, position, length };
  });
  const position = logs.reduce((sum, each) => sum + each.position, 0);
  const length = logs.reduce((sum, each) => sum + each.length, 0);
  const lag = logs.reduce((sum, each) => sum + Math.max(0, each.length - each.position), 0);
  return { projection, version: build?.version ?? null, state, position, length, lag, logs };
}
