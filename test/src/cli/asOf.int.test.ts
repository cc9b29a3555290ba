import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { after, before, describe, it } from 'node:test';
import { join } from 'node:path';
import { agentAddress, nodeAddress, threadAddress } from '../../../events/index.ts';
import { asOf } from '../../../src/cli/asOf.ts';
import { run } from '../../../src/cli/program.ts';
import { dataDir, openReadOnly } from '../../../src/log/index.ts';
import type { Actors } from '../../../src/ports.ts';
import { agreed, escalated, writeHistory } from '../../support/history.ts';
import { bzzzAt, type Printed } from '../../support/inProcess.ts';
import { MemoryLogs } from '../../support/memoryLogs.ts';
import { withHandle } from '../../support/wrap.ts';

const thread = threadAddress('shop', 'pr-2');
const reviewer = agentAddress('reviewer', 'reviewer', 'shop');
const node = nodeAddress('local');

const questions: readonly (readonly string[])[] = [
  ['thread', 'ls', '--json'],
  ['thread', 'show', thread, '--json'],
  ['thread', 'show', thread],
  ['agent', 'ls', '--json'],
  ['agent', 'show', reviewer, '--json'],
  ['cost', '--json'],
  ['cost', '--by', 'role', '--since', '2026-11-23T12:00:00.100Z', '--json'],
  ['budget', 'show', '--json'],
  ['budget', 'holds', '--json'],
  ['escalation', 'ls', '--all', '--json'],
  ['escalation', 'ls'],
  ['log', 'ls', '--json'],
  ['log', 'cat', node, '--text'],
  ['log', 'cat', thread, '--from', '2', '--to', '20', '--text'],
];

type Seen = { readonly at: string; readonly printed: readonly Printed[] };

function ask(root: string, question: readonly string[], at: string): Promise<Printed> {
  const clock = { nowMs: () => Date.parse(at) };
  return bzzzAt(clock, root, '--data', root, '--project', 'shop', ...question);
}

/** When the newest event of all logs was recorded. */
async function newest(root: string): Promise<string> {
  const logs = await openReadOnly(dataDir(root));
  let at = '';
  for (const { log } of await logs.logs()) {
    for await (const { meta } of logs.events(log, 0)) if (meta.at > at) at = meta.at;
  }
  await logs.close();
  return at;
}

/** Actors that stand still after some of their commands, while everything is asked of the directory. */
function watched(root: string, actors: Actors, seen: Seen[], every: number): Actors {
  let last: Promise<unknown> = Promise.resolve();
  let commands = 0;
  return withHandle(actors, (instruction) => {
    const handled = last.then(async () => {
      const outcome = await actors.handle(instruction);
      if (++commands % every === 0) {
        const at = await newest(root);
        const printed: Printed[] = [];
        for (const question of questions) printed.push(await ask(root, question, at));
        seen.push({ at, printed });
      }
      return outcome;
    });
    last = handled.catch(() => undefined);
    return handled;
  });
}

describe('--at', () => {
  let root = '';
  const seen: Seen[] = [];

  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'bzzz-test-'));
    await writeHistory(root, [
      agreed,
      { ...escalated, answer: 'approved', through: (actors) => watched(root, actors, seen, 15) },
    ]);
  });
  after(() => rm(root, { recursive: true, force: true }));

  it('shows what each command printed then, to the letter', async () => {
    assert.ok(seen.length >= 5, `${seen.length} moments`);
    const later = '2026-11-24T00:00:00.000Z';
    for (const { at, printed } of seen) {
      for (const [index, question] of questions.entries()) {
        const now = await ask(root, [...question, '--at', at], later);
        assert.deepEqual(now, printed[index], `${question.join(' ')} at ${at}`);
      }
    }
    // Something did change between the moments, or this would show nothing.
    for (const [index, question] of questions.entries()) {
      const different = new Set(seen.map(({ printed }) => printed[index]?.out));
      const still = question[0] === 'log' || question[0] === 'escalation';
      assert.ok(different.size > (still ? 0 : 1), question.join(' '));
    }
    const codes = seen.flatMap(({ printed }) => printed.map(({ code }) => code));
    assert.deepEqual([...new Set(codes)], [0]);
  });

  it('includes the instant itself, and nothing after it', async () => {
    const [{ at } = { at: '' }] = seen;
    const lines = async (time: string): Promise<number> => {
      const { out } = await ask(root, ['log', 'cat', thread, '--at', time], '2026-11-24T00:00:00Z');
      const times = out.split('\n').flatMap((line) => /"at":"([^"]+)"/.exec(line)?.[1] ?? []);
      assert.ok(times.every((each) => each <= time));
      return times.length;
    };
    const { out } = await ask(root, ['log', 'cat', thread], at);
    const last = out.split('\n').flatMap((line) => /"at":"([^"]+)"/.exec(line)?.[1] ?? []);
    const one = last[7] ?? '';
    const before1 = new Date(Date.parse(one) - 1).toISOString();
    assert.ok((await lines(one)) > (await lines(before1)));
  });

  it('finds nothing before there was anything', async () => {
    const then = ['--at', '2020-01-01'];
    for (const question of questions.filter((each) => !each.includes('--since'))) {
      const { code, out, err } = await ask(root, [...question, ...then], '2026-11-24T00:00:00Z');
      const names =
        question.includes(thread) || question.includes(reviewer) || question.includes(node);
      assert.equal(code, names ? 2 : 0, `${question.join(' ')}: ${err}`);
      if (names) assert.match(err, /\[NOT_FOUND\]/);
      else assert.doesNotMatch(out, /pr-1/);
    }
  });

  it('refuses a moment to come, and one before --since', async () => {
    const now = '2026-11-24T00:00:00.000Z';
    const future = await ask(root, ['cost', '--at', '2026-11-24T00:00:00.001Z'], now);
    assert.deepEqual([future.code, future.out], [2, '']);
    assert.match(future.err, /still to come.*\[ARGUMENT_INVALID\]/);
    const args = ['cost', '--since', '2026-11-23T12:00:00Z', '--at', '2026-11-23'];
    assert.match((await ask(root, args, now)).err, /--since must not be after --at/);
  });

  it('says how far it is to whoever looks on', async () => {
    const { code, err } = await watch(['thread', 'ls', '--at', '2026-11-24T00:00:00.000Z']);
    assert.equal(code, 0);
    assert.match(err, /^\r\d+ of \d+ events/);
    assert.ok(err.endsWith('\r\u001b[K'));
  });

  /** The command line as a person at a terminal has it. */
  async function watch(
    args: readonly string[],
    signal = new AbortController().signal,
  ): Promise<Printed> {
    let [out, err] = ['', ''];
    const code = await run(['--data', root, ...args], {
      env: {},
      cwd: root,
      isTerminal: { out: true, err: true },
      columns: 100,
      clock: { nowMs: () => Date.parse('2026-11-24T00:00:00.000Z') },
      signal,
      out: (text) => (out += text),
      err: (text) => (err += text),
      read: async () => '',
    });
    return { code, out, err };
  }

  it('leaves nothing behind, also when it fails', async () => {
    const left = async (): Promise<string[]> =>
      (await readdir(tmpdir())).filter((name) => name.startsWith('bzzz-views-'));
    const known = await left();
    const now = '2026-11-24T00:00:00.000Z';
    assert.equal((await ask(root, ['thread', 'show', 'nonsense', '--at', now], now)).code, 2);
    assert.equal((await ask(root, ['thread', 'ls', '--at', now], now)).code, 0);
    const aborted = AbortSignal.abort(new Error('stopped'));
    assert.equal((await watch(['thread', 'ls', '--at', now], aborted)).code, 130);
    const fresh = (await left()).filter((name) => !known.includes(name));
    assert.deepEqual(fresh, []);
  });
});

describe('logs as of a moment', () => {
  it('stop when they are told to', async () => {
    const logs = new MemoryLogs();
    for (let task = 0; task < 600; task++)
      logs.append(node, {
        type: 'node.log.registered',
        actor: threadAddress('shop', `t${task}`),
        kind: 'thread',
        log: 'ab'.repeat(32),
      });
    const stop = new AbortController();
    const seen: number[] = [];
    const onProgress = ({ done }: { done: number }): void => {
      seen.push(done);
      stop.abort(new Error('enough'));
    };
    const past = asOf(logs, '2027-01-01T00:00:00.000Z', { signal: stop.signal, onProgress });
    await assert.rejects(past, /enough/);
    assert.deepEqual(seen, [256]);
  });

  it('end before the first later event, though the clock was set back afterwards', async () => {
    const at = ['10:00:00.000Z', '10:00:09.000Z', '10:00:01.000Z'].map(
      (time) => `2026-11-23T${time}`,
    );
    const logs = new MemoryLogs();
    const recorded = logs.append(
      node,
      ...at.map((_, index) => ({
        type: 'node.log.registered' as const,
        actor: threadAddress('shop', `t${index}`),
        kind: 'thread' as const,
        log: 'ab'.repeat(32),
      })),
    );
    const dated: Pick<typeof logs, 'logs' | 'events' | 'head'> = {
      logs: () => logs.logs(),
      head: (log, length) => logs.head(log, length),
      async *events(_log, from, to) {
        for (const [seq, each] of recorded.slice(from, to).entries())
          yield { ...each, meta: { ...each.meta, at: at[from + seq] ?? '' } };
      },
    };
    const signal = new AbortController().signal;
    const past = await asOf(dated, '2026-11-23T10:00:05.000Z', {
      signal,
      onProgress: () => undefined,
    });
    const [{ log, length } = { log: '', length: 0 }] = await past.logs();
    assert.equal(length, 1);
    const seqs: number[] = [];
    for await (const { meta } of past.events(log, 0, 9)) seqs.push(meta.seq);
    assert.deepEqual(seqs, [0]);
    assert.deepEqual(await past.head(log), await logs.head(log, 1));
  });
});
