import type { Actors, Clock, ModelCalls, ModelGateway, Redactor, Vault } from '../ports.ts';
import type { TurnKind } from '../../events/index.ts';
import type { Role, Tier } from '../shared/prompt/index.ts';

/** What a review needs of the world, and the few numbers it goes by. */
export type ReviewDeps = {
  readonly actors: Actors;
  readonly vault: Vault;
  readonly clock: Clock;
  readonly redactor: Redactor;
  readonly calls: ModelCalls;
  readonly gateway: Pick<ModelGateway, 'quote'>;
  /** Model by tier, as the provider names it. */
  readonly models: Readonly<Record<Tier, string>>;
  /** Most tokens of an answer, by kind of turn. */
  readonly maxTokens: Readonly<Record<TurnKind, number>>;
  /** An upper bound of the tokens of a text, to compress by. */
  readonly countTokens: (text: string) => number;
  /** Prompts are compressed to this many tokens where they can be. */
  readonly contextTokens: number;
  /** How the tier of a call is chosen: by risk and money left as well, or by the role alone. */
  readonly choice: 'risk' | 'role';
  /** How long one turn may take. */
  readonly turnMs: number;
  readonly roles: readonly Role[];
};
