import type { TurnKind } from '../../../events/index.ts';
import { tiers, type Role, type Tier } from '../../shared/prompt/index.ts';
import type { Risk } from './riskOf.ts';
import { highMin, ordinaryMin, trivialMax } from './weights.ts';

/** `reason` says why in the form that an event of a call takes: `tier.premium.role.standard.risk.78`. */
export type TierChoice = { tier: Tier; reason: string };

type Question = {
  role: Pick<Role, 'tier'>;
  turn: TurnKind;
  risk: Pick<Risk, 'score'>;
  /** What the tightest scope has left, in micro-dollars. */
  leftMicroUsd: number;
  /** Turns of the review that are still to be paid, this one among them. */
  turnsLeft: number;
  /** The worst case of this call at a tier, in micro-dollars. */
  price: (tier: Tier) => number;
  /** `role`: the tier of the role, whatever the change is; `risk`: the cheapest tier that suits it. */
  choice: 'role' | 'risk';
};

/**
 * The tiers to try, the best first, each cheaper than the one before it: a call that does not fit the budget
 * at one is tried at the next. With `risk`, the first is the tier that suits role, risk and turn, or the
 * dearest below it at which what is left pays for all turns that are still to come; if there is none, the
 * cheapest. Whether the call is paid in the end is for the ledger to decide.
 */
export function chooseTier(question: Question): { tiers: readonly TierChoice[] } {
  const { role, turn, risk, leftMicroUsd, turnsLeft, price, choice } = question;
  const suits = choice === 'role' ? role.tier : suitableTier(role.tier, turn, risk.score);
  const chain = cheaperEach(suits, price);
  const paysForAll = (tier: Tier): boolean => price(tier) * Math.max(1, turnsLeft) <= leftMicroUsd;
  const affordable = choice === 'role' ? 0 : chain.findIndex(paysForAll);
  const first = affordable === -1 ? chain.length - 1 : affordable;
  return {
    tiers: chain.slice(first).map((tier, at) => {
      if (at > 0) return { tier, reason: `downgrade.${tier}.budget` };
      if (choice === 'role') return { tier, reason: `tier.${tier}.role` };
      const why = `tier.${tier}.role.${role.tier}.risk.${risk.score}`;
      const kind = turn === 'review' ? '' : `.${turn}`;
      return { tier, reason: `${why}${kind}${tier === suits ? '' : '.budget'}` };
    }),
  };
}

/**
 * The cheapest tier whose work suffices. In a review it is the role's, one more when the risk is high, one
 * less when it is low, and the lowest when nothing that runs has changed. To judge a claim with its lines
 * beside it is easier than to find it, so a vote or a remark takes one less than the review, but the
 * role's own where a wrong vote is dear. A summary decides nothing.
 */
function suitableTier(role: Tier, turn: TurnKind, score: number): Tier {
  if (turn === 'summarise' || score <= trivialMax) return 'economy';
  const usual = tiers.indexOf(role);
  const isHigh = score >= highMin;
  const review = usual + (isHigh ? 1 : score < ordinaryMin ? -1 : 0);
  const level = turn === 'review' ? review : isHigh ? usual : review - 1;
  return tiers[Math.min(tiers.length - 1, Math.max(0, level))] ?? role;
}

/** From a tier downwards, without those that would save nothing. */
function cheaperEach(from: Tier, price: (tier: Tier) => number): readonly Tier[] {
  const chain = [from];
  let paid = price(from);
  for (const tier of tiers.slice(0, tiers.indexOf(from)).toReversed()) {
    if (price(tier) >= paid) continue;
    chain.push(tier);
    paid = price(tier);
  }
  return chain;
}
