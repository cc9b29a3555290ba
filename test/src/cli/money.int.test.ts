import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { z } from 'zod';
import {
  agentAddress,
  budgetAddress,
  sha256Hex,
  threadAddress,
  type ModelPrice,
} from '../../../events/index.ts';
import { loadConfig } from '../../../src/config/index.ts';
import { openNode, type Node } from '../../../src/node.ts';
import { bzzzIn } from '../../support/inProcess.ts';

// A micro-dollar per token of input, five per token of output.
const rates = { input: 1e6, cachedInput: 1e5, cacheWrite: 1e6, output: 5e6, reasoning: 5e6 };
const price: ModelPrice = {
  free: false,
  longAboveTokens: null,
  tiers: { standard: { base: rates, long: null } },
  upliftPct: {},
};
const thread = threadAddress('shop', 'pr-42');

describe('the commands about money', () => {
  let dir = '';
  const bzzz = (...args: string[]) => bzzzIn(dir, ...args);
  const json = async (...args: string[]): Promise<unknown> => {
    const { code, out, err } = await bzzz(...args, '--json');
    assert.deepEqual([code, err], [0, '']);
    return JSON.parse(out);
  };

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'bzzz-money-'));
    const settings = { project: 'shop', data: 'data', budget: { labels: { team: 'payments' } } };
    await writeFile(join(dir, 'bzzz.json'), JSON.stringify(settings));
    for (const [scope, usd] of [
      ['task', '1'],
      ['day', '10'],
      ['team:payments', '0.001'],
    ] as const) {
      const { code, err } = await bzzz('budget', 'set', scope, usd, '--by', 'Ann');
      assert.deepEqual([code, err], [0, '']);
    }
    const node = await openNode(await loadConfig({ flags: {}, env: {}, cwd: dir }));
    try {
      await hold(node, 'settled', 'reviewer', { promptTokens: 100, maxTokens: 10 }, [
        'team:payments',
      ]);
      await settle(node, 'settled');
      await hold(node, 'open', 'architect', { promptTokens: 1000, maxTokens: 1 }, []);
      await hold(node, 'refused', 'reviewer', { promptTokens: 1000, maxTokens: 1000 }, [
        'team:payments',
      ]);
    } finally {
      await node.close();
    }
  });
  after(() => rm(dir, { recursive: true, force: true }));

  it('name every open hold with its age, expiry, agent, model and amount', async () => {
    const shape = z.object({
      project: z.literal('shop'),
      holds: z.array(
        z.object({
          hold: z.string(),
          agent: z.string(),
          role: z.string(),
          model: z.string(),
          thread: z.string(),
          heldMicroUsd: z.int(),
          ageMs: z.int().min(0).max(600_000),
          expiresInMs: z.int().min(1).max(900_000),
        }),
      ),
    });
    const { holds } = shape.parse(await json('budget', 'holds'));
    assert.deepEqual(
      holds.map(({ ageMs: _age, expiresInMs: _expires, ...rest }) => rest),
      [
        {
          hold: 'open',
          agent: agentAddress('architect', 'architect', 'shop'),
          role: 'architect',
          model: 'large-1',
          thread,
          heldMicroUsd: 1005,
        },
      ],
    );
    const { out } = await bzzz('budget', 'holds');
    assert.match(
      out,
      /^\$0\.001005 +\d+ (?:s|min) +in \d+ min +large-1 +bzzz:\/\/architect:architect@shop:\* +open$/m,
    );
  });

  it('show what is left of every cap', async () => {
    const { out } = await bzzz('budget', 'show');
    assert.match(out, /^team:payments +\$0\.001 +20.*Z +Ann$/m);
    assert.match(out, /^\$0\.001 +\$0\.000105 +\$0\.00 +\$0\.000895 +team:payments$/m);
    assert.match(out, /^\$1\.00 +\$0\.000105 +\$0\.001005 +\$0\.99889 +task:pr-42$/m);
    assert.match(out, /^- +\$0\.000105 +\$0\.00 +- +role:reviewer$/m);
    assert.match(out, /^alerts at 50 %, 80 %, 100 % of a cap$/m);
    assert.match(out, /^\$0\.001005 .* open$/m);
  });

  it('add up by label, and forecast', async () => {
    const shape = z.object({
      rows: z.array(
        z.object({ key: z.string(), spentMicroUsd: z.int(), holds: z.int(), refused: z.int() }),
      ),
      total: z.object({ spentMicroUsd: z.int(), holds: z.int(), refused: z.int() }),
      forecast: z.array(z.object({ window: z.string(), limitMicroUsd: z.int().nullable() })),
    });
    const cost = shape.parse(await json('cost', '--by', 'label'));
    assert.deepEqual(cost, {
      rows: [{ key: 'team:payments', spentMicroUsd: 105, holds: 1, refused: 1 }],
      total: { spentMicroUsd: 105, holds: 2, refused: 1 },
      forecast: [
        { window: 'day', limitMicroUsd: 10_000_000 },
        { window: 'month', limitMicroUsd: null },
      ],
    });
    const { out } = await bzzz('cost', '--by', 'project');
    assert.match(out, /^\$0\.000105 +\$0\.001005 +2 .* shop$/m);
    assert.match(out, /^today \(\d{4}-\d\d-\d\d UTC\): \$0\.000105 spent of \$10\.00; /m);
  });

  it('write records for spreadsheets', async () => {
    const { code, out } = await bzzz('cost', '--by', 'role', '--csv');
    assert.equal(code, 0);
    const [head, ...records] = out.split('\r\n').map((line) => line.split(',').slice(0, 4));
    assert.deepEqual(head, ['role', 'spentUsd', 'spentMicroUsd', 'heldMicroUsd']);
    assert.deepEqual(records, [
      ['reviewer', '0.000105', '105', '0'],
      ['architect', '0.000000', '0', '1005'],
      [''],
    ]);
  });

  it('set a cap for each one of a kind, and take it away again', async () => {
    const caps = async () =>
      z
        .object({ limits: z.array(z.object({ scope: z.string(), limitMicroUsd: z.int() })) })
        .parse(await json('budget', 'show'))
        .limits.map(({ scope, limitMicroUsd }) => `${scope} ${limitMicroUsd}`);
    const had = await caps();
    assert.deepEqual(await json('budget', 'set', 'agent', '0.25', '--by', 'Ann'), {
      project: 'shop',
      scope: 'agent',
      limitMicroUsd: 250_000,
    });
    assert.deepEqual(await caps(), ['agent 250000', ...had]);
    const { out } = await bzzz('budget', 'set', 'agent', 'none', '--by', 'Ann');
    assert.equal(out, 'agent of shop has no cap of its own\n');
    assert.deepEqual(await caps(), had);
    assert.equal((await bzzz('budget', 'set', 'team', '3', '--by', 'Ann')).code, 0);
  });

  it('say when the configuration will have the last word', async () => {
    const { code, err } = await bzzz('budget', 'set', 'task', '2', '--by', 'Ann');
    assert.equal(code, 0);
    assert.match(err, /^note: the configuration caps task at \$1\.00, [^\n]+\n$/);
    assert.equal((await bzzz('budget', 'set', 'task:pr-9', '2', '--by', 'Ann')).err, '');
    assert.equal((await bzzz('budget', 'set', 'task', '1', '--by', 'Ann')).err, '');
  });

  it('vouch for the clock', async () => {
    const { day } = z
      .object({ day: z.iso.date() })
      .parse(await json('budget', 'clock', '--by', 'A'));
    const { code, out } = await bzzz('budget', 'clock', '--by', 'Ann');
    assert.deepEqual([code, out.includes(`it is ${day} (UTC)`)], [0, true]);
    const { code: unknown, err } = await bzzz('--project', 'x', 'budget', 'clock', '--by', 'Ann');
    assert.deepEqual([unknown, err], [2, 'bzzz: nothing was held for x yet [NOT_FOUND]\n']);
  });

  const wrong: readonly (readonly [line: string, says: RegExp])[] = [
    ['budget set task:pr_1:2 1 --by Ann', /Expected KIND:NAME/],
    ['budget set day:2026-02-30 1 --by Ann', /Expected KIND:NAME/],
    ['budget set tsak 1 --by Ann', /"tsak" is no kind of scope; there are task, .*, month, team/],
    ['budget set task 1.0000001 --by Ann', /Expected dollars/],
    ['budget set task 1', /required option '--by <name>'/],
    ['budget set task --by Ann', /missing required argument 'usd'/],
    ['budget clock', /required option '--by <name>'/],
    ['cost --by task', /Allowed choices are thread, agent, role/],
    ['cost --json --csv', /exclude each other/],
    ['cost --since 2026-02-30', /Expected a time/],
    ['cost --since 2026-02-02 --until 2026-02-01', /--since has to be before --until/],
  ];
  for (const [line, says] of wrong)
    it(`refuse in one line: ${line}`, async () => {
      const { code, out, err } = await bzzz(...line.split(' '));
      assert.match(err, /^bzzz: [^\n]+\n$/);
      assert.match(err, says);
      assert.deepEqual([code, out], [2, '']);
    });
});

async function hold(
  node: Node,
  id: string,
  role: string,
  tokens: { promptTokens: number; maxTokens: number },
  labels: readonly string[],
): Promise<void> {
  const now = new Date().toISOString();
  const scopes = ['task:pr-42', `role:${role}`, `day:${now.slice(0, 10)}`];
  await node.host.handle({
    kind: 'budget',
    actor: budgetAddress('shop'),
    commandId: `${id}/hold`,
    command: {
      type: 'hold',
      hold: id,
      scopes: [...scopes, `month:${now.slice(0, 7)}`, ...labels],
      expiresInMs: 900_000,
      thread,
      agent: agentAddress(role, role, 'shop'),
      model: 'large-1',
      priceBook: sha256Hex('book'),
      price,
      terms: { ...tokens, serviceTier: 'standard', region: null },
    },
  });
}

async function settle(node: Node, id: string): Promise<void> {
  const usage = { inputTokens: 100, cachedInputTokens: 0, cacheWriteTokens: 0 };
  await node.host.handle({
    kind: 'budget',
    actor: budgetAddress('shop'),
    commandId: `${id}/settle`,
    command: {
      type: 'settle',
      hold: id,
      usage: { ...usage, outputTokens: 1, reasoningTokens: 0 },
      serviceTier: null,
    },
  });
}
