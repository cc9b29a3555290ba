import type { Actors, Clock, ModelGateway, PaidTurn, Redactor, Vault } from '../../ports.ts';

/** A piece of text of an answer that is on its way. */
export type Arriving = {
  readonly agent: string;
  readonly thread: string;
  readonly call: string;
  readonly text: string;
};

export type CallDeps = {
  readonly actors: Actors;
  readonly vault: Vault;
  readonly clock: Clock;
  readonly gateway: ModelGateway;
  readonly redactor: Redactor;
  /** How long a hold may stay without an outcome before it is charged, in milliseconds. */
  readonly holdMs: number;
  /** Scopes that every call counts in besides the built-in ones, as kind and name. */
  readonly labels: Readonly<Record<string, string>>;
  /** Told of text as it arrives: tokens are no events, the whole answer is. */
  readonly onText?: ((arriving: Arriving) => void) | undefined;
};

/** The turn as its agent knows it; reading one that is not open is a programming error. */
export async function turnOf({ actors }: CallDeps, { agent, turn }: PaidTurn) {
  const state = await actors.state('agent', agent);
  const found = state?.context.turns[turn];
  if (!found) throw new TypeError(`turn ${turn} of ${agent} is not under way`);
  return found;
}
