import type { EventOf, ModelPrice, ServiceTier, Usage } from '../../events/index.ts';
import type { CommandBase } from '../actor.ts';

export type HoldRequest = {
  hold: string;
  scopes: readonly string[];
  /** How long the hold may stay without an outcome before it is charged. */
  expiresInMs: number;
  thread: string;
  agent: string;
  model: string;
  priceBook: string;
  price: ModelPrice;
  terms: NonNullable<Extract<EventOf<'budget'>, { type: 'budget.held' }>['terms']>;
};

export type BudgetCommand = CommandBase &
  (
    | { type: 'open'; project: string }
    | { type: 'setLimit'; scope: string; limitMicroUsd: number; by: string }
    | { type: 'removeLimit'; scope: string; by: string }
    | { type: 'setAlerts'; thresholdsPct: readonly number[]; by: string }
    /** A person vouches for the clock of this machine. */
    | { type: 'resetClock'; by: string }
    | ({ type: 'hold' } & HoldRequest)
    | {
        type: 'settle';
        hold: string;
        /** Null when the provider reported none, or none that can be. */
        usage: Usage | null;
        serviceTier: ServiceTier | null;
      }
    | { type: 'release'; hold: string; reason: string }
    | { type: 'charge'; hold: string; reason: 'interrupted' | 'failed' | 'aborted' }
    | { type: 'expire' }
  );
