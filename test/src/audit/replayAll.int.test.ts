import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  agentAddress,
  encodeRecorded,
  stateDueAt,
  threadAddress,
  type Recorded,
} from '../../../events/index.ts';
import { renderReplay, replayAll, type ReplayReport } from '../../../src/audit/index.ts';
import { replayLog } from '../../../src/audit/replayAll.ts';
import { openReadOnly, type ReadOnlyLogs } from '../../../src/log/index.ts';
import { Fold } from '../../../src/shared/fold.ts';
import { stateHash } from '../../../src/shared/stateHash.ts';
import { agreed, escalated, goOn, writeHistory } from '../../support/history.ts';
import { bzzzIn } from '../../support/inProcess.ts';
import { MemoryLogs } from '../../support/memoryLogs.ts';
import { withTempDir } from '../../support/testNode.ts';
import { changing, Forger } from './forger.ts';

const thread = threadAddress('shop', 'pr-1');
const reviewer = agentAddress('reviewer', 'reviewer', 'shop');

/** A history of two reviews; the second by a program that began from snapshots and logs. */
function withHistory<T>(
  use: (logs: ReadOnlyLogs, root: string) => Promise<T>,
  forge?: (forger: Forger) => Promise<void>,
): Promise<T> {
  return withTempDir(async (root) => {
    const dir = await writeHistory(root, [agreed]);
    await goOn(root, [escalated]);
    if (forge) await Forger.at(dir, forge);
    const logs = await openReadOnly(dir);
    try {
      return await use(logs, root);
    } finally {
      await logs.close();
    }
  });
}

async function eventsOf(logs: ReadOnlyLogs, actor: string): Promise<Recorded[]> {
  const found = (await logs.logs()).find((log) => log.actor === actor);
  assert.ok(found);
  const events: Recorded[] = [];
  for await (const recorded of logs.events(found.log, 0)) events.push(recorded);
  return events;
}

/** Without what differs from run to run. */
function brief({ divergences }: ReplayReport): unknown[] {
  return divergences.map(({ actor, seq, what, program, machine, agreedAt }) => ({
    actor,
    seq,
    what,
    program,
    recorded: machine.recorded,
    agreedAt,
  }));
}

describe('the envelope of an event', () => {
  it('records the state before it where that is due, and nowhere else', () =>
    withHistory(async (logs) => {
      let due = 0;
      for (const { log, kind } of await logs.logs()) {
        const fold = new Fold(kind);
        for await (const { meta, event } of logs.events(log, 0)) {
          assert.equal(meta.state !== undefined, stateDueAt(meta.seq), `${kind} ${meta.seq}`);
          if (meta.state) {
            due++;
            assert.equal(meta.state.hash, stateHash(fold.state), `${kind} event ${meta.seq}`);
          }
          assert.ok(fold.accept(event));
        }
      }
      assert.ok(due > 8, `${due} were due`);
    }));

  it('records it within the events of one command as well', () =>
    withHistory(async (logs) => {
      const inBatch: Recorded[] = [];
      for (const { actor } of await logs.logs()) {
        const events = await eventsOf(logs, actor);
        inBatch.push(
          ...events.filter(
            ({ meta }, at) => meta.state && events[at - 1]?.meta.command === meta.command,
          ),
        );
      }
      assert.ok(inBatch.length > 0);
    }));
});

describe('a replay of all logs', () => {
  it('finds an honest history the same, and counts what it compared', () =>
    withHistory(async (logs) => {
      const report = await replayAll(logs);
      assert.deepEqual(report.divergences, []);
      const entries = await logs.logs();
      const lengths = entries.map(({ length }) => length);
      const due = lengths.map((length) =>
        Array.from({ length }, (_, seq) => seq).filter(stateDueAt),
      );
      assert.partialDeepStrictEqual(report, {
        same: true,
        logs: entries.length,
        events: lengths.reduce((sum, length) => sum + length, 0),
        hashes: due.flat().length,
        logsWithoutHash: due.filter(({ length }) => length === 0).length,
      });
      assert.match(renderReplay(report), /^THE SAME STATES AS THEN\n\nReplayed \d+ logs, /);
    }));

  it('says so when there is nothing to compare with', async () => {
    const logs = new MemoryLogs();
    logs.append(thread, { type: 'thread.opened', project: 'shop', task: 'pr-1' });
    const report = await replayAll(logs);
    assert.partialDeepStrictEqual(report, { same: true, events: 1, hashes: 0, logsWithoutHash: 1 });
    assert.match(
      renderReplay(report),
      /1 log, 1 event, 0 state hashes compared, 1 log without any/,
    );
  });

  it('names the first hash after which a machine leads elsewhere than it did', () =>
    withHistory(async (logs) => {
      const entry = (await logs.logs()).find(({ actor }) => actor === thread);
      assert.ok(entry);
      for (const [since, due, agreedAt] of [
        [0, 8, null],
        [8, 16, 8],
        [12, 16, 8],
        [15, 16, 8],
      ] as const) {
        const { divergence, hashes } = await replayLog(logs, entry, changed(since));
        assert.partialDeepStrictEqual(divergence, { what: 'state', seq: due, agreedAt });
        assert.equal(hashes, due / 8);
        assert.notEqual(divergence?.expected, divergence?.found);
      }
    }));

  it('names the first hash after an event that was changed and signed again', () =>
    withHistory(
      async (logs, root) => {
        const report = await replayAll(logs);
        assert.deepEqual(brief(report), [
          { actor: thread, seq: 8, what: 'state', program: '0.0.0', recorded: 1, agreedAt: null },
        ]);
        assert.match(renderReplay(report), /^NOT THE SAME: 1 log\n\n1\. state: /);
        const { code, out } = await bzzzIn(root, 'audit', 'replay', '--all', '--data', root);
        assert.equal(code, 1);
        assert.match(out, /events 0 to 7 lead elsewhere today/);
      },
      async (forger) => {
        const change = changing('thread.review.opened', (event) => ({
          ...event,
          deadlineAt: '2030-01-01T00:00:00.000Z',
        }));
        const blocks = change(await forger.events(thread)).map((event) => encodeRecorded(event));
        await forger.replace(await forger.keyOf(thread), blocks);
      },
    ));

  it('takes an unlawful event and an unreadable one for a divergence, each in its log', () =>
    withHistory(
      async (logs) => {
        const report = await replayAll(logs);
        const length = (await eventsOf(logs, thread).catch(() => [])).length;
        assert.equal(length, 0);
        const found = brief(report);
        const unlawful = found.find((each) => JSON.stringify(each).includes('"unlawful"'));
        assert.partialDeepStrictEqual(unlawful, { actor: reviewer, seq: 1, program: '0.0.0' });
        const unreadable = found.find((each) => JSON.stringify(each).includes('"unreadable"'));
        assert.partialDeepStrictEqual(unreadable, { actor: thread, seq: 3, agreedAt: null });
        assert.equal(found.length, 2);
      },
      async (forger) => {
        await forger.rewrite(reviewer, (events) => events.toSpliced(1, 1));
        const key = await forger.keyOf(thread);
        await forger.changeBlock(key, 3, () => Buffer.from('{"meta":{}}'));
      },
    ));

  it('stops when it is told to, and says how far it is', () =>
    withHistory(async (logs) => {
      const stop = new AbortController();
      const seen: number[] = [];
      const onProgress = ({
        events,
        eventsTotal,
      }: {
        events: number;
        eventsTotal: number;
      }): void => {
        seen.push(events);
        assert.ok(events <= eventsTotal);
        if (events > 0) stop.abort(new Error('enough'));
      };
      await assert.rejects(replayAll(logs, { signal: stop.signal, onProgress }), /enough/);
      assert.ok(seen.length > 1);
    }));
});

describe('bzzz audit replay --all', () => {
  it('reports for people and for programs, and exits 0 when nothing differs', () =>
    withTempDir(async (root) => {
      await writeHistory(root, [agreed]);
      const text = await bzzzIn(root, 'audit', 'replay', '--all', '--data', root);
      assert.equal(text.code, 0, text.err);
      assert.match(text.out, /^THE SAME STATES AS THEN/);
      const { code, out } = await bzzzIn(
        root,
        'audit',
        'replay',
        '--all',
        '--json',
        '--data',
        root,
      );
      assert.equal(code, 0);
      assert.partialDeepStrictEqual(JSON.parse(out), { same: true, divergences: [] });
    }));

  it('refuses to be told of one actor and of all', async () => {
    for (const args of [['--all', thread], ['--all', '--seq', '3'], []]) {
      const { code, err } = await bzzzIn('.', 'audit', 'replay', ...args);
      assert.equal(code, 2);
      assert.match(err, /ARGUMENT_INVALID/);
    }
  });
});

/** The machine of a thread after a change that shows from an event on: it wraps what it knows. */
function changed(since: number): Pick<Fold, 'accept' | 'state'> {
  const fold = new Fold('thread');
  let events = 0;
  return {
    accept: (event) => fold.accept(event) && ++events > 0,
    get state() {
      const { value, context }: { value: unknown; context: unknown } = fold.state;
      return { value, context: events > since ? { changed: context } : context };
    },
  };
}
