import { after, describe, it } from 'node:test';
import { readPostgres } from '../../src/views/postgres.ts';
import { startPostgres } from './viewsPostgres.ts';
import { viewsContract } from './viewsContract.ts';

const server = await startPostgres();

if (typeof server === 'string') {
  describe('views on PostgreSQL', () => {
    it('fulfil the contract', (test) => test.skip(server));
  });
} else {
  after(() => server.stop());
  let databases = 0;
  viewsContract({
    name: 'PostgreSQL',
    runs: 8,
    freshUrl: () => server.database(`views_${++databases}`),
    reader: (url) => readPostgres(url, 'test'),
    query: (url, sql) => server.query(url, sql),
    tables: `select tablename as name from pg_tables where schemaname = 'bzzz'`,
  });
}
