import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { launcher, placeFor, type Place } from '../e2e/support/place.ts';
import { change } from '../e2e/support/team.ts';
import { whyNoTrace } from './strace.ts';

/** Calls of the whole process that fail, and what it says then. */
const faults: Readonly<Record<string, RegExp>> = {
  'write:error=ENOSPC:when=9+': /\[STORAGE_FAILED\]/,
  'write:error=EIO:when=3': /\[STORAGE_FAILED\]/,
  'write:error=EIO:when=41': /\[STORAGE_FAILED\]/,
  'fdatasync:error=EIO:when=8': /\[STORAGE_FAILED\]/,
  'fsync:error=EIO:when=3': /\[DATA_DIR_UNWRITABLE\]/,
  'rename:error=EIO:when=5': /\[STORAGE_FAILED\]/,
  'pwrite64:error=ENOSPC:when=12': /\[VIEWS_UNAVAILABLE\]/,
};

describe('a review on a disk that fails', { skip: await whyNoTrace(), concurrency: 2 }, () => {
  for (const [inject, said] of Object.entries(faults)) {
    it(`ends with one line that says what to do, and goes on when it is mended: ${inject}`, async (t) => {
      const place = await placeFor(t, { 'change.diff': change });
      const failed = await reviewWithFault(place, inject);
      assert.deepEqual([failed.code, failed.out], [2, ''], failed.err);
      assert.match(failed.err, /^bzzz: [^\n]+\n$/);
      assert.match(failed.err, said);
      const audit = await place.bzzz(['audit', 'verify']);
      const hasLogs = !/there are no logs|is broken/.test(audit.err + audit.out);
      if (hasLogs) assert.equal(audit.code, 0, audit.out + audit.err);
      const done = await place.bzzz(review);
      assert.deepEqual([done.code, done.err], [1, ''], 'a finding blocks the change');
      assert.equal((await place.bzzz(['audit', 'verify'])).code, 0);
    });
  }
});

const review = ['review', '--diff', 'change.diff', '--quiet'];

/** Writes fail on write-ahead logs only: the others are this process's own, its last words among them. */
async function reviewWithFault(place: Place, inject: string) {
  const names = Array.from({ length: 40 }, (_, at) => `${String(at + 1).padStart(6, '0')}.log`);
  const logs = names.flatMap((name) => ['-P', join(place.data, 'store', 'db', name)]);
  const only = inject.startsWith('write:') ? logs : [];
  const options = ['-qq', '-f', '-o', '/dev/null', ...only, '-e', `inject=${inject}`];
  // One thread that writes, so that the nth call is the nth call.
  const env = { UV_THREADPOOL_SIZE: '1' };
  const { code, out, err } = await place.startCommand('strace', [...options, launcher, ...review], {
    env,
  }).ended;
  return { code, out, err };
}
