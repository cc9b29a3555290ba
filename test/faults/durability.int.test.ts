import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { withTempDir } from '../support/testNode.ts';
import { traceWriter, whyNoTrace, type Call } from './strace.ts';

const skip = await whyNoTrace();
const count = 20;

/** Acknowledgements that come after a sync of the write-ahead log that follows every write before them. */
function syncedAcks(calls: readonly Call[]): { acked: number; synced: number; written: number } {
  let [acked, synced, written, isSynced] = [0, 0, 0, false];
  for (const call of calls) {
    if (call === 'write') {
      written++;
      isSynced = false;
    } else if (call === 'sync') isSynced = true;
    else {
      acked++;
      if (isSynced) synced++;
    }
  }
  return { acked, synced, written };
}

describe('an acknowledged event', { skip }, () => {
  it('is synced at level disk: between its last write and the acknowledgement', () =>
    withTempDir(async (dir) => {
      const writing = { root: join(dir, 'data'), durability: 'disk', count };
      const found = syncedAcks(await traceWriter(writing, join(dir, 'trace')));
      assert.deepEqual([found.acked, found.synced], [count, count]);
      assert.ok(found.written >= count, `${found.written} writes`);
    }));

  it('is not at level process, so that the trace is known to tell the two apart', () =>
    withTempDir(async (dir) => {
      const writing = { root: join(dir, 'data'), durability: 'process', count };
      const found = syncedAcks(await traceWriter(writing, join(dir, 'trace')));
      assert.deepEqual([found.acked, found.synced], [count, 0]);
      assert.ok(found.written >= count, `${found.written} writes`);
    }));
});
