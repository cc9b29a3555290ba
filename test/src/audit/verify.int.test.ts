import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { verify } from '../../../src/audit/index.ts';
import { dataDir, openReadOnly, type ReadOnlyLogs } from '../../../src/log/index.ts';
import { agreed, writeHistory } from '../../support/history.ts';
import { withTempDir } from '../../support/testNode.ts';
import { auditOf } from './attack.ts';

describe('a verification', () => {
  it('says how far it is, block by block to the last', () =>
    withTempDir(async (root) => {
      const dir = await writeHistory(root, [agreed]);
      const seen: number[] = [];
      const totals = new Set<number>();
      const report = await verify(() => openReadOnly(dir), {
        onProgress: ({ blocks, blocksTotal }) => {
          seen.push(blocks);
          totals.add(blocksTotal);
        },
      });
      assert.deepEqual(
        seen,
        seen.toSorted((a, b) => a - b),
      );
      assert.deepEqual([seen.at(-1), [...totals]], [report.blocks, [report.blocks]]);
    }));

  it('stops for its signal, with its reason, and lets go of the store', () =>
    withTempDir(async (root) => {
      const dir = await writeHistory(root, [agreed]);
      const stop = new AbortController();
      const closed: string[] = [];
      const open = async (): Promise<ReadOnlyLogs> => {
        const logs = await openReadOnly(dir);
        return { ...logs, close: () => logs.close().then(() => void closed.push('closed')) };
      };
      const reason = new Error('enough');
      const onProgress = (): void => stop.abort(reason);
      await assert.rejects(
        verify(open, { signal: stop.signal, onProgress }),
        (error) => error === reason,
      );
      assert.deepEqual(closed, ['closed']);
    }));

  it('reports a store that cannot be opened', () =>
    withTempDir(async (root) => {
      const dir = await writeHistory(root, [agreed]);
      await rm(join(dir.store, 'db', 'CURRENT'));
      const { intact, findings } = await auditOf(dir);
      assert.equal(intact, false);
      assert.deepEqual(
        findings.map(({ check, found }) => [check, found]),
        [['storage', 'LOG_CORRUPT']],
      );
    }));

  it('refuses a directory in which there is nothing to verify', () =>
    withTempDir(async (root) => {
      await assert.rejects(auditOf(dataDir(root)), { code: 'NOT_FOUND' });
    }));

  it('looks again when something could not be read, for a writer may have moved it', () =>
    withTempDir(async (root) => {
      const dir = await writeHistory(root, [agreed]);
      let opened = 0;
      const open = async (): Promise<ReadOnlyLogs> => {
        const logs = await openReadOnly(dir);
        if (++opened > 1) return logs;
        const stored = logs.stored.map((core) => ({
          discoveryKey: core.discoveryKey,
          unreadable: 'No such file or directory',
        }));
        return { ...logs, stored };
      };
      assert.equal((await verify(open)).intact, true);
      assert.equal(opened, 2);
    }));
});
