import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { z } from 'zod';
import { costMicroUsd } from '../../../events/index.ts';
import { createPriceBook } from '../../../src/llm/index.ts';
import { reviewReport } from '../../../src/review/reviewReport.ts';
import { placeFor } from '../../e2e/support/place.ts';
import { change, teamOf } from '../../e2e/support/team.ts';
import { aimockFor, ways, type Aimock } from './aimock.ts';

/** Whole reviews by the command, with a server of other people in the place of a provider. */

const small = 'small-model';
const price = { input: '1.10', cachedInput: '0.275', output: '4.40' };
const terms = { serviceTier: 'standard', region: null } as const;
const book = createPriceBook({ [small]: price }, terms);
const config = {
  project: 'shop',
  roles: ['reviewer', 'performance'],
  llm: { model: small, prices: { [small]: price } },
  budget: { taskUsd: 10, dayUsd: 100 },
};

/** What each turn is said to have used; the ballot finds the common part of its prompt in the cache. */
const usageOf = {
  bzzz_review: { input: 1403, cached: 0, output: 211, reasoning: 100 },
  bzzz_ballot: { input: 1999, cached: 1280, output: 97, reasoning: 0 },
};

const format = z.object({
  json_schema: z.object({ name: z.enum(['bzzz_review', 'bzzz_ballot']) }),
});
const script = teamOf(() => true);

/** Answers for a team that agrees, by the role and the schema that it is asked with. */
function answerAs(mock: Aimock): void {
  mock.on({}, (request) => {
    const [, user] = request.messages.map(({ content }) => textOf(content));
    const role = /^Role: (\S+)/m.exec(user ?? '')?.[1] ?? '';
    const turn = format.parse(request.response_format).json_schema.name;
    const { input, cached, output, reasoning } = usageOf[turn];
    return {
      content: JSON.stringify(script(role, turn, user ?? '')),
      usage: {
        prompt_tokens: input,
        completion_tokens: output,
        prompt_tokens_details: { cached_tokens: cached },
        completion_tokens_details: { reasoning_tokens: reasoning },
      },
    };
  });
}

const textOf = (content: unknown): string => (typeof content === 'string' ? content : '');

async function review(t: TestContext, mock: Aimock, root: string) {
  const place = await placeFor(t, { 'bzzz.json': config });
  const key = ['key', 'of', 'ours'].join('-');
  const env = { OPENAI_BASE_URL: `${mock.url}${root}`, OPENAI_API_KEY: key };
  const args = ['review', '--diff', '-', '--format', 'json'];
  const { out, err } = await place.bzzz(args, { input: change, env });
  assert.notEqual(out, '', err);
  const audit = await place.bzzz(['audit', 'verify']);
  assert.equal(audit.code, 0, audit.out);
  const shown = await place.bzzz(['cost', '--json']);
  const total = z.object({ spentMicroUsd: z.int(), heldMicroUsd: z.int() });
  const cost = z.object({ total }).parse(JSON.parse(shown.out));
  return { report: reviewReport.parse(JSON.parse(out)), total: cost.total, err };
}

function paidFor(turn: keyof typeof usageOf, knowsOfCache: boolean): number {
  const { input, cached, output, reasoning } = usageOf[turn];
  const usage = {
    inputTokens: input,
    cachedInputTokens: knowsOfCache ? cached : 0,
    cacheWriteTokens: null,
    outputTokens: output,
    reasoningTokens: knowsOfCache ? reasoning : 0,
  };
  return costMicroUsd(book.price(small), usage, terms) ?? Number.NaN;
}

describe('a review with aimock as the provider', () => {
  for (const way of ['chat', 'openRouter'] as const)
    it(`decides, and pays what was reported over ${way}`, async (t) => {
      const mock = await aimockFor(t, { chunkSize: 16 });
      answerAs(mock);
      const { report, total } = await review(t, mock, ways[way].root);
      assert.equal(report.outcome, 'changes_requested');
      assert.deepEqual(
        report.participants.map(({ name, status }) => `${name} ${status}`),
        ['performance reviewed', 'reviewer reviewed'],
      );
      const asked = mock
        .arrived()
        .map(({ body }) => format.parse(body?.response_format).json_schema.name);
      assert.deepEqual(asked, ['bzzz_review', 'bzzz_review', 'bzzz_ballot', 'bzzz_ballot']);
      // As a model of OpenAI it reports totals only; as one of OpenRouter the parts, too.
      const each = asked.map((turn) => paidFor(turn, way === 'openRouter'));
      const spentMicroUsd = each.reduce((sum, paid) => sum + paid, 0);
      assert.deepEqual(total, { spentMicroUsd, heldMicroUsd: 0 });
      assert.equal(report.cost.spentMicroUsd, spentMicroUsd);
      assert.deepEqual(report.models.used, [small]);
    });

  it('goes on after a limit, an outage and an answer that broke off', async (t) => {
    const mock = await aimockFor(t, { chunkSize: 16 });
    mock.on({ sequenceIndex: 0 }, { error: { message: 'Slow down.' }, status: 429, retryAfter: 1 });
    mock.on({ sequenceIndex: 1 }, { error: { message: 'Oops.' }, status: 500 });
    mock.on({ sequenceIndex: 2 }, { content: 'It looks' }, { truncateAfterChunks: 1 });
    answerAs(mock);
    const { report, total, err } = await review(t, mock, ways.chat.root);
    assert.equal(report.outcome, 'changes_requested');
    assert.match(err, /MODEL_UNAVAILABLE/);
    const requests = mock.arrived().length;
    assert.deepEqual([report.cost.calls, total.heldMicroUsd], [requests, 0]);
    // The one that broke off is charged its hold, the others that failed nothing.
    const answered = 2 * paidFor('bzzz_review', false) + 2 * paidFor('bzzz_ballot', false);
    assert.equal(requests, 7);
    assert.ok(total.spentMicroUsd > answered, `${total.spentMicroUsd}`);
  });
});
