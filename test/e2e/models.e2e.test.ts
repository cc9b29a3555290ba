import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { z } from 'zod';
import { reviewReport } from '../../src/review/reviewReport.ts';
import type { FakeProvider, Seen, Step } from '../support/fakeProvider.ts';
import { placeFor, type Place, type Run } from './support/place.ts';
import { askedOf, change, envOf, pricedConfig, startTeam, teamOf, until } from './support/team.ts';

const agreed = teamOf(() => true);
const input = change;
const args = ['review', '--diff', '-', '--format', 'json'];

async function teamFor(
  t: TestContext,
  step?: (seen: Seen, index: number) => Step,
): Promise<FakeProvider> {
  const team = await startTeam(agreed, step);
  t.after(() => team.close());
  return team;
}

function placeWith(t: TestContext, llm: object = pricedConfig.llm, rest: object = {}) {
  return placeFor(t, { 'bzzz.json': { ...pricedConfig, project: 'shop', llm, ...rest } });
}

function reportIn({ out, err }: Run) {
  assert.notEqual(out, '', err);
  return reviewReport.parse(JSON.parse(out));
}

async function intact(place: Place): Promise<void> {
  const { code, out } = await place.bzzz(['audit', 'verify']);
  assert.equal(code, 0, out);
}

describe('a real model', { concurrency: 2 }, () => {
  it('is asked in the OpenAI protocol, and costs what it reports, to the micro-dollar', async (t) => {
    const usage = {
      prompt_tokens: 403,
      completion_tokens: 51,
      total_tokens: 454,
      prompt_tokens_details: { cached_tokens: 128 },
      completion_tokens_details: { reasoning_tokens: 20 },
    };
    const price = { input: '1.10', cachedInput: '0.275', output: '4.40' };
    const team = await teamFor(t, () => ({ usage }));
    const place = await placeWith(t, { model: 'priced', prices: { priced: price } });
    const report = reportIn(await place.bzzz(args, { input, env: envOf(team) }));

    for (const { headers, body } of team.seen) {
      assert.equal(headers.authorization, 'Bearer test');
      assert.equal(body.stream_options?.include_usage, true);
      assert.equal(body.model, 'priced');
      assert.ok((body.max_completion_tokens ?? 0) > 0);
      assert.equal(body.response_format?.json_schema.strict, true);
    }
    // (403 - 128) tokens at 1.10, 128 at 0.275, 51 at 4.40 are 562.1 micro-dollars, rounded up once.
    const each = 563;
    const asked = team.seen.length;
    const cutShort = asked - report.cost.inputTokens / usage.prompt_tokens;
    assert.equal(report.models.offline, false);
    assert.deepEqual(report.models.used, ['priced']);
    assert.equal(report.cost.calls, asked);
    const cost = z.object({ total: z.object({ spentMicroUsd: z.int(), heldMicroUsd: z.int() }) });
    const { total } = cost.parse(JSON.parse((await place.bzzz(['cost', '--json'])).out));
    assert.deepEqual(total, { spentMicroUsd: report.cost.spentMicroUsd, heldMicroUsd: 0 });
    // A ballot that could change nothing any more may have been cut short: it is charged its hold.
    if (cutShort === 0) assert.equal(report.cost.spentMicroUsd, asked * each);
    else assert.ok(report.cost.spentMicroUsd > asked * each);
    await intact(place);
  });

  it('that reports no usage is charged what was held', async (t) => {
    const held = await chargedBy(t, { usage: null });
    const reported = await chargedBy(t, {});
    assert.ok(held.spentMicroUsd > reported.spentMicroUsd);
    assert.equal(held.inputTokens, 0);
  });

  async function chargedBy(t: TestContext, step: Step) {
    const team = await teamFor(t, () => step);
    const place = await placeWith(t);
    const { cost } = reportIn(await place.bzzz(args, { input, env: envOf(team) }));
    assert.equal(cost.heldMicroUsd, 0);
    await intact(place);
    return cost;
  }

  it('is tried again when it is busy or breaks off, and no attempt is forgotten', async (t) => {
    const troubles: readonly Step[] = [
      { status: 503, headers: { 'retry-after': '0' } },
      { fault: { kind: 'drop', afterChunks: 1 } },
      { status: 429, headers: { 'retry-after-ms': '20' } },
      { fault: { kind: 'end', afterChunks: 2 } },
    ];
    const team = await teamFor(t, (_, index) => troubles[index] ?? {});
    const place = await placeWith(t);
    const run = await place.bzzz(args, { input, env: envOf(team) });
    const { outcome, cost } = reportIn(run);
    assert.equal(outcome, 'changes_requested');
    assert.match(run.err, /the model call failed \(MODEL_UNAVAILABLE\)/);
    assert.deepEqual([cost.calls, cost.heldMicroUsd], [team.seen.length, 0]);
    await intact(place);
  });

  it('may ask to be left alone for ever without harm to the logs', async (t) => {
    const far = '9'.repeat(22);
    const team = await teamFor(t, (_, index) =>
      index < 4 ? { status: 503, headers: { 'retry-after': far } } : {},
    );
    const place = await placeWith(t);
    const { child, ended } = place.start(args, { input, env: envOf(team) });
    let told = '';
    child.stderr?.on('data', (text: string) => (told += text));
    await until(() => team.seen.length === 4);
    await until(() => told.split('the model call failed').length > 4);
    child.kill('SIGINT');
    assert.equal((await ended).code, 130);
    const again = await place.bzzz(['review', '--resume', '--format', 'json'], {
      env: envOf(team),
    });
    assert.equal(reportIn(again).outcome, 'changes_requested');
    await intact(place);
  });

  it('can be a free one nearby, named in two lines', async (t) => {
    const team = await teamFor(t);
    const place = await placeWith(t, { model: 'llama3.3', prices: { 'llama3.3': { free: true } } });
    const run = await place.bzzz(args, { input, env: { OPENAI_BASE_URL: team.baseUrl } });
    const { cost, models } = reportIn(run);
    assert.deepEqual([cost.spentMicroUsd, models.used], [0, ['llama3.3']]);
    assert.ok(team.seen.every(({ headers }) => headers.authorization === undefined));
  });

  it('is chosen by the tier of the role, or for all by an option', async (t) => {
    const team = await teamFor(t);
    const place = await placeWith(t);
    await place.bzzz(args, { input, env: envOf(team) });
    const byRole = new Map(team.seen.map((seen) => [askedOf(seen).role, seen.body.model]));
    assert.deepEqual(byRole.get('architect'), 'fake-large');
    assert.equal(new Set(byRole.values()).size, 2);
    const before = team.seen.length;
    const all = ['--model', 'fake-small', '--again'];
    await place.bzzz([...args, ...all], { input, env: envOf(team) });
    assert.ok(team.seen.slice(before).every(({ body }) => body.model === 'fake-small'));
  });

  it('never sees its key in an output, a log or a file', async (t) => {
    const key = `sk-e2e-${randomBytes(12).toString('hex')}`;
    const team = await teamFor(t, ({ headers }, index) => {
      // A server that quotes what it was sent: at first in a refusal, then in a failure.
      const body = { error: { message: `Incorrect API key: ${headers.authorization}` } };
      if (index === 0) return { status: 401, body };
      return index === 1 ? { status: 500, body, headers: { 'retry-after': '0' } } : {};
    });
    const place = await placeWith(t);
    const env = { OPENAI_BASE_URL: team.baseUrl, OPENAI_API_KEY: key };
    const said: Run[] = [];
    const run = async (command: readonly string[]): Promise<void> => {
      said.push(await place.bzzz(command, { input, env }));
    };
    await run([...args, '--out', 'report.json']);
    await run([...args, '--out', 'report.json']);
    for (const command of ['config show', 'config show --json', 'doctor', 'cost', 'log ls --json'])
      await run(command.split(' '));
    for (const log of logsIn(said.at(-1)?.out ?? '')) await run(['log', 'cat', log, '--text']);

    assert.ok(team.seen.every(({ headers }) => headers.authorization === `Bearer ${key}`));
    assert.deepEqual([said[0]?.code, said[1]?.code], [2, 1], said[1]?.err);
    for (const { out, err } of said) assert.ok(!(out + err).includes(key), out + err);
    const files = await place.files();
    assert.ok(
      files.some((file) => file.startsWith('.bzzz/store/')) && files.includes('report.json'),
    );
    for (const file of files)
      assert.ok(!(await readFile(join(place.dir, file))).includes(key), `${file} has the key`);
  });

  function logsIn(out: string): string[] {
    return z
      .array(z.object({ log: z.string() }))
      .parse(JSON.parse(out))
      .map(({ log }) => log);
  }
});

describe('a role of one’s own', () => {
  const security = {
    name: 'security',
    title: 'The security reviewer',
    prompt: 'You look for what an attacker could use.',
    capabilities: ['security'],
    tier: 'premium',
    memory: { notes: 5 },
  };

  it('takes part when its file is named, and may replace one that comes with bzzz', async (t) => {
    const team = await teamFor(t);
    const mine = { ...security, name: 'reviewer', prompt: 'You look for what I care about.' };
    const rest = {
      roles: ['security', 'reviewer', 'performance'],
      roleFiles: ['roles/security.json', 'roles/mine.json'],
      policy: { vetoRoles: ['security'] },
    };
    const place = await placeWith(t, pricedConfig.llm, rest);
    await place.write('roles/security.json', security);
    await place.write('roles/mine.json', mine);
    const report = reportIn(await place.bzzz(args, { input, env: envOf(team) }));
    assert.deepEqual(
      report.participants.map(({ name, status }) => `${name} ${status}`),
      ['performance reviewed', 'reviewer reviewed', 'security reviewed'],
    );
    const prompts = new Map(
      team.seen.map((seen) => [askedOf(seen).role, seen.body.messages[1]?.content ?? '']),
    );
    assert.match(prompts.get('security') ?? '', /You look for what an attacker could use\./);
    assert.match(prompts.get('reviewer') ?? '', /You look for what I care about\./);
    const { out } = await place.bzzz([
      'agent',
      'show',
      'bzzz://security:security@shop:*',
      '--json',
    ]);
    assert.match(out, /"premium"/);
  });

  it('works with the offline model, too', async (t) => {
    const place = await placeWith(
      t,
      {},
      { roles: ['security', 'reviewer'], roleFiles: ['s.json'] },
    );
    await place.write('s.json', security);
    const report = reportIn(await place.bzzz(args, { input }));
    assert.equal(report.models.offline, true);
    assert.deepEqual(
      report.participants.map(({ status }) => status),
      ['reviewed', 'reviewed'],
    );
  });
});

describe('an agent', () => {
  it('that is suspended keeps a review from starting, until it is resumed or left out', async (t) => {
    const place = await placeWith(t, {});
    assert.equal((await place.bzzz(args, { input })).code, 1);
    const agent = 'bzzz://performance:performance@shop:*';
    const suspended = await place.bzzz(['agent', 'suspend', agent, '--by', 'Ann']);
    assert.deepEqual([suspended.code, suspended.err], [0, '']);
    const refused = await place.bzzz([...args, '--again'], { input });
    assert.deepEqual([refused.code, refused.out], [2, '']);
    assert.match(
      refused.err,
      /^bzzz: [^\n]* is suspended; bzzz agent resume '[^\n]*--roles[^\n]*\n$/,
    );
    const without = [...args, '--roles', 'architect,reviewer'];
    assert.equal((await place.bzzz(without, { input })).code, 1);
    await place.bzzz(['agent', 'resume', agent, '--by', 'Ann']);
    assert.equal((await place.bzzz([...args, '--again'], { input })).code, 1);
    const retired = await place.bzzz(['agent', 'retire', agent, '--by', 'Ann']);
    assert.equal(retired.code, 0);
    const gone = await place.bzzz([...args, '--again'], { input });
    assert.match(gone.err, /is retired; review without it by --roles/);
    await intact(place);
  });
});
