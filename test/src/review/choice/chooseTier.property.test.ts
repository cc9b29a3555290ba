import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { chooseTier } from '../../../../src/review/choice/index.ts';
import { tiers, type Tier } from '../../../../src/shared/prompt/index.ts';

/** As `agent.call.started` wants it. */
const reasonFormat = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/;

const microUsd = fc.integer({ min: 0, max: 50_000_000 });
const question = fc.record({
  role: fc.record({ tier: fc.constantFrom(...tiers) }),
  turn: fc.constantFrom('review', 'vote', 'discuss', 'summarise'),
  risk: fc.record({ score: fc.integer({ min: 0, max: 100 }) }),
  leftMicroUsd: microUsd,
  turnsLeft: fc.integer({ min: 0, max: 100 }),
  prices: fc.record({ economy: microUsd, standard: microUsd, premium: microUsd }),
  choice: fc.constantFrom('role', 'risk'),
});
type Question = typeof question extends fc.Arbitrary<infer T> ? T : never;

const plenty = {
  role: { tier: 'standard' },
  turn: 'review',
  risk: { score: 40 },
  leftMicroUsd: 10_000_000,
  turnsLeft: 8,
  prices: { economy: 1_000, standard: 10_000, premium: 100_000 },
  choice: 'risk',
} as const satisfies Question;

function choose(asked: Question): readonly { tier: Tier; reason: string }[] {
  return chooseTier({ ...asked, price: (tier) => asked.prices[tier] }).tiers;
}

const rank = (asked: Question): number => tiers.indexOf(choose(asked)[0]?.tier ?? 'economy');
const first = (asked: Partial<Question>): string | undefined =>
  choose({ ...plenty, ...asked })[0]?.reason;

describe('the tiers to try', () => {
  it('are at least one, each cheaper than the one before, without repeats', () => {
    fc.assert(
      fc.property(question, (asked) => {
        const chain = choose(asked).map(({ tier }) => tier);
        assert.ok(chain.length > 0);
        for (const [at, tier] of chain.entries()) {
          const before = chain[at - 1];
          if (before === undefined) continue;
          assert.ok(tiers.indexOf(tier) < tiers.indexOf(before));
          assert.ok(asked.prices[tier] < asked.prices[before]);
        }
      }),
    );
  });

  it('have reasons that an event can take', () => {
    fc.assert(
      fc.property(question, (asked) => {
        for (const { reason } of choose(asked)) assert.match(reason, reasonFormat);
      }),
    );
  });

  it('never get higher with less money, less risk or more turns to come', () => {
    const less = fc.record({ left: fc.nat(1_000_000), risk: fc.nat(50), turns: fc.nat(20) });
    fc.assert(
      fc.property(question, less, (asked, by) => {
        const { prices } = asked;
        fc.pre(prices.economy < prices.standard && prices.standard < prices.premium);
        const leftMicroUsd = Math.max(0, asked.leftMicroUsd - by.left);
        assert.ok(rank({ ...asked, leftMicroUsd }) <= rank(asked));
        const score = Math.max(0, asked.risk.score - by.risk);
        assert.ok(rank({ ...asked, risk: { score } }) <= rank(asked));
        const turnsLeft = asked.turnsLeft + by.turns;
        assert.ok(rank({ ...asked, turnsLeft }) <= rank(asked));
      }),
    );
  });

  it('are no dearer in another turn than in the review', () => {
    fc.assert(
      fc.property(question, (asked) => {
        const review = choose({ ...asked, turn: 'review' })[0];
        assert.ok(rank(asked) <= tiers.indexOf(review?.tier ?? 'economy'));
      }),
    );
  });

  it('are paid to the end of the review, or the cheapest there is', () => {
    fc.assert(
      fc.property(question, (asked) => {
        const chain = choose({ ...asked, choice: 'risk' });
        const [chosen] = chain;
        assert.ok(chosen);
        const cost = asked.prices[chosen.tier] * Math.max(1, asked.turnsLeft);
        assert.ok(cost <= asked.leftMicroUsd || chain.length === 1);
      }),
    );
  });
});

describe('the first of the tiers', () => {
  it('is the usual one of the role for an ordinary change', () => {
    assert.equal(first({}), 'tier.standard.role.standard.risk.40');
  });

  it('follows the risk one up and one down', () => {
    assert.equal(first({ risk: { score: 78 } }), 'tier.premium.role.standard.risk.78');
    assert.equal(first({ risk: { score: 20 } }), 'tier.economy.role.standard.risk.20');
    const premium = { tier: 'premium' } as const;
    assert.equal(
      first({ role: premium, risk: { score: 99 } }),
      'tier.premium.role.premium.risk.99',
    );
    assert.equal(
      first({ role: premium, risk: { score: 20 } }),
      'tier.standard.role.premium.risk.20',
    );
    assert.equal(first({ role: premium, risk: { score: 2 } }), 'tier.economy.role.premium.risk.2');
  });

  it('is lower for a vote, but not where a wrong vote is dear', () => {
    assert.equal(first({ turn: 'vote' }), 'tier.economy.role.standard.risk.40.vote');
    const dear = { turn: 'vote', risk: { score: 78 } } as const;
    assert.equal(first(dear), 'tier.standard.role.standard.risk.78.vote');
  });

  it('steps down before the money runs out, and says so', () => {
    const risk = { score: 78 };
    assert.deepEqual(choose({ ...plenty, risk, leftMicroUsd: 799_999 }), [
      { tier: 'standard', reason: 'tier.standard.role.standard.risk.78.budget' },
      { tier: 'economy', reason: 'downgrade.economy.budget' },
    ]);
    assert.equal(first({ risk, leftMicroUsd: 800_000 }), 'tier.premium.role.standard.risk.78');
    assert.equal(first({ risk, leftMicroUsd: 5 }), 'tier.economy.role.standard.risk.78.budget');
  });

  it('does not step down where that would save nothing', () => {
    const prices = { economy: 500, standard: 500, premium: 500 };
    assert.deepEqual(choose({ ...plenty, prices, leftMicroUsd: 5 }), [
      { tier: 'standard', reason: 'tier.standard.role.standard.risk.40' },
    ]);
  });

  it('is that of the role alone when only the role is to count', () => {
    const asked = { ...plenty, risk: { score: 99 }, leftMicroUsd: 5, choice: 'role' } as const;
    assert.deepEqual(choose(asked), [
      { tier: 'standard', reason: 'tier.standard.role' },
      { tier: 'economy', reason: 'downgrade.economy.budget' },
    ]);
  });
});
