import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import Hypercore from 'hypercore';
import { discoveryKey } from 'hypercore-crypto';
import { agentAddress, nodeAddress, sha256Hex, threadAddress } from '../../../events/index.ts';
import type { DataDir } from '../../../src/log/index.ts';
import { formatCheckpoint, parseCheckpoint, parseWitness } from '../../../src/shared/note/index.ts';
import { agreed, goOn, writeHistory } from '../../support/history.ts';
import { openTestNode, steppingClock, withTempDir } from '../../support/testNode.ts';
import { TestWitness } from '../../support/witness.ts';
import { signer as stranger, statement } from '../shared/note/key.ts';
import { auditOf, brief, told } from './attack.ts';
import { changing, Forger } from './forger.ts';
import { checkpointOf, heldAgainst, noteOf } from './kept.ts';

const node = nodeAddress('local');
const reviewer = agentAddress('reviewer', 'reviewer', 'shop');
const witness = new TestWitness('witness.example/one', 1);
const known = [parseWitness(witness.vkey)];
const seconds = 1_795_489_200;
const cosignedAt = new Date(seconds * 1000).toISOString();

async function record(dir: DataDir, note: string): Promise<void> {
  const clock = steppingClock();
  clock.skip(2_000_000);
  const opened = await openTestNode(dir.root, clock);
  await opened.host.handle({
    kind: 'node',
    actor: node,
    command: { type: 'recordWitnessed', note },
    commandId: `witnessed/${sha256Hex(note)}`,
  });
  await opened.close();
}

/** A store whose node has taken a cosigned checkpoint back. */
function withRecorded(
  use: (dir: DataDir, note: string) => Promise<void>,
  by: (note: string) => string = (note) => witness.cosign(note, seconds),
): Promise<void> {
  return withTempDir(async (root) => {
    const dir = await writeHistory(join(root, 'store'), [agreed]);
    const note = by(await noteOf(dir));
    await record(dir, note);
    await use(dir, note);
  });
}

describe('a checkpoint that the node has taken back', () => {
  it('is held against the logs, and its cosignature verified with the key of the witness', () =>
    withRecorded(async (dir, note) => {
      const report = await heldAgainst(dir, [], known);
      assert.deepEqual(report.findings, [], told(report));
      const { origin, size, at, heads } = parseCheckpoint(note);
      const [compared, ...more] = report.checkpoints;
      assert.deepEqual(more, []);
      assert.match(compared?.source ?? '', /^event \d+ of the node$/);
      assert.deepEqual(compared, {
        source: compared?.source,
        origin,
        size,
        at,
        agrees: true,
        logs: heads.length,
        cosigners: {
          verified: [{ name: 'witness.example/one', at: cosignedAt }],
          forged: [],
          unknown: [],
        },
      });
      assert.match(told(report), /cosigned by witness\.example\/one at 20/);
      const withoutKey = await auditOf(dir);
      assert.deepEqual(withoutKey.checkpoints[0]?.cosigners.unknown, ['witness.example/one']);
      assert.match(told(withoutKey), /not verified: witness\.example\/one/);
    }));

  it('finds a history that was written anew, seals and all, with nothing but the store', () =>
    withRecorded(async (dir) => {
      const key = await Forger.at(dir, async (forger) => {
        const log = await forger.keyOf(reviewer);
        await forger.rewrite(reviewer, (events) => events.slice(0, -1));
        await forger.rewrite(node, (events) =>
          events.map((recorded) => {
            if (recorded.event.type !== 'node.checkpoint.sealed') return recorded;
            const heads = recorded.event.heads.filter((head) => head.log !== log);
            return { ...recorded, event: { ...recorded.event, heads } };
          }),
        );
        return log;
      });
      const found = (await auditOf(dir)).findings.filter(({ check }) => check === 'witness');
      assert.ok(found.some(({ log, field }) => log === key && field === 'length'));
    }));

  it('has a cosignature that is false, which is found by whoever has the key', () =>
    withRecorded(
      async (dir) => {
        assert.equal((await auditOf(dir)).intact, true, 'anybody may have that name');
        const report = await heldAgainst(dir, [], known);
        assert.deepEqual(brief(report), [`witness ${node.slice(7)} - cosignature`]);
        assert.equal(report.checkpoints[0]?.agrees, false);
        assert.deepEqual(report.checkpoints[0].cosigners.forged, ['witness.example/one']);
        assert.match(told(report), /FALSE cosignature of witness\.example\/one/);
      },
      (note) => {
        const good = witness.cosign(note, seconds);
        const line = good.slice(0, -1).split('\n').at(-1) ?? '';
        const blob = Buffer.from(line.split(' ')[2] ?? '', 'base64');
        blob[20] = (blob[20] ?? 0) ^ 1;
        return `${note}\u2014 witness.example/one ${blob.toString('base64')}\n`;
      },
    ));

  const false_: Record<string, (note: string) => string> = {
    'is no checkpoint': () => 'nothing of the kind',
    'was signed by nobody': (note) => note.replace('\ntime 2026', '\ntime 2025'),
    'is one of another node': () => formatCheckpoint(statement, stranger),
  };
  for (const [what, by] of Object.entries(false_)) {
    it(`is a finding when it ${what}`, () =>
      withRecorded(async (dir) => {
        const report = await auditOf(dir);
        assert.equal(report.findings.length, 1, told(report));
        const [finding] = report.findings;
        assert.deepEqual(
          [finding?.check, finding?.actor, finding?.field],
          ['witness', node, 'note'],
        );
        assert.ok((finding?.seq ?? 0) > 0);
        assert.deepEqual(report.checkpoints, []);
      }, by));
  }
});

describe('a checkpoint in a file', () => {
  const thread = threadAddress('shop', 'pr-1');

  it('of another node can vouch for a log that is here, and contradict it', () =>
    withTempDir(async (root) => {
      const dir = await writeHistory(join(root, 'store'), [agreed]);
      const own = await checkpointOf(dir);
      const key = await Forger.at(dir, (forger) => forger.keyOf(thread));
      const head = own.heads.find(({ log }) => log === key);
      assert.ok(head);
      const vouching = { ...statement, heads: [...statement.heads, head] };
      const agreeing = parseCheckpoint(formatCheckpoint(vouching, stranger));
      const report = await heldAgainst(dir, [agreeing]);
      assert.deepEqual(report.findings, [], 'what only the other node holds is no finding');
      assert.deepEqual(
        report.checkpoints.map(({ agrees, logs }) => [agrees, logs]),
        [[true, 1]],
      );
      const other = { ...head, root: '22'.repeat(32) };
      const opposed = { ...statement, heads: [...statement.heads, other] };
      const contradicted = await heldAgainst(dir, [
        parseCheckpoint(formatCheckpoint(opposed, stranger)),
      ]);
      assert.deepEqual(brief(contradicted), [`witness ${thread.slice(7)} - root`]);
      const [finding] = contradicted.findings;
      assert.deepEqual(finding?.expected, { length: head.length, root: other.root });
      assert.deepEqual(finding.found, { length: head.length, root: head.root });
    }));

  it('that states another RFC 6962 root is contradicted, though its heads are right', () =>
    withTempDir(async (root) => {
      const dir = await writeHistory(join(root, 'store'), [agreed]);
      const own = await checkpointOf(dir);
      const lie = formatCheckpoint({ ...own, root: '33'.repeat(32) }, await keysOf(dir, own.log));
      const report = await heldAgainst(dir, [parseCheckpoint(lie)]);
      assert.deepEqual(brief(report), [`witness ${node.slice(7)} - root`]);
      assert.deepEqual(report.findings[0]?.expected, { size: own.size, root: '33'.repeat(32) });
      assert.deepEqual(report.findings[0].found, { size: own.size, root: own.root });
    }));

  it('is still agreed with when the store went on, and not when it went another way', () =>
    withTempDir(async (root) => {
      const dir = await writeHistory(join(root, 'store'), [agreed]);
      const kept = await checkpointOf(dir);
      await goOn(dir.root, [{ ...agreed, task: 'pr-9' }]);
      assert.deepEqual((await heldAgainst(dir, [kept])).findings, []);
      await Forger.at(dir, (forger) =>
        forger.rewrite(
          reviewer,
          changing('agent.registered', (event) => ({ ...event, role: `${event.role}x` })),
        ),
      );
      const report = await heldAgainst(dir, [kept]);
      const found = report.findings.find(({ check }) => check === 'witness');
      assert.deepEqual([found?.actor, found?.field], [reviewer, 'root']);
    }));
});

async function keysOf(dir: DataDir, log: string) {
  const storage = Hypercore.defaultStorage(dir.store, { readOnly: true, allowBackup: true });
  await storage.ready();
  try {
    const info = await storage.getInfo(discoveryKey(Buffer.from(log, 'hex')));
    assert.ok(info?.auth?.keyPair);
    return info.auth.keyPair;
  } finally {
    await storage.close();
  }
}
