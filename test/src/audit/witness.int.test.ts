import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { agentAddress, nodeAddress, threadAddress } from '../../../events/index.ts';
import { verify, type AuditReport } from '../../../src/audit/index.ts';
import { MerkleTree, hex } from '../../../src/audit/merkle.ts';
import { proofThread } from '../../../src/cli/audit.ts';
import { openReadOnly, type DataDir } from '../../../src/log/index.ts';
import type { Checkpoint } from '../../../src/shared/note/index.ts';
import { agreed, escalated, goOn, writeHistory } from '../../support/history.ts';
import { withTempDir } from '../../support/testNode.ts';
import { auditOf, brief, told } from './attack.ts';
import { Forger } from './forger.ts';
import { checkpointOf, copyOf, heldAgainst } from './kept.ts';

const thread = threadAddress('shop', 'pr-1');
const reviewer = agentAddress('reviewer', 'reviewer', 'shop');

/** A store with one review, and how it was yesterday: without. */
function withStory(
  use: (story: {
    today: DataDir;
    yesterday: DataDir;
    kept: Checkpoint;
    old: Checkpoint;
  }) => Promise<void>,
): Promise<void> {
  return withTempDir(async (root) => {
    const today = await writeHistory(join(root, 'today'), [agreed], 'stopped');
    const yesterday = await copyOf(today, 'yesterday');
    const old = await checkpointOf(today);
    await goOn(today.root, [escalated]);
    await use({ today, yesterday, kept: await checkpointOf(today), old });
  });
}

function headIn({ heads }: Checkpoint, log: string) {
  const head = heads.find((known) => known.log === log);
  assert.ok(head);
  return { length: head.length, root: head.root };
}

function rootOf(blocks: readonly Uint8Array[]): string {
  const tree = new MerkleTree();
  for (const block of blocks) tree.append(block);
  return hex(tree.hash());
}

function witnessFindings({ findings }: AuditReport) {
  return findings.filter(({ check }) => check === 'witness');
}

describe('a store that is held against a checkpoint', () => {
  it('agrees with it, then and later', () =>
    withStory(async ({ today, yesterday, kept, old }) => {
      for (const [dir, checkpoints] of [
        [today, [kept, old]],
        [yesterday, [old]],
      ] as const) {
        const report = await heldAgainst(dir, checkpoints);
        assert.deepEqual(report.findings, [], told(report));
        assert.deepEqual(
          report.checkpoints,
          checkpoints.map((checkpoint, index) => ({
            source: `${index}.note`,
            origin: `bzzz/local/${kept.log}`,
            size: checkpoint.size,
            at: '2026-11-24T03:00:00.000Z',
            agrees: true,
            logs: checkpoint.heads.length,
            cosigners: { verified: [], forged: [], unknown: [] },
          })),
        );
        const notes = report.notes.filter(({ kind }) => kind === 'witnessed');
        assert.equal(notes.length, checkpoints.length);
        assert.match(notes[0]?.message ?? '', /agrees with (\d+) of the \1 logs/);
        assert.match(told(report), /agrees: 0\.note: bzzz\/local\//);
      }
      assert.ok(kept.size > old.size && kept.heads.length === old.heads.length + 1);
    }));

  it('as the copy of yesterday contradicts the one of today, log by log and with both heads', () =>
    withStory(async ({ yesterday, kept, old }) => {
      assert.equal((await auditOf(yesterday)).intact, true);
      const report = await heldAgainst(yesterday, [old, kept]);
      assert.deepEqual(
        report.checkpoints.map(({ agrees }) => agrees),
        [true, false],
      );
      const findings = witnessFindings(report);
      assert.equal(findings.length, report.findings.length);
      assert.equal(
        findings.length,
        kept.heads.length - 1,
        'all but the thread that stayed as it was',
      );
      for (const { log, expected, found, message, field } of findings) {
        assert.deepEqual(expected, headIn(kept, log));
        const was = old.heads.find((head) => head.log === log);
        if (!was) {
          assert.equal(found, null);
          assert.match(message, /witnessed a log of \d+ events that is not in this store/);
          continue;
        }
        assert.equal(field, 'length');
        assert.deepEqual(found, headIn(old, log));
        const { length, root } = headIn(kept, log);
        for (const part of ['1.note', kept.origin, kept.at, `${length} events`, root, was.root]) {
          assert.ok(message.includes(part), `${part} in ${message}`);
        }
      }
    }));

  it('is found out when the unsealed tail of a log is cut off', () =>
    withTempDir(async (root) => {
      const dir = await writeHistory(join(root, 'killed'), [agreed], 'killed');
      const kept = await checkpointOf(dir);
      const [key, left] = await Forger.at(dir, async (forger) => {
        const log = await forger.keyOf(reviewer);
        const blocks = (await forger.blocksOf(log)).slice(0, -1);
        await forger.replace(log, blocks);
        return [log, blocks] as const;
      });
      const alone = await auditOf(dir);
      assert.ok(alone.intact, `nothing in the store says so: ${told(alone)}`);
      const report = await heldAgainst(dir, [kept]);
      assert.deepEqual(brief(report), [`witness ${shown(reviewer)} - length`]);
      const [finding] = report.findings;
      assert.equal(finding?.log, key);
      assert.deepEqual(finding.expected, headIn(kept, key));
      assert.deepEqual(finding.found, { length: left.length, root: rootOf(left) });
      const node = headIn(kept, kept.log);
      assert.equal(kept.size, node.length);
      assert.match(told(report), /CONTRADICTED: 0\.note/);
    }));

  it('is found out when a log is taken away together with all that names it', () =>
    withTempDir(async (root) => {
      const dir = await writeHistory(join(root, 'killed'), [agreed], 'killed');
      const kept = await checkpointOf(dir);
      const key = await Forger.at(dir, async (forger) => {
        const log = await forger.keyOf(reviewer);
        await forger.remove(log);
        await forger.rewrite(nodeAddress('local'), (events) =>
          events.flatMap((recorded) => {
            const { event } = recorded;
            if (event.type === 'node.log.registered' && event.log === log) return [];
            if (event.type !== 'node.checkpoint.sealed') return [recorded];
            const heads = event.heads.filter((head) => head.log !== log);
            return [{ ...recorded, event: { ...event, heads } }];
          }),
        );
        return log;
      });
      const report = await heldAgainst(dir, [kept]);
      const found = witnessFindings(report);
      const gone = found.find(({ log }) => log === key);
      assert.deepEqual(
        [gone?.field, gone?.expected, gone?.found],
        ['log', headIn(kept, key), null],
      );
      const register = found.find(({ log }) => log === kept.log);
      assert.deepEqual(register?.expected, headIn(kept, kept.log));
    }));

  it('is found out when it was written anew from the start, seals and all', () =>
    withStory(async ({ today, kept }) => {
      await Forger.at(today, async (forger) => {
        const key = await forger.keyOf(thread);
        await forger.rewrite(thread, (events) => events.slice(0, -1));
        const blocks = await forger.blocksOf(key);
        await forger.rewrite(nodeAddress('local'), (events) =>
          events.map((recorded) => {
            if (recorded.event.type !== 'node.checkpoint.sealed') return recorded;
            const heads = recorded.event.heads.map((head) =>
              head.log === key
                ? { ...head, length: blocks.length, root: rootOf(blocks) }
                : head.log === kept.log
                  ? null
                  : head,
            );
            return {
              ...recorded,
              event: { ...recorded.event, heads: heads.filter((head) => head !== null) },
            };
          }),
        );
      });
      const report = await heldAgainst(today, [kept]);
      const found = witnessFindings(report);
      const fields = new Map(found.map(({ actor, field }) => [actor, field]));
      assert.equal(fields.size, found.length);
      assert.deepEqual([fields.get(nodeAddress('local')), fields.get(thread)], ['root', 'length']);
      assert.equal(fields.size, 2);
      const node = found.find(({ field }) => field === 'root');
      assert.match(node?.message ?? '', /they are not the same$/);
      assert.deepEqual(node?.expected, headIn(kept, kept.log));
      const { length, root } = headIn(kept, kept.log);
      assert.notDeepEqual(node.found, { length, root });
    }));

  it('is judged the same when a thread of its own proves the logs', () =>
    withStory(async ({ yesterday, kept }) => {
      const own = { ...proofThread(yesterday.root), fromBlocks: 1 };
      const against = [{ file: '0.note', checkpoint: kept }];
      const threaded = await verify(() => openReadOnly(yesterday), { against, thread: own });
      const { findings, checkpoints } = await heldAgainst(yesterday, [kept]);
      assert.deepEqual(threaded.findings, findings);
      assert.deepEqual(threaded.checkpoints, checkpoints);
      assert.ok(findings.length > 0);
    }));

  it('has nothing to do with that of another store, which is said', () =>
    withStory(({ today, kept }) =>
      withTempDir(async (root) => {
        const other = await writeHistory(join(root, 'other'), [agreed]);
        const report = await heldAgainst(other, [kept, await checkpointOf(other)]);
        assert.deepEqual(brief(report), ['witness - - -']);
        assert.equal(report.findings[0]?.expected, kept.origin);
        assert.match(report.findings[0].message, /nothing to do with this store/);
        assert.deepEqual(
          report.checkpoints.map(({ agrees, logs }) => [agrees, logs > 0]),
          [
            [false, false],
            [true, true],
          ],
        );
        assert.equal((await heldAgainst(today, [kept])).intact, true);
      }),
    ));
});

function shown(address: string): string {
  return address.replace(/^bzzz:\/\//, '');
}
