import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { reviewReport } from '../../src/review/reviewReport.ts';
import { FakeProvider } from '../support/fakeProvider.ts';
import { placeFor, type Place } from './support/place.ts';
import { askedOf, change, envOf, finding, pricedConfig, teamOf } from './support/team.ts';

/** A token that no issuer has issued; assembled, so that no scanner takes it for real. */
const token = ['gh', 'p_a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8'].join('');
const secretChange = change.replace('+eval(input);', `+eval('${token}');`);
const origin = 'bzzz://*:*@shop:pr-1';

type Env = Record<string, string>;

/** A review that asks for changes, by models of which one would not have. */
async function reviewed(t: TestContext) {
  const { llm, budget } = pricedConfig;
  const prices = { ...llm.prices, 'fake-other': { input: '1', output: '4' } };
  const place = await placeFor(t, {
    'bzzz.json': { llm: { ...llm, prices }, budget, project: 'shop' },
  });
  const prompts: { model: string; turn: string; prompt: string }[] = [];
  const provider = await FakeProvider.start((seen) => {
    const { role, turn, prompt } = askedOf(seen);
    const { model } = seen.body;
    prompts.push({ model, turn, prompt });
    const [quoted = 'nothing'] = /\[REDACTED:[^\]]+\]/.exec(prompt) ?? [];
    if (turn === 'bzzz_review') {
      const findings = [finding({ detail: `${quoted} is run` })];
      return { text: JSON.stringify({ summary: `${role} has read it`, findings }) };
    }
    const answer = teamOf(() => model !== 'fake-other')(role, turn, prompt);
    const text = JSON.stringify(answer).replaceAll('votes in', `saw ${quoted} and votes in`);
    return { text };
  });
  t.after(() => provider.close());
  const env = envOf(provider);
  const { code, err } = await place.bzzz(['review', '--diff', '-', '--task', 'pr-1'], {
    input: secretChange,
    env,
  });
  assert.equal(code, 1, err);
  return { place, env, prompts };
}

/** The event in which the vote was opened: nobody has voted by then. */
async function voteOpened(place: Place): Promise<string> {
  const { out } = await place.bzzz(['audit', 'replay', origin]);
  const [, seq = ''] = /^ *(\d+) .*thread\.vote\.opened$/m.exec(out) ?? [];
  assert.ok(Number(seq) > 3, out);
  return seq;
}

async function resumed(place: Place, thread: string, env: Env) {
  const args = ['review', '--resume', thread, '--quiet', '--format', 'json'];
  const { code, out, err } = await place.bzzz(args, { env });
  return { code, report: err === '' ? reviewReport.parse(JSON.parse(out)) : null };
}

describe('bzzz thread fork', { concurrency: 2 }, () => {
  it('says what another model would have said, and what that cost', async (t) => {
    const { place, env, prompts } = await reviewed(t);
    const seq = await voteOpened(place);
    const asked = prompts.length;
    const forking = ['thread', 'fork', origin, '--at', seq, '--with-model', 'fake-other'];
    const { code, out, err } = await place.bzzz([...forking, '--by', 'Ann'], { env });
    assert.equal(code, 0, err);
    const fork = `bzzz://*:*@shop:pr-1-at-${seq}`;
    assert.equal(
      out,
      `${fork}\nforked from ${origin} after event ${seq}; fake-other answers for all agents\n` +
        `go on with: bzzz review --resume '${fork}'\n`,
    );
    assert.equal(prompts.length, asked);
    const { code: exit, report } = await resumed(place, fork, env);
    assert.equal(exit, 0);
    assert.equal(report?.outcome, 'approved');
    assert.equal(report.thread, fork);
    assert.deepEqual(report.models.used, ['fake-other']);
    assert.deepEqual(
      new Set(prompts.slice(asked).map(({ turn }) => turn)),
      new Set(['bzzz_ballot']),
    );
    assert.equal(report.proposals[0]?.title, 'Input is run as code');
    assert.equal(report.change.files, 1);
    assert.deepEqual(
      report.participants.map(({ status }) => status),
      report.participants.map(() => 'reviewed'),
    );
    const first = (await place.bzzz(['review', '--resume', origin, '--format', 'json'], { env }))
      .out;
    const before = reviewReport.parse(JSON.parse(first));
    assert.equal(before.outcome, 'changes_requested');
    const total = await place.bzzz(['cost', '--by', 'thread', '--json']);
    assert.equal(total.code, 0, total.err);
    assert.ok(report.cost.spentMicroUsd > 0);
    assert.equal(report.cost.limits[0]?.scope, `task:pr-1-at-${seq}`);
    const day = report.cost.limits[1]?.spentMicroUsd;
    assert.equal(day, before.cost.spentMicroUsd + report.cost.spentMicroUsd);
    const { out: list } = await place.bzzz(['thread', 'ls']);
    assert.match(list, new RegExp(`pr-1-at-${seq}, forked from \\S+pr-1 after event ${seq}\n`));
    const verified = await place.bzzz(['audit', 'verify']);
    assert.match(verified.out, /^INTACT\n/);
    assert.match(verified.out, /forked: .* by Ann, model fake-other/);
  });

  it('tells the story with what was taken out and put back, before and after the fork', async (t) => {
    const { place, env, prompts } = await reviewed(t);
    const seq = await voteOpened(place);
    const json = await place.bzzz(
      ['thread', 'fork', origin, '--at', seq, '--task', 'what-if', '--by', 'Ann', '--json'],
      { env },
    );
    const fork = 'bzzz://*:*@shop:what-if';
    assert.deepEqual(JSON.parse(json.out), {
      thread: fork,
      origin,
      length: Number(seq) + 1,
      model: null,
    });
    const asked = prompts.length;
    await resumed(place, fork, env);
    const placeholders = (from: number, to?: number) =>
      new Set(
        prompts.slice(from, to).flatMap(({ prompt }) => prompt.match(/\[REDACTED:[^\]]+\]/g) ?? []),
      );
    assert.equal(placeholders(0, asked).size, 1);
    assert.deepEqual(placeholders(asked), placeholders(0, asked));
    const shown = await place.bzzz(['thread', 'show', fork]);
    assert.doesNotMatch(shown.out, new RegExp(token));
    const [before = '', after = ''] = shown.out.split('goes its own way');
    assert.match(before, new RegExp(`forked from \\S+pr-1 after event ${seq} by Ann\n`));
    assert.match(before, /\[REDACTED:[^\]]+\] is run/);
    assert.match(after, /saw \[REDACTED:/);
    const restored = await place.bzzz(['thread', 'show', fork, '--restore']);
    const [said = '', since = ''] = restored.out.split('goes its own way');
    assert.match(said, new RegExp(`${token} is run`));
    assert.match(since, new RegExp(`saw\\s+${token}`));
  });

  it('refuses a model without a price, and creates nothing', async (t) => {
    const { place, env } = await reviewed(t);
    const seq = await voteOpened(place);
    const args = ['thread', 'fork', origin, '--at', seq, '--by', 'Ann', '--with-model', 'nobody-1'];
    const { code, err } = await place.bzzz(args, { env });
    assert.equal(code, 2);
    assert.match(err, /\[MODEL_UNKNOWN\]/);
    const threads: unknown = JSON.parse((await place.bzzz(['thread', 'ls', '--json'])).out);
    assert.equal(Array.isArray(threads) && threads.length, 1);
  });

  it('refuses to go on from a change that was erased', async (t) => {
    const { place, env } = await reviewed(t);
    const seq = await voteOpened(place);
    const erasing = ['erase', '--subject', origin, '--reason', 'asked to', '--by', 'Ann'];
    const erased = await place.bzzz(erasing);
    assert.equal(erased.code, 0, erased.err);
    const { code, err } = await place.bzzz(['thread', 'fork', origin, '--at', seq, '--by', 'Ann'], {
      env,
    });
    assert.equal(code, 2);
    assert.match(err, /was erased.* \[BODY_UNREADABLE\]/);
  });

  it('says what is missing or wrong in what it was asked', async (t) => {
    const place = await placeFor(t);
    const none = await place.bzzz(['thread', 'fork', 'pr-1', '--at', '1', '--by', 'Ann']);
    assert.match(none.err, /\[ADDRESS_INVALID\]/);
    const missing = await place.bzzz(['thread', 'fork', origin, '--by', 'Ann']);
    assert.equal(missing.code, 2);
    assert.match(missing.err, /--at <seq>/);
  });
});
