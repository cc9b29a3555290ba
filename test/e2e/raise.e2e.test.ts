import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { z } from 'zod';
import { reviewReport, type ReviewReport } from '../../src/review/reviewReport.ts';
import { placeFor, type Place } from './support/place.ts';
import { askedOf, change, envOf, pricedConfig, startTeam, teamOf } from './support/team.ts';

const thread = 'bzzz://*:*@shop:pr-42';
const address = `${thread}/escalations/1`;
const agents = 4;
/** Enough for what the agents have to say first, and for no vote. */
const smallUsd = '0.05';
const config = {
  ...pricedConfig,
  project: 'shop',
  review: { maxTokens: { review: 300, vote: 60_000 } },
};
const waiting = z.array(z.object({ state: z.string(), reason: z.string() }));

/** A place in which the money of a review has run out after the first round. */
async function broke(t: TestContext) {
  const place = await placeFor(t, { 'bzzz.json': config });
  const team = await startTeam(teamOf(() => true));
  t.after(() => team.close());
  const review = async (...args: string[]) => {
    const before = team.seen.length;
    const { code, out, err } = await place.bzzz(['review', '--format', 'json', ...args], {
      input: args.includes('--diff') ? change : '',
      env: envOf(team),
    });
    assert.notEqual(out, '', err);
    const report: ReviewReport = reviewReport.parse(JSON.parse(out));
    const turns = team.seen.slice(before).map((seen) => askedOf(seen).turn);
    return { code, report, turns };
  };
  const first = await review('--diff', '-', '--task', 'pr-42', '--budget', smallUsd);
  assert.deepEqual(
    [first.code, first.report.escalation?.address, await open(place)],
    [3, address, ['open budget']],
  );
  assert.deepEqual(first.turns, Array(agents).fill('bzzz_review'));
  return { place, review };
}

async function open(place: Place): Promise<string[]> {
  const { out } = await place.bzzz(['escalation', 'ls', '--json']);
  return waiting.parse(JSON.parse(out)).map(({ state, reason }) => `${state} ${reason}`);
}

function resolve(place: Place, at: string, ...args: string[]) {
  return place.bzzz(['escalation', 'resolve', at, ...args]);
}

describe('a review that runs out of money', { concurrency: 2 }, () => {
  it('goes on where it was once a person raises the cap, and pays no answer twice', async (t) => {
    const { place, review } = await broke(t);
    const still = await review('--resume');
    assert.deepEqual([still.code, still.turns], [3, []]);

    const raised = await resolve(place, address, '--raise', '5', '--by', 'Ann');
    assert.deepEqual([raised.code, raised.err], [0, '']);
    assert.match(raised.out, /task:pr-42 is capped at \$5.*bzzz review --resume/);
    assert.deepEqual(await open(place), []);

    const { code, report, turns } = await review('--resume');
    assert.deepEqual([code, report.outcome], [1, 'changes_requested']);
    assert.deepEqual(turns, Array(agents).fill('bzzz_ballot'), 'the reviews are on record');
    const again = await review('--resume');
    assert.deepEqual([again.code, again.turns], [1, []]);
    assert.equal((await place.bzzz(['audit', 'verify'])).code, 0);
  });

  it('stays as it is after every wrong answer, each with one line that says why', async (t) => {
    const { place } = await broke(t);
    const before = await place.bzzz(['budget', 'show', '--json']);
    const wrong: readonly (readonly [why: RegExp, ...args: string[]])[] = [
      [/may spend .* already/, address, '--raise', '0.01', '--by', 'Ann'],
      [/--decision.*--raise/, address, '--raise', '5', '--decision', 'approved', '--by', 'Ann'],
      [/no escalation waits at/, address.replace('42', '41'), '--raise', '5', '--by', 'Ann'],
      [/no escalation waits at/, `${thread}/escalations/2`, '--raise', '5', '--by', 'Ann'],
      [/--raise/, address, '--raise', '-5', '--by', 'Ann'],
      [/--by/, address, '--raise', '5'],
      [/--decision or --raise/, address, '--by', 'Ann'],
    ];
    for (const [why, at = '', ...args] of wrong) {
      const { code, out, err } = await resolve(place, at, ...args);
      assert.deepEqual([code, out], [2, ''], args.join(' '));
      assert.match(err, /^bzzz: [^\n]+\n$/);
      assert.match(err, why);
      assert.deepEqual(await open(place), ['open budget'], args.join(' '));
    }
    assert.deepEqual(await place.bzzz(['budget', 'show', '--json']), before);
  });

  it('is not what a review is that the agents could not agree on', async (t) => {
    const place = await placeFor(t, { 'bzzz.json': { ...pricedConfig, project: 'shop' } });
    let asked = 0;
    const team = await startTeam(teamOf(() => asked++ % 2 === 0));
    t.after(() => team.close());
    const args = ['review', '--diff', '-', '--task', 'pr-42'];
    const { code } = await place.bzzz(args, { input: change, env: envOf(team) });
    assert.equal(code, 3);
    const answered = await resolve(place, address, '--raise', '500', '--by', 'Ann');
    assert.deepEqual([answered.code, answered.out], [2, '']);
    assert.match(answered.err, /^bzzz: [^\n]+ is not about money[^\n]+\n$/);
    assert.deepEqual(await open(place), ['open undecided']);
  });
});
