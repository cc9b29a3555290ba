import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { encodeRecorded, type ActorKind } from '../../events/index.ts';
import { createDataDir, createReader, dataDir, openLogStore } from '../../src/log/index.ts';
import type { LogReader } from '../../src/ports.ts';
import { openViews } from '../../src/views/index.ts';
import { MemoryLogs } from '../support/memoryLogs.ts';
import { tellReview } from '../support/reviewStory.ts';
import { withTempDir } from '../support/testNode.ts';
import { compare, rate, type Bench } from './harness.ts';

const eventsFull = 100_000;
/** As the views do it: events whose rows go into one transaction. */
const eventsPerTransaction = 1000;
const blocksPerAppend = 1000;
const agents = ['architect', 'reviewer', 'documentation', 'performance'];

/** A rebuild of every view, from events in memory and from logs on disk. */
export const views: Bench = {
  name: 'views',
  about:
    'rebuild of all views; bare: node:sqlite, insert of each row they end up with, as many transactions',
  run: (size) =>
    withTempDir(async (dir) => {
      const memory = storyOf(size.of(eventsFull));
      const events = memory.all().length;
      const path = join(dir, 'views.sqlite');
      const rebuild = (reader: LogReader) => () => rebuildViews(path, reader, events);
      const target = { value: 100_000 };
      const disk = await openDisk(join(dir, 'data'), memory);
      await rebuild(memory)();
      const bare = bareInserts(path, events);
      const figures = [
        await compare(
          size,
          { name: 'rebuild, events in memory', unit: 'events/s', target },
          {
            ours: rebuild(memory),
            bare: () => bare(join(dir, 'bare.sqlite')),
          },
        ),
        await compare(
          size,
          { name: 'rebuild, from logs', unit: 'events/s', target },
          {
            ours: rebuild(disk.reader),
            bare: () => bare(join(dir, 'bare.sqlite')),
          },
        ),
      ];
      await disk.close();
      return figures;
    }),
};

/** Reviews until there are about so many events. */
function storyOf(events: number): MemoryLogs {
  const logs = new MemoryLogs();
  for (let told = 0, task = 1; told < events; task++) {
    tellReview(logs, { project: 'shop', task: `pr-${task}`, agents, findingsEach: 3 });
    if (task % 50 === 1 || told === 0) told = logs.all().length;
  }
  return logs;
}

async function rebuildViews(path: string, reader: LogReader, events: number): Promise<number> {
  const opened = await openViews({ url: `sqlite:${path}` });
  const measured = await rate(events, () => opened.rebuild(reader));
  await opened.close();
  return measured;
}

type Disk = { readonly reader: LogReader; close(): Promise<void> };

/** The same events in hypercores, as a node keeps them. */
async function openDisk(root: string, memory: MemoryLogs): Promise<Disk> {
  const dir = dataDir(root);
  await createDataDir(dir);
  const store = await openLogStore(dir);
  const registered: { actor: string; kind: ActorKind; log: string }[] = [];
  for (const { actor, kind, log: source } of await memory.logs()) {
    const log = await store.open(actor);
    registered.push({ actor, kind, log: log.key });
    const blocks: Uint8Array[] = [];
    for await (const { meta, ...rest } of memory.events(source, 0))
      blocks.push(encodeRecorded({ meta: { ...meta, stream: log.key }, ...rest }));
    for (let at = 0; at < blocks.length; at += blocksPerAppend)
      await log.append(blocks.slice(at, at + blocksPerAppend), at);
    await log.close();
  }
  const reader = createReader(
    async () => registered,
    ({ actor }) => store.open(actor),
    () => store.stored(),
  );
  return {
    reader,
    async close() {
      await reader.close();
      await store.close();
    },
  };
}

type Table = { readonly name: string; readonly sql: string; readonly rows: SQLInputValue[][] };

/** Makes what a rebuild has made again, with nothing but node:sqlite. */
function bareInserts(path: string, events: number): (copy: string) => Promise<number> {
  const { tables, indexes } = contentOf(path);
  const rows = tables.reduce((sum, table) => sum + table.rows.length, 0);
  const rowsPerTransaction = Math.ceil((rows * eventsPerTransaction) / events);
  return async (copy) => {
    for (const suffix of ['', '-wal', '-shm']) rmSync(copy + suffix, { force: true });
    const database = new DatabaseSync(copy);
    const measured = await rate(events, () => {
      database.exec('pragma journal_mode = wal; pragma synchronous = normal; begin');
      let left = rowsPerTransaction;
      for (const { name, sql, rows: own } of tables) {
        database.exec(sql);
        const holes = own[0]?.map(() => '?').join(', ');
        if (holes === undefined) continue;
        const insert = database.prepare(`insert into "${name}" values (${holes})`);
        for (const row of own) {
          insert.run(...row);
          if (--left > 0) continue;
          database.exec('commit; begin');
          left = rowsPerTransaction;
        }
      }
      for (const sql of indexes) database.exec(sql);
      database.exec('commit');
    });
    database.close();
    return measured;
  };
}

function contentOf(path: string): { tables: Table[]; indexes: string[] } {
  const database = new DatabaseSync(path, { readOnly: true });
  const texts = (type: string): { name: string; sql: string }[] =>
    database
      .prepare('select name, sql from sqlite_master where type = ? and sql is not null')
      .all(type)
      .map(({ name, sql }) => ({ name: String(name), sql: String(sql) }));
  const tables = texts('table').map(({ name, sql }) => {
    const all = database.prepare(`select * from "${name}"`).all();
    return { name, sql, rows: all.map((row) => Object.values(row) as SQLInputValue[]) };
  });
  const indexes = texts('index').map(({ sql }) => sql);
  database.close();
  return { tables, indexes };
}
