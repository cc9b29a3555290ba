import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { z } from 'zod';
import { reviewReport, type ReviewReport } from '../../src/review/reviewReport.ts';
import type { Step } from '../support/fakeProvider.ts';
import { placeFor, type Run, type Started } from './support/place.ts';
import { change, envOf, pricedConfig, startTeam, teamOf, until } from './support/team.ts';

const thread = 'bzzz://*:*@shop:pr-42';

/** A place to review in, and a team that answers as slowly as it is told to. */
async function openShop(t: TestContext) {
  const place = await placeFor(t, {
    'bzzz.json': { ...pricedConfig, project: 'shop' },
    'change.diff': change,
  });
  const pace: { step: Step } = { step: {} };
  const team = await startTeam(
    teamOf(() => true),
    () => pace.step,
  );
  t.after(() => team.close());
  const start = (...args: string[]): Started =>
    place.start(['review', '--format', 'json', ...args], { env: envOf(team) });
  return { place, team, pace, start, run: (...args: string[]) => start(...args).ended };
}

function reportIn({ out, err }: Run): ReviewReport {
  assert.notEqual(out, '', err);
  return reviewReport.parse(JSON.parse(out));
}

const first = ['--diff', 'change.diff', '--task', 'pr-42'];

describe('a review goes on', { concurrency: 2 }, () => {
  it('without a model call when the same input comes again', async (t) => {
    const { team, run } = await openShop(t);
    const done = await run('--diff', 'change.diff');
    const asked = team.seen.length;
    const again = await run('--diff', 'change.diff');
    assert.deepEqual([done.code, again.code], [1, 1]);
    assert.deepEqual([again.out, again.err], [done.out, '']);
    assert.equal(team.seen.length, asked);
  });

  it('as a task of its own when it is to be reviewed again', async (t) => {
    const { team, run } = await openShop(t);
    await run(...first);
    const asked = team.seen.length;
    const second = await run(...first, '--again');
    assert.equal(reportIn(second).task, 'pr-42-2');
    assert.ok(team.seen.length >= asked + 7, 'all are asked again');
    const long = 'x'.repeat(64);
    await run('--diff', 'change.diff', '--task', long);
    const cut = await run('--diff', 'change.diff', '--task', long, '--again');
    assert.equal(reportIn(cut).task, `${'x'.repeat(62)}-2`);
  });

  it('never with another change under the same name', async (t) => {
    const { place, run } = await openShop(t);
    await run(...first);
    await place.write('other.diff', change.replaceAll('pay.ts', 'other.ts'));
    const other = await run('--diff', 'other.diff', '--task', 'pr-42');
    assert.deepEqual([other.code, other.out], [2, '']);
    assert.match(other.err, /^bzzz: [^\n]* reviews another change; choose another --task[^\n]*\n$/);
  });

  it('after Ctrl-C, which ends it within five seconds and loses nothing', async (t) => {
    const { place, team, pace, start, run } = await openShop(t);
    pace.step = { delayMs: 60_000 };
    const { child, ended } = start(...first);
    await until(() => team.seen.length === 4);
    const interruptedMs = performance.now();
    child.kill('SIGINT');
    const stopped = await ended;
    assert.ok(performance.now() - interruptedMs < 5000);
    assert.deepEqual([stopped.code, stopped.out], [130, '']);
    assert.match(
      stopped.err,
      /\nbzzz: stopped; the same command, or bzzz review --resume, goes on/,
    );

    pace.step = {};
    const report = reportIn(await run('--resume'));
    assert.deepEqual([report.thread, report.outcome], [thread, 'changes_requested']);
    assert.ok(report.cost.calls > 8, 'the four calls broken off are charged and made again');
    assert.equal(report.cost.heldMicroUsd, 0);
    assert.equal((await place.bzzz(['audit', 'verify'])).code, 0);
  });

  it('after a kill, by its address, by itself, or by its input', async (t) => {
    const { team, pace, start, run } = await openShop(t);
    for (const [index, way] of [['--resume'], ['--resume', thread], first].entries()) {
      pace.step = { delayMs: 60_000 };
      const { child, ended } = start(...(index === 0 ? first : way));
      await until(() => team.seen.length === 4 * (index + 1));
      child.kill('SIGKILL');
      assert.equal((await ended).signal, 'SIGKILL');
    }
    pace.step = {};
    const report = reportIn(await run('--resume'));
    assert.deepEqual([report.thread, report.outcome], [thread, 'changes_requested']);
  });

  it('even if it was decided and nobody was told: the result is told again', async (t) => {
    const { team, run } = await openShop(t);
    const { out } = await run(...first);
    const asked = team.seen.length;
    for (const way of [['--resume'], ['--resume', thread], ['--resume', `${thread}/decisions/2`]]) {
      const told = await run(...way);
      assert.deepEqual([told.code, told.out, told.err], [1, out, ''], way.join(' '));
    }
    assert.equal(team.seen.length, asked);
    const other = await run('--resume', 'bzzz://*:*@shop:pr-41');
    assert.deepEqual([other.code, other.out], [2, '']);
    assert.match(other.err, /^bzzz: there is no review bzzz:\/\/\*:\*@shop:pr-41; bzzz thread ls/);
  });

  it('alone: a second process says in one line that it has to wait, and readers do not', async (t) => {
    const { place, team, pace, start, run } = await openShop(t);
    pace.step = { delayMs: 60_000 };
    const { child, ended } = start(...first);
    await until(() => team.seen.length === 4);
    const second = await run('--diff', 'change.diff');
    assert.deepEqual([second.code, second.out], [2, '']);
    assert.match(
      second.err,
      /^bzzz: another bzzz process is at work in [^\n]*; wait for it[^\n]*\n$/,
    );
    const seen = await place.bzzz(['thread', 'ls', '--json']);
    assert.deepEqual(z.array(z.object({ state: z.string() })).parse(JSON.parse(seen.out)), [
      { state: 'reviewing' },
    ]);
    assert.equal((await place.bzzz(['audit', 'verify'])).code, 0);
    child.kill('SIGTERM');
    assert.equal((await ended).code, 130);
  });

  it('not for ever: waiting for its input it can be stopped', async (t) => {
    const { place } = await openShop(t);
    const { child, ended } = place.start(['review', '--diff', '-'], { input: null });
    // More than fits into a pipe: when all of it is gone, somebody is reading.
    await new Promise((written) => child.stdin?.write('x'.repeat(1_000_000), written));
    child.kill('SIGINT');
    const { code, err } = await ended;
    assert.equal(code, 130);
    assert.match(err, /^bzzz: stopped/);
  });
});
