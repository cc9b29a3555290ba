import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { reviewReport } from '../../src/review/reviewReport.ts';
import { placeFor, type Place, type Run } from './support/place.ts';
import {
  change,
  envOf,
  finding,
  pricedConfig,
  startTeam,
  teamOf,
  type Script,
} from './support/team.ts';

type Reviewed = Run & { readonly place: Place; readonly asked: number };

async function reviewBy(
  t: TestContext,
  script: Script,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<Reviewed> {
  const place = await placeFor(t, { 'bzzz.json': { ...pricedConfig, project: 'shop' } });
  await using team = await startTeam(script);
  const command = ['review', '--diff', '-', '--task', 'pr-42', '--format', 'json', ...args];
  const run = await place.bzzz(command, { input: change, env: { ...envOf(team), ...env } });
  return { ...run, place, asked: team.seen.length };
}

function reportIn({ out, err }: Run) {
  assert.notEqual(out, '', err);
  return reviewReport.parse(JSON.parse(out));
}

const agreed = teamOf(() => true);
const halves = teamOf((role) => role === 'architect' || role === 'reviewer');

describe('a review exits', { concurrency: 2 }, () => {
  it('with 0 when nobody finds anything', async (t) => {
    const run = await reviewBy(t, (role) => ({ summary: `${role} likes it`, findings: [] }));
    const { outcome, decision, proposals } = reportIn(run);
    assert.deepEqual([run.code, outcome, proposals.length], [0, 'approved', 0]);
    assert.deepEqual([decision?.decidedBy, run.asked], ['agents', 4]);
  });

  it('with 0 when all that was found is rejected, or too small to block', async (t) => {
    const rejected = await reviewBy(
      t,
      teamOf((role) => role === 'reviewer'),
    );
    assert.deepEqual([rejected.code, reportIn(rejected).proposals[0]?.outcome], [0, 'rejected']);
    const minor: Script = (role, turn, prompt) =>
      turn === 'bzzz_review'
        ? { summary: '', findings: [finding({ severity: 'low' })] }
        : agreed(role, turn, prompt);
    const small = await reviewBy(t, minor);
    const [proposal] = reportIn(small).proposals;
    assert.deepEqual([small.code, proposal?.outcome, proposal?.blocking], [0, 'accepted', false]);
  });

  it('with 1 when changes are requested, and says who dissents', async (t) => {
    const run = await reviewBy(
      t,
      teamOf((role) => role !== 'performance'),
    );
    const { outcome, decision, proposals } = reportIn(run);
    assert.deepEqual([run.code, outcome, decision?.blocking], [1, 'changes_requested', ['p1']]);
    const votes = proposals[0]?.votes ?? [];
    for (const { role, dissent } of votes) assert.equal(dissent, role === 'performance', role);
    assert.ok(votes.length >= 3);
  });

  it('with 1 after a discussion that has moved somebody', async (t) => {
    const run = await reviewBy(
      t,
      teamOf((role, round) => round === 2 || role === 'architect' || role === 'reviewer'),
    );
    const { outcome, proposals } = reportIn(run);
    assert.deepEqual([run.code, outcome], [1, 'changes_requested']);
    assert.equal(proposals[0]?.remarks.length, 4);
    assert.deepEqual([...new Set(proposals[0]?.votes.map(({ round }) => round))], [1, 2]);
  });

  it('with 3 when the agents stay divided, or one of a unanimous team is not convinced', async (t) => {
    const divided = await reviewBy(t, halves);
    assert.deepEqual([divided.code, reportIn(divided).escalation?.reason], [3, 'undecided']);
    const unanimous = teamOf((role) => role !== 'performance');
    const one = await reviewBy(t, unanimous, ['--rule', 'unanimity']);
    assert.deepEqual([one.code, reportIn(one).escalation?.proposals], [3, ['p1']]);
  });

  it('with 3 when the budget does not suffice, and asks no model', async (t) => {
    const run = await reviewBy(t, agreed, ['--budget', '0.0001']);
    const { escalation, cost } = reportIn(run);
    assert.deepEqual([run.code, escalation?.reason, run.asked], [3, 'budget', 0]);
    assert.deepEqual([cost.spentMicroUsd, cost.heldMicroUsd], [0, 0]);
    assert.match(run.err, /the budget refuses a call \(neverFits\)/);
  });

  it('with 3 when too few can answer, or the time is up', async (t) => {
    const mute: Script = (role, turn, prompt) =>
      role === 'reviewer' ? agreed(role, turn, prompt) : 'I would rather not.';
    const alone = await reviewBy(t, mute);
    const { escalation, participants } = reportIn(alone);
    assert.deepEqual([alone.code, escalation?.reason], [3, 'participants']);
    const failed = participants.filter(({ status }) => status === 'failed');
    assert.deepEqual(
      failed.map(({ reason }) => reason),
      Array(3).fill('MODEL_ANSWER_INVALID'),
    );

    const place = await placeFor(t, { 'bzzz.json': { ...pricedConfig, project: 'shop' } });
    await using slow = await startTeam(agreed, () => ({ delayMs: 20_000 }));
    const late = await place.bzzz(['review', '--diff', '-', '--format', 'json'], {
      input: change,
      env: { ...envOf(slow), BZZZ_REVIEW_DEADLINE_MS: '2000' },
    });
    const { escalation: waiting, cost } = reportIn(late);
    assert.deepEqual([late.code, waiting?.reason, cost.heldMicroUsd], [3, 'deadline', 0]);
    assert.ok(cost.spentMicroUsd > 0, 'a call that was broken off is charged');
  });

  it('with 2 and one line when no model can be reached, and goes on when one can', async (t) => {
    const place = await placeFor(t, { 'bzzz.json': { ...pricedConfig, project: 'shop' } });
    const args = ['review', '--diff', '-', '--quiet'];
    const gone = await startTeam(agreed);
    const nowhere = { ...envOf(gone), BZZZ_LLM_ATTEMPTS_MAX: '1' };
    await gone.close();
    const lost = await place.bzzz(args, { input: change, env: nowhere });
    assert.deepEqual([lost.code, lost.out], [2, '']);
    assert.match(lost.err, /^bzzz: 127\.0\.0\.1:\d+ cannot be reached \(ECONNREFUSED\)[^\n]*\n$/);

    await using wrong = await startTeam(agreed, () => ({ status: 401 }));
    const locked = await place.bzzz(args, { input: change, env: envOf(wrong) });
    assert.deepEqual([locked.code, locked.out], [2, '']);
    assert.match(locked.err, /^bzzz: [^\n]*refused the request: [^\n]*check the API key[^\n]*\n$/);

    // One is refused while the others still wait: what is left of their turns must be there to go on with.
    await using partly = await startTeam(agreed, (_, index) =>
      index === 0 ? { status: 403, delayMs: 100 } : { delayMs: 20_000 },
    );
    const torn = await place.bzzz(args, { input: change, env: envOf(partly) });
    assert.deepEqual([torn.code, torn.out], [2, '']);

    await using team = await startTeam(agreed);
    const found = await place.bzzz(args, { input: change, env: envOf(team) });
    assert.equal(found.code, 1, found.err);
    const audit = await place.bzzz(['audit', 'verify']);
    assert.equal(audit.code, 0, audit.out);
  });
});
