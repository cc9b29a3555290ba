import type { Actors, Clock, ModelGateway, Vault } from '../ports.ts';
import type { Role, Tier } from '../shared/prompt/index.ts';

/** What a review needs of the world, and the few numbers it goes by. */
export type ReviewDeps = {
  readonly actors: Actors;
  readonly vault: Vault;
  readonly clock: Clock;
  readonly gateway: ModelGateway;
  /** Model by tier, as the provider names it. */
  readonly models: Readonly<Record<Tier, string>>;
  /** Most tokens of an answer, by kind of turn. */
  readonly maxTokens: Readonly<Record<'review' | 'vote' | 'discuss', number>>;
  readonly roles: readonly Role[];
  /** How long a hold may stay without an outcome before it is charged. */
  readonly holdMs: number;
};
