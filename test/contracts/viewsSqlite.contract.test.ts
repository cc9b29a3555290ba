import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after } from 'node:test';
import { readSqlite } from '../../src/views/sqlite.ts';
import { viewsContract } from './viewsContract.ts';

const dir = mkdtempSync(join(tmpdir(), 'bzzz-views-'));
after(() => rmSync(dir, { recursive: true }));

let databases = 0;
viewsContract({
  name: 'SQLite',
  runs: 40,
  freshUrl: async () => `sqlite:${join(dir, String(++databases), 'views.sqlite')}`,
  reader: (url) => readSqlite(pathOf(url)),
  async query(url, sql) {
    using database = new DatabaseSync(pathOf(url), { timeout: 5000 });
    return database
      .prepare(sql)
      .all()
      .map((row) => ({ ...row }));
  },
  tables: `select name from sqlite_schema where type = 'table'`,
});

function pathOf(url: string): string {
  return url.slice('sqlite:'.length);
}
