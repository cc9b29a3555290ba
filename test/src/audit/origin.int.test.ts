import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import {
  nodeAddress,
  threadAddress,
  type BzzzEvent,
  type Recorded,
} from '../../../events/index.ts';
import { createReader, dataDir, type DataDir } from '../../../src/log/index.ts';
import { replay } from '../../../src/audit/index.ts';
import { MerkleTree } from '../../../src/audit/merkle.ts';
import { cutsOf, forkOn, goOnWith } from '../../support/forks.ts';
import { agreed, writeHistory, type Chapter } from '../../support/history.ts';
import { bzzzIn } from '../../support/inProcess.ts';
import type { Script } from '../../support/scriptedGateway.ts';
import { openTestNode, steppingClock, withTempDir } from '../../support/testNode.ts';
import { auditOf, brief, heard, told, Victim, type Attack } from './attack.ts';
import { changing, Forger, isNamed } from './forger.ts';

const origin = threadAddress('shop', 'pr-1');
const other = threadAddress('shop', 'pr-2');
const fork = threadAddress('shop', 'what-if');
const again = threadAddress('shop', 'what-if-2');
const elsewhere: Chapter = { ...agreed, task: 'pr-2' };

const script: Script = (_role, turn) => {
  const items = ['p1', 'p2'];
  if (turn === 'bzzz_discussion')
    return { remarks: items.map((proposal) => ({ proposal, stance: 'neutral', text: 'hm' })) };
  const vote = { choice: 'reject', confidencePct: 70, rationale: 'r' };
  const evidence = [{ path: 'pay.ts', line: 2 }];
  return { votes: items.map((proposal) => ({ proposal, ...vote, evidence })) };
};

/** A review, another one, a fork of the first in the middle of its vote, and a fork of that one. */
function withForks(
  ending: 'stopped' | 'killed',
  use: (victim: Victim, length: number) => Promise<void>,
): Promise<void> {
  return withTempDir(async (root) => {
    const clock = steppingClock();
    const home = join(root, 'honest');
    const dir = await writeHistory(home, [heard, elsewhere], 'killed', clock);
    const node = await openTestNode(home, clock);
    const seq = (await cutsOf(node, origin)).at(-2) ?? 0;
    await forkOn(node, origin, { seq, model: 'other', task: 'what-if' });
    await goOnWith(node, fork, script);
    const further = (await cutsOf(node, fork)).find((at) => at > seq + 2) ?? 0;
    await forkOn(node, fork, { seq: further, task: 'what-if-2' });
    await goOnWith(node, again, script);
    await (ending === 'stopped' ? node.close() : node.drop());
    await use(new Victim(root, dir), seq + 1);
  });
}

type Change = (events: readonly Recorded[], length: number) => readonly Recorded[];

function rewriting(thread: string, change: Change): (length: number) => Attack {
  return (length) => (forger) => forger.rewrite(thread, (events) => change(events, length));
}

/** The same on an origin whose heads the node has never sealed: else that gives it away. */
function unsealed(change: Change): (length: number) => Attack {
  return (length) => async (forger) => {
    await forger.rewrite(nodeAddress('local'), (events) =>
      events.map((recorded) =>
        isNamed('node.checkpoint.sealed', recorded.event)
          ? { ...recorded, event: { ...recorded.event, heads: [] } }
          : recorded,
      ),
    );
    await forger.rewrite(origin, (events) => change(events, length));
  };
}

/** Position of the last event of a type among those that were taken over. */
function lastCopied(events: readonly Recorded[], length: number, type: BzzzEvent['type']): number {
  const at = events.slice(0, length).findLastIndex(({ event }) => event.type === type);
  assert.ok(at > 0, type);
  return at;
}

function withForked(
  change: (origin: Extract<BzzzEvent, { type: 'thread.forked' }>['origin']) => object,
): Change {
  return changing('thread.forked', (event) => ({
    ...event,
    origin: { ...event.origin, ...change(event.origin) },
  }));
}

function moved(events: readonly Recorded[], from: number, to: number): Recorded[] {
  const moving = events[from];
  assert.ok(moving);
  return events.toSpliced(from, 1).toSpliced(to, 0, moving);
}

/** One more event like the one at a position, under another id, at the time of the one that it follows. */
function repeated(events: readonly Recorded[], at: number, to: number): Recorded[] {
  const [like, before] = [events[at], events[to - 1]];
  assert.ok(like && before);
  const id = before.meta.id.replace(/....$/, 'ffff');
  return events.toSpliced(to, 0, { ...like, meta: { ...before.meta, id } });
}

/** The root over the first blocks of a log. */
async function rootOf(forger: Forger, actor: string, length: number): Promise<string> {
  const tree = new MerkleTree();
  const blocks = await forger.blocksOf(await forger.keyOf(actor));
  for (const block of blocks.slice(0, length)) tree.append(block);
  return Buffer.from(tree.hash()).toString('hex');
}

type Case = {
  readonly name: string;
  readonly attack: (length: number) => Attack;
  /** What the auditor says, with LENGTH and numbers relative to it. */
  readonly finds: (length: number) => readonly RegExp[];
};

const inFork = (at: (length: number) => number | string, field: string) => (length: number) => [
  new RegExp(`^origin \\S+what-if ${at(length)} ${field}$`),
];

const cases: readonly Case[] = [
  {
    name: 'a copied vote that was another one',
    attack: rewriting(fork, (events, length) => {
      const at = lastCopied(events, length, 'thread.vote.cast');
      return events.map((recorded, seq) =>
        seq === at && isNamed('thread.vote.cast', recorded.event)
          ? { ...recorded, event: { ...recorded.event, choice: 'abstain' } }
          : recorded,
      );
    }),
    finds: inFork((length) => length - 2, 'event.choice'),
  },
  {
    name: 'a copied vote left out',
    attack: rewriting(fork, (events, length) =>
      events.toSpliced(lastCopied(events, length, 'thread.vote.cast'), 1),
    ),
    finds: inFork((length) => length - 2, 'event.type'),
  },
  {
    name: 'a copied turn left out, and the length made to fit',
    attack: rewriting(fork, (events, length) =>
      withForked(() => ({ length: length - 1 }))(
        events.toSpliced(lastCopied(events, length, 'thread.turn.ended'), 1),
        length,
      ),
    ),
    finds: inFork(() => 0, 'event\\.origin\\.root'),
  },
  {
    name: 'a copy added',
    attack: rewriting(fork, (events, length) =>
      repeated(events, lastCopied(events, length, 'thread.vote.cast'), length - 1),
    ),
    finds: inFork((length) => length - 1, 'event.type'),
  },
  {
    name: 'a copy that names another event as its original',
    attack: rewriting(fork, (events) =>
      events.map((recorded, seq) => {
        const cause = events[1]?.meta.cause;
        assert.ok(cause);
        return seq === 2 ? { ...recorded, meta: { ...recorded.meta, cause } } : recorded;
      }),
    ),
    finds: inFork(() => 2, 'meta.cause'),
  },
  {
    name: 'an origin rewritten later',
    attack: unsealed((events) =>
      changing('thread.review.opened', (event) => ({
        ...event,
        deadlineAt: '2027-01-01T00:00:00.000Z',
      }))(events),
    ),
    finds: inFork(() => 1, 'event.deadlineAt'),
  },
  {
    name: 'an origin that is shorter than what was taken over',
    attack: unsealed((events, length) => events.slice(0, length - 3)),
    finds: inFork((length) => length - 3, 'event'),
  },
  {
    name: 'a fork, true in every other way, that begins between a vote and the end of its turn',
    attack: (before) => async (forger: Forger) => {
      const length = before - 1;
      const root = await rootOf(forger, origin, length);
      await forger.rewrite(fork, (events) => [
        ...withForked(() => ({ length, root }))(events.slice(0, length), length),
        ...events.slice(before, before + 1),
      ]);
      await forger.remove(await forger.keyOf(again));
    },
    finds: inFork(() => 0, 'event\\.origin\\.length'),
  },
  {
    name: 'a root that was never that of the origin',
    attack: rewriting(
      fork,
      withForked(() => ({ root: 'ab'.repeat(32) })),
    ),
    finds: inFork(() => 0, 'event\\.origin\\.root'),
  },
  {
    name: 'a fork that starts later',
    attack: rewriting(fork, (events, length) => moved(events, length, length + 1)),
    finds: inFork((length) => length, 'event.type'),
  },
  {
    name: 'a fork that starts twice',
    attack: rewriting(fork, (events, length) => repeated(events, length, length + 2)),
    finds: inFork((length) => length + 2, 'event.type'),
  },
  {
    name: 'a fork that never starts',
    attack: rewriting(fork, (events, length) => events.slice(0, length)),
    finds: inFork(() => '-', 'length'),
  },
  {
    name: 'a fork that claims another thread as its origin',
    attack: rewriting(
      fork,
      withForked(() => ({ thread: other })),
    ),
    finds: inFork(() => 0, 'event\\.origin\\.log'),
  },
  {
    name: 'a fork that claims another thread and its log',
    attack: () => async (forger: Forger) => {
      const log = await forger.keyOf(other);
      await forger.rewrite(fork, (events) => withForked(() => ({ thread: other, log }))(events, 0));
    },
    finds: inFork(() => 0, 'event\\.subject'),
  },
  {
    name: 'a fork that claims another thread, its log and its texts',
    attack: () => async (forger: Forger) => {
      const log = await forger.keyOf(other);
      await forger.rewrite(fork, (events) =>
        changing('thread.forked', (event) => ({ ...event, subject: other }))(
          withForked(() => ({ thread: other, log }))(events, 0),
        ),
      );
    },
    finds: inFork(() => 1, 'event.change'),
  },
  {
    name: 'a fork that claims a log that nobody has registered',
    attack: rewriting(
      fork,
      withForked(() => ({ thread: threadAddress('shop', 'gone'), log: 'cd'.repeat(32) })),
    ),
    finds: inFork(() => 0, 'event\\.origin\\.log'),
  },
  {
    name: 'texts that are said to be sealed for another thread',
    attack: rewriting(
      fork,
      changing('thread.forked', (event) => ({ ...event, subject: other })),
    ),
    finds: inFork(() => 0, 'event\\.subject'),
  },
  {
    name: 'a vote of the fork that its agent never cast',
    attack: rewriting(fork, (events, length) => {
      const at = events.findIndex(
        ({ event }, seq) => seq > length && event.type === 'thread.vote.cast',
      );
      assert.ok(at > 0);
      return events.map((recorded, seq) =>
        seq === at && isNamed('thread.vote.cast', recorded.event)
          ? { ...recorded, event: { ...recorded.event, choice: 'approve' } }
          : recorded,
      );
    }),
    finds: (length) => [new RegExp(`^entry \\S+what-if ${length + 1} choice$`)],
  },
  {
    name: 'a turn of the origin that is entered again in the fork',
    attack: () => async (forger: Forger) => {
      const said = (await forger.events(origin)).findLast(
        ({ event }) => event.type === 'thread.vote.cast',
      );
      assert.ok(said);
      await forger.rewrite(fork, (events) => {
        const at = events.findLastIndex(({ event }) => event.type === 'thread.vote.cast');
        return events.map((recorded, seq) =>
          seq === at ? { ...recorded, event: said.event } : recorded,
        );
      });
    },
    finds: () => [/^entry \S+what-if \d+ \S+$/],
  },
];

describe('the auditor of forks', () => {
  for (const { name, attack, finds } of cases) {
    it(`finds ${name}`, () =>
      withForks('killed', async (victim, length) => {
        const report = await victim.attacked(attack(length));
        const found = brief(report);
        for (const expected of finds(length))
          assert.ok(
            found.some((line) => expected.test(line)),
            told(report),
          );
      }));
  }

  it('says so where the origin is gone', () =>
    withForks('killed', async (victim) => {
      const report = await victim.attacked(async (forger) =>
        forger.remove(await forger.keyOf(origin)),
      );
      assert.ok(
        brief(report).some((line) => /^register \S+pr-1 /.test(line)),
        told(report),
      );
      assert.ok(!brief(report).some((line) => line.includes('what-if')), told(report));
      const note = report.notes.find(({ kind, actor }) => kind === 'forked' && actor === fork);
      assert.match(note?.message ?? '', /was not compared: that log is not here/);
    }));

  for (const ending of ['stopped', 'killed'] as const) {
    it(`finds nothing wrong with honest ones, ${ending}, and names them`, () =>
      withForks(ending, async (victim, length) => {
        const report = await victim.attacked(async () => undefined);
        assert.ok(report.intact, told(report));
        const notes = report.notes.filter(({ kind }) => kind === 'forked');
        assert.deepEqual(
          notes.map(({ actor, seq }) => [actor, seq]),
          [
            [fork, 0],
            [again, 0],
          ],
        );
        assert.equal(
          notes[0]?.message,
          `forked from ${origin} after event ${length - 1} by ann, model other`,
        );
      }));
  }
});

describe('what is forked', () => {
  const forkIn = (dir: DataDir, root: string) => {
    const at = ['--data', dir.root, '--project', 'shop'];
    return bzzzIn(root, ...at, 'thread', 'fork', origin, '--at', '1', '--by', 'Ann');
  };
  const withHistory = (use: (dir: DataDir, root: string) => Promise<void>): Promise<void> =>
    withTempDir(async (root) => use(await writeHistory(join(root, 'data'), [agreed]), root));

  it('is proved first: nothing that was tampered with is copied', () =>
    withHistory(async (dir, root) => {
      const key = await Forger.at(dir, async (forger) => {
        const log = await forger.keyOf(origin);
        await forger.changeBlock(log, 1, (was) =>
          Buffer.from(Buffer.from(was).toString().replace('"majority"', '"unanimity"')),
        );
        return log;
      });
      const { code, err } = await forkIn(dir, root);
      assert.equal(code, 2, err);
      assert.match(err, /pr-1: .*event 1.*; run bzzz audit verify \[LOG_CORRUPT\]/);
      const after = await Forger.at(dir, async (forger) => {
        await assert.rejects(forger.keyOf(threadAddress('shop', 'pr-1-at-1')), /not registered/);
        return forger.keyOf(origin);
      });
      assert.equal(after, key);
    }));

  it('is forked where nothing is wrong with it', () =>
    withHistory(async (dir, root) => {
      const { code, out, err } = await forkIn(dir, root);
      assert.equal(code, 0, err);
      assert.match(out, /^bzzz:\/\/\*:\*@shop:pr-1-at-1\n/);
      assert.ok((await auditOf(dir)).intact);
    }));
});

describe('the replay of a fork', () => {
  it('shows the state of the origin at every event that was taken over', () =>
    withTempDir(async (root) => {
      const clock = steppingClock();
      await writeHistory(root, [heard], 'stopped', clock);
      const node = await openTestNode(root, clock);
      const seq = (await cutsOf(node, origin)).at(-1) ?? 0;
      await forkOn(node, origin, { seq, task: 'what-if' });
      const reader = createReader(
        async () => node.host.registered(),
        ({ actor }) => node.store.open(actor),
        () => node.store.stored(),
      );
      for (let at = 1; at <= seq; at++) {
        const [was, is] = [
          await replay(reader, origin, { seq: at }),
          await replay(reader, fork, { seq: at }),
        ];
        assert.deepEqual(is.state, was.state);
        assert.deepEqual(
          is.events.slice(1).map(({ event }) => event),
          was.events.slice(1).map(({ event }) => event),
        );
      }
      const started = await replay(reader, fork);
      assert.equal(started.version, seq + 2);
      await reader.close();
      await node.close();
      assert.ok((await auditOf(dataDir(root))).intact);
    }));
});
