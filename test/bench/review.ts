import { join } from 'node:path';
import { openTestNode, withTempDir } from '../support/testNode.ts';
import { measure, timed, type Bench } from './harness.ts';
import { runProgram } from './program.ts';
import { review as takeReview } from './reviews.ts';

const reviewsFull = 20;
const sample = join(import.meta.dirname, '../../src/cli/demo/sample.diff');
const offline = ['review', '--diff', sample, '--provider', 'offline', '--quiet'];

/** A whole review: what bzzz adds to the time that models take. */
export const review: Bench = {
  name: 'review',
  about:
    'four agents, nine items, and a model that answers at once; then the command as a user runs it',
  async run(size) {
    const count = size.of(reviewsFull);
    return [
      await measure(size, { name: 'one review', unit: 'ms' }, async () => {
        const { tookMs } = await takeReviews(count);
        return tookMs / count;
      }),
      await measure(size, { name: 'events of reviews', unit: 'events/s' }, async () => {
        const { tookMs, events } = await takeReviews(count);
        return (events * 1000) / tookMs;
      }),
      await withTempDir((dir) =>
        measure(size, { name: 'bzzz review, offline model, whole process', unit: 'ms' }, () =>
          runProgram(offline, dir),
        ),
      ),
    ];
  },
};

function takeReviews(count: number): Promise<{ tookMs: number; events: number }> {
  return withTempDir(async (root) => {
    const node = await openTestNode(root);
    let events = 0;
    node.host.subscribe((fresh) => {
      events += fresh.length;
    });
    const tookMs = await timed(async () => {
      for (let nth = 1; nth <= count; nth++) await takeReview(node, `pr-${nth}`);
    });
    await node.close();
    return { tookMs, events };
  });
}
