import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { openViews } from '../../../src/views/index.ts';

const dir = mkdtempSync(join(tmpdir(), 'bzzz-open-'));
after(() => rmSync(dir, { recursive: true }));

describe('opening views', () => {
  for (const url of ['mysql://x', 'views.sqlite', 'sqlite:', 'postgres://', '']) {
    it(`refuses the URL ${JSON.stringify(url)} and says what it should be`, () =>
      assert.rejects(openViews({ url }), { code: 'ARGUMENT_INVALID', message: /sqlite:PATH/ }));
  }

  it('says that a damaged file can be removed, since it can be built again', async () => {
    const path = join(dir, 'damaged.sqlite');
    writeFileSync(path, 'this was a database once, and is not any more '.repeat(100));
    await assert.rejects(openViews({ url: `sqlite:${path}` }), {
      code: 'VIEWS_UNAVAILABLE',
      message: /remove the file and run `bzzz views rebuild`/,
    });
  });

  it('says that a path cannot be used', async () => {
    const path = join(dir, 'file');
    writeFileSync(path, '');
    await assert.rejects(openViews({ url: `sqlite:${path}/views.sqlite` }), {
      code: 'VIEWS_UNAVAILABLE',
      message: /cannot be reached/,
    });
  });

  it('says which server does not answer, and keeps the password to itself', async () => {
    const url = `postgres://someone:secret@127.0.0.1:${await closedPort()}/views?sslmode=disable`;
    await assert.rejects(openViews({ url }), (error: unknown) => {
      assert.ok(error instanceof Error && 'code' in error);
      assert.equal(error.code, 'VIEWS_UNAVAILABLE');
      assert.match(error.message, /postgres:\/\/127\.0\.0\.1:\d+\/views/);
      assert.doesNotMatch(error.message, /secret|someone/);
      return true;
    });
  });
});

async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  const { promise, resolve } = Promise.withResolvers<number>();
  server.on('listening', () => {
    const address = server.address();
    server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
  });
  return await promise;
}
