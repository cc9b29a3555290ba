import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { reviewReport } from '../../src/review/reviewReport.ts';
import { writerArgs } from '../faults/strace.ts';
import type { Step } from '../support/fakeProvider.ts';
import { placeFor } from './support/place.ts';
import { change, envOf, pricedConfig, startTeam, teamOf, until } from './support/team.ts';

const thread = 'bzzz://*:*@shop:pr-42';

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
  return { place, team, pace };
}

describe('a data directory is backed up', () => {
  it('while a review runs in another process, and the review goes on from the backup', async (t) => {
    const { place, team, pace } = await openShop(t);
    pace.step = { delayMs: 60_000 };
    const args = ['review', '--format', 'json', '--diff', 'change.diff', '--task', 'pr-42'];
    const { child, ended } = place.start(args, { env: envOf(team) });
    await until(() => team.seen.length === 4);
    const made = await place.bzzz(['backup', 'safe']);
    assert.deepEqual([made.code, made.err], [0, '']);
    assert.match(made.out, /: backed up to \S+\/safe; 8 logs, .* audited, intact\n$/);
    child.kill('SIGKILL');
    await ended;

    pace.step = {};
    const back = await place.bzzz(['restore', 'safe', '--by', 'ann', '--data', 'again', '--json']);
    assert.equal(back.code, 0, back.err);
    const resumed = await place.bzzz(
      ['review', '--format', 'json', '--resume', thread, '--data', 'again'],
      { env: envOf(team) },
    );
    const report = reviewReport.parse(JSON.parse(resumed.out));
    assert.deepEqual([report.thread, report.outcome], [thread, 'changes_requested']);
    const audit = await place.bzzz(['audit', 'verify', '--data', 'again']);
    assert.equal(audit.code, 0, audit.out);
    assert.match(audit.out, /went on from a backup of \S+, restored by ann/);
    // The place of the backup is as it was, and nobody reviews in it.
    const wrong = await place.bzzz(['review', '--resume', '--data', 'safe'], { env: envOf(team) });
    assert.deepEqual([wrong.code, wrong.out], [2, '']);
    assert.match(wrong.err, /^bzzz: [^\n]* is a backup, [^\n]*run bzzz restore[^\n]*\n$/);
  });

  it('anew after a kill at any time, and so it is restored', async (t) => {
    const place = await placeFor(t);
    const long = { root: join(place.dir, '.bzzz'), durability: 'process', count: 1500 };
    assert.equal(
      (await place.startCommand(process.execPath, writerArgs(long, 4000)).ended).code,
      0,
    );
    const steps = [
      { args: ['backup', 'safe'], at: join(place.dir, 'safe') },
      { args: ['restore', 'safe', '--by', 'ann', '--data', 'again'], at: join(place.dir, 'again') },
    ];
    for (const { args, at } of steps) {
      for (const afterMs of [0, 60, 200]) {
        const { child, ended } = place.start(args);
        await until(() => markIn(at).includes(`"pid": ${child.pid}`));
        await sleep(afterMs);
        child.kill('SIGKILL');
        assert.equal((await ended).signal, 'SIGKILL');
        const seen = await place.bzzz(['audit', 'verify', '--data', at]);
        assert.deepEqual([seen.code, seen.out], [2, '']);
        assert.match(seen.err, /cut off; run it again/);
        const used = await place.bzzz(['review', '--resume', '--data', at]);
        assert.deepEqual([used.code, used.out], [2, '']);
      }
      const done = await place.bzzz(args);
      assert.equal(done.code, 0, done.err);
      const audit = await place.bzzz(['audit', 'verify', '--data', at]);
      assert.equal(audit.code, 0, audit.out);
    }
  });
});

/** What marks a directory as a copy, its writer among it. */
function markIn(at: string): string {
  const path = join(at, 'copy.json');
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}
