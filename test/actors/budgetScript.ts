import { budget, type BudgetCommand } from '../../actors/index.ts';
import {
  agentAddress,
  sha256Hex,
  threadAddress,
  type EventOf,
  type ModelPrice,
  type Usage,
} from '../../events/index.ts';
import { specify, startMs, type Command } from '../support/specify.ts';
import type { World } from './world.ts';

/** The ledger of a project, as commands. */

const actor = specify(budget);
export const { replay, handle, play, given } = actor;

export type Line = Command<BudgetCommand>;
type BudgetState = typeof actor.initial;

export const task = 'task:pr-42';
export const day = 'day:2026-01-01';
export const expiresInMs = 60_000;
const priceBook = sha256Hex('the price book');
/** A micro-dollar for each token: amounts are numbers of tokens. */
const rate = 1_000_000;
const base = { input: rate, cachedInput: rate, cacheWrite: rate, output: rate, reasoning: rate };
export const price: ModelPrice = {
  free: false,
  longAboveTokens: null,
  tiers: { standard: { base, long: null } },
  upliftPct: {},
};

export const open: Line = { type: 'open', project: 'chorus' };

export function setLimit(scope: string, limitMicroUsd: number) {
  return { type: 'setLimit', scope, limitMicroUsd, by: 'dana' } as const satisfies Line;
}

export function hold(id: string, amountMicroUsd: number, scopes: readonly string[] = [task]) {
  return {
    type: 'hold',
    hold: id,
    scopes,
    expiresInMs,
    thread: threadAddress('chorus', 'pr-42'),
    agent: agentAddress('ann', 'reviewer', 'chorus'),
    model: 'small',
    priceBook,
    price,
    terms: { promptTokens: amountMicroUsd, maxTokens: 0, serviceTier: 'standard', region: null },
  } as const satisfies Line;
}

export function settle(id: string, reportedMicroUsd: number | null) {
  return {
    type: 'settle',
    hold: id,
    usage: reportedMicroUsd === null ? null : usageOf(reportedMicroUsd),
    serviceTier: null,
  } as const satisfies Line;
}

export function usageOf(inputTokens: number): Usage {
  const none = { cachedInputTokens: 0, cacheWriteTokens: null };
  return { inputTokens, ...none, outputTokens: 0, reasoningTokens: 0 };
}

export function release(id: string) {
  return { type: 'release', hold: id, reason: 'CANCELLED' } as const satisfies Line;
}

export function charge(id: string) {
  return { type: 'charge', hold: id, reason: 'interrupted' } as const satisfies Line;
}

/** What is asked of the ledger so many milliseconds after the start. */
export function expireAfter(elapsedMs: number) {
  return { type: 'expire', nowMs: startMs + elapsedMs } as const satisfies Line;
}

/** A small ledger with two scopes, two holds, a limit that moves, and everything that can be asked of it. */
export const budgetWorld: World<BudgetState, EventOf<'budget'>, Line> = {
  ...actor,
  linesIn: () => [
    open,
    setLimit('task', 60),
    setLimit('task', 40),
    setLimit(day, 50),
    hold('a', 30, [task, day]),
    hold('b', 25, [task]),
    ...['a', 'b'].flatMap((id) => [
      settle(id, null),
      settle(id, 10),
      settle(id, 90),
      release(id),
      charge(id),
    ]),
    expireAfter(expiresInMs),
  ],
};
