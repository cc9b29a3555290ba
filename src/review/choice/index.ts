/** Which model answers a turn: the risk of a change, and the tier that suits it and what is left. */
export { chooseTier, type TierChoice } from './chooseTier.ts';
export { riskOf, type Risk, type RiskFactor } from './riskOf.ts';
