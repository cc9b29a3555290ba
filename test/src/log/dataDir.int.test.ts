import assert from 'node:assert/strict';
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createDataDir, dataDir } from '../../../src/log/dataDir.ts';
import { withTempDir } from '../../support/testNode.ts';

describe('a data directory', () => {
  it('is made with what is missing above it, for its owner only', () =>
    withTempDir(async (dir) => {
      const root = join(dir, 'a/b/c');
      await createDataDir(dataDir(root));
      await createDataDir(dataDir(root));
      assert.equal((await stat(root)).mode & 0o777, 0o700);
    }));

  it('is refused at once where no folder can be made', () =>
    withTempDir(async (dir) => {
      await writeFile(join(dir, 'file'), '');
      for (const root of [join(dir, 'file/data'), '/proc/bzzz/data']) {
        await assert.rejects(createDataDir(dataDir(root)), { code: 'DATA_DIR_UNWRITABLE' });
      }
    }));
});
