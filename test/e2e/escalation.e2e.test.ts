import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { reviewReport, type ReviewReport } from '../../src/review/reviewReport.ts';
import { placeFor, type Place } from './support/place.ts';
import { change, envOf, pricedConfig, startTeam, teamOf } from './support/team.ts';

const divided = teamOf((role) => role === 'architect' || role === 'reviewer');
const address = 'bzzz://*:*@shop:pr-42/escalations/1';
const escalationMs = 1000;

const waiting = z.array(
  z.object({ state: z.string(), thread: z.string(), escalation: z.int(), reason: z.string() }),
);

/** A place in which a review waits for a person. `again` runs the same command once more. */
async function escalated(t: TestContext, env: Readonly<Record<string, string>> = {}) {
  const place = await placeFor(t, { 'bzzz.json': { ...pricedConfig, project: 'shop' } });
  const team = await startTeam(divided);
  t.after(() => team.close());
  const again = async (): Promise<{ code: number | null; asked: number; report: ReviewReport }> => {
    const before = team.seen.length;
    const { code, out, err } = await place.bzzz(
      ['review', '--diff', '-', '--task', 'pr-42', '--format', 'json'],
      { input: change, env: { ...envOf(team), ...env } },
    );
    assert.notEqual(out, '', err);
    const asked = team.seen.length - before;
    return { code, asked, report: reviewReport.parse(JSON.parse(out)) };
  };
  const first = await again();
  assert.deepEqual([first.code, first.report.escalation?.address], [3, address]);
  return { place, again };
}

async function list(place: Place, ...args: string[]): Promise<string[]> {
  const { out } = await place.bzzz(['escalation', 'ls', '--json', ...args]);
  return waiting.parse(JSON.parse(out)).map((found) => `${found.state} ${found.thread}`);
}

function resolve(place: Place, at: string, ...args: string[]) {
  return place.bzzz(['escalation', 'resolve', at, ...args]);
}

describe('an escalation', { concurrency: 2 }, () => {
  it('waits for a person, whose decision is final and recorded', async (t) => {
    const { place, again } = await escalated(t);
    assert.deepEqual(await list(place), ['open bzzz://*:*@shop:pr-42']);
    const still = await again();
    assert.deepEqual([still.code, still.asked], [3, 0]);

    const wrong = address.replace('pr-42', 'pr-41');
    const elsewhere = await resolve(place, wrong, '--decision', 'approved', '--by', 'Ann');
    assert.deepEqual([elsewhere.code, elsewhere.out], [2, '']);
    assert.match(
      elsewhere.err,
      /^bzzz: no escalation waits at [^\n]+; bzzz escalation ls names them/,
    );

    const note = 'The input is ours alone.';
    const said = ['--decision', 'approved', '--by', 'Ann Örtengren', '--note', note];
    const answered = await resolve(place, address, ...said);
    assert.deepEqual([answered.code, answered.err], [0, '']);
    assert.equal(answered.out, 'bzzz://*:*@shop:pr-42: approved, decided by Ann Örtengren\n');
    assert.deepEqual(await list(place), []);
    assert.deepEqual(await list(place, '--all'), ['resolved bzzz://*:*@shop:pr-42']);

    const twice = await resolve(place, address, '--decision', 'changes_requested', '--by', 'Bob');
    assert.deepEqual([twice.code, twice.out], [2, '']);
    assert.match(twice.err, /^bzzz: no escalation waits at [^\n]+\n$/);

    const { code, asked, report } = await again();
    const { decidedBy, by, note: found } = report.decision ?? {};
    assert.deepEqual([code, asked, report.outcome], [0, 0, 'approved']);
    assert.deepEqual([decidedBy, by, found], ['person', 'Ann Örtengren', note]);
    const story = await place.bzzz(['thread', 'show', 'bzzz://*:*@shop:pr-42']);
    assert.match(story.out, /Ann Örtengren decides: approved\n +The input is ours alone\./);
    assert.equal((await place.bzzz(['audit', 'verify'])).code, 0);

    const sealed = (await place.files()).filter((file) => file.startsWith('.bzzz/'));
    for (const file of sealed) {
      const bytes = await readFile(join(place.dir, file));
      assert.ok(!bytes.includes(note), `${file} has the note in clear`);
    }
  });

  for (const [onSilence, exit] of [
    ['changes_requested', 1],
    ['approved', 0],
  ] as const)
    it(`that nobody answers in time ends as ${onSilence}, by whoever comes next`, async (t) => {
      const { place, again } = await escalated(t, {
        BZZZ_POLICY_ESCALATION_MS: String(escalationMs),
        BZZZ_POLICY_ON_SILENCE: onSilence,
      });
      await sleep(escalationMs);
      const overdue = await place.bzzz(['escalation', 'ls']);
      assert.match(
        overdue.out,
        /^overdue +undecided .* bzzz:\/\/\*:\*@shop:pr-42\/escalations\/1$/m,
      );

      const late = await resolve(place, address, '--decision', 'approved', '--by', 'Ann');
      assert.deepEqual([late.code, late.out], [2, ''], 'silence has decided');
      assert.match(late.err, /^bzzz: no escalation waits at/);
      assert.deepEqual(await list(place, '--all'), ['defaulted bzzz://*:*@shop:pr-42']);

      const { code, asked, report } = await again();
      const { verdict, decidedBy, by } = report.decision ?? {};
      assert.deepEqual([code, asked], [exit, 0]);
      assert.deepEqual([verdict, decidedBy, by], [onSilence, 'silence', null]);
      assert.equal((await place.bzzz(['audit', 'verify'])).code, 0);
    });

  it('is brought up by the review of another change, too, once its time is over', async (t) => {
    const { place } = await escalated(t, { BZZZ_POLICY_ESCALATION_MS: String(escalationMs) });
    await sleep(escalationMs);
    const other = change.replaceAll('pay.ts', 'other.ts');
    await place.bzzz(['review', '--diff', '-', '--provider', 'offline'], { input: other });
    assert.deepEqual(await list(place), []);
  });
});
