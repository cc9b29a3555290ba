import { verify } from '../../src/audit/index.ts';
import { openReadOnly } from '../../src/log/index.ts';
import { withTempDir } from '../support/testNode.ts';
import { measure, type Bench } from './harness.ts';
import { writeReviews } from './reviews.ts';

const reviewsFull = 60;

/** `bzzz audit verify` over a directory of reviews. */
export const audit: Bench = {
  name: 'audit',
  about: 'verify: blocks, trees, signatures, lawfulness and the accounts between the logs',
  run: (size) =>
    withTempDir(async (root) => {
      const dir = await writeReviews(root, size.of(reviewsFull));
      const verified = await measure(size, { name: 'verify', unit: 'blocks/s' }, async () => {
        const report = await verify(() => openReadOnly(dir));
        if (!report.intact) throw new TypeError(`not intact: ${report.findings[0]?.message}`);
        return report.blocksPerSecond;
      });
      return [verified];
    }),
};
