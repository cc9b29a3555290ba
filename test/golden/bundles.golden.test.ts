import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openBundle, renderReport, verify } from '../../src/audit/index.ts';
import { verifyBundle } from '../independent/verifyBundle.ts';

const root = join(import.meta.dirname, 'bundles');

/**
 * Whole histories that the released programs have written: a review, one that was killed and gone on with, and
 * from 0.3.0 on a fork and an erasure. Bundles are what an auditor keeps, so they have to be intact for ever.
 */
describe('the bundle of a released version', async () => {
  const versions = await readdir(root);

  it('is here', () => assert.ok(['0.1.0', '0.2.0', '0.3.0'].every((v) => versions.includes(v))));

  for (const version of versions) {
    it(`${version} is intact`, async () => {
      const report = await verify(() => openBundle(join(root, version)));
      assert.deepEqual(report.findings, [], renderReport(report));
      assert.ok(report.blocks > 90, `${report.blocks} blocks`);
    });

    it(`${version} is so for whoever has nothing of bzzz`, () => {
      const failed = verifyBundle(join(root, version)).filter(
        ({ failures }) => failures.length > 0,
      );
      assert.deepEqual(failed, []);
    });
  }
});
